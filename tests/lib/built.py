# SPDX-License-Identifier: ISC
"""Which operations of the original this version has."""
import collections
import os
import re
import urllib.parse

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(
    __file__))))
SHARED = os.path.join(os.path.dirname(TOP), "shared")
METHODS = "get|head|post|put|delete|patch|options"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


class Paths:
    """Templates of paths with their methods."""

    def __init__(self, pairs):
        # The names of parameters do not matter.
        self.methods = collections.defaultdict(set)
        for method, path in pairs:
            path = re.sub(r"\{[^/]*?\}", "{}", path)
            self.methods[path].add(method.upper())
        # A literal segment wins over a parameter.
        self.forms = [(re.compile(re.escape(p).replace(r"\{\}", "[^/]+")), p)
                      for p in sorted(self.methods, key=self.order)]

    @staticmethod
    def order(path):
        return [(s.startswith("{"), s) for s in path.split("/")]

    def find(self, path):
        """The template that a path fits, or None."""
        return next((t for f, t in self.forms if f.fullmatch(path)), None)


def ours():
    """The rows of conf/openapi.yaml: keys two and four columns in."""
    pairs, path, inside = [], None, False
    for line in read(os.path.join(TOP, "conf/openapi.yaml")).splitlines():
        if re.match(r"\S", line):
            inside = line.startswith("paths:")
        m = re.match(r"""  ["']?(/[^"'\s]*?)["']?:\s*$""", line)
        if inside and m:
            path = m[1]
        m = re.match(rf"    ({METHODS}):\s*$", line)
        if inside and m:
            pairs.append((m[1], path))
        # What the original does not have leaves its paths alone.
        if inside and re.match(r"      x-additive: true", line):
            pairs.pop()
    return Paths(pairs)


def originals():
    text = read(os.path.join(SHARED, "facts/api/endpoints.yaml"))
    return Paths(re.findall(r'^  "([A-Z]+) (/\S*)":', text, re.M))


class Built:
    """Which requests the rows that are there can be held to."""

    def __init__(self):
        self.ours = ours()
        self.originals = originals()

    def has(self, method, path):
        method = "GET" if method == "HEAD" else method
        path = urllib.parse.unquote(path.split("?")[0])
        if len(path) > 1 and path.endswith("/"):
            path = path[:-1]        # 307, where the path without it is
        template = self.originals.find(path)
        if template is None:
            return True
        mine = self.ours.methods.get(template)
        return mine is not None and (
            method in mine or
            method not in self.originals.methods[template])
