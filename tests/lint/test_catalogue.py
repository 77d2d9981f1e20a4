#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""conf/rbac.yaml tells of each operation the actions that its row asks for.

The catalogue is of the whole product, so it has operations without a row here;
and a row that the original does not have (x-additive) is not in it. Where
actions depend on whether there is a cluster, the catalogue has those of one of
the two.
"""
import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
QUOTED = re.compile(r'"([^"]*)"')


def read(name):
    with open(os.path.join(TOP, "conf", name), encoding="utf-8") as f:
        return f.read()


def rows():
    """{"GET /agents": [(actions, when or None), ...]} of conf/openapi.yaml."""
    found, path, operation = {}, None, None
    for line in read("openapi.yaml").splitlines():
        if re.match(r"\S", line):
            section, path, operation = line.split(":")[0], None, None
        m = re.match(r"  (/\S*):$", line)
        if m and section == "paths":
            path, operation = m.group(1), None
        m = re.match(r"    (get|post|put|delete):$", line)
        if m and path:
            operation = f"{m.group(1).upper()} {path}"
            found[operation] = []
        if operation and re.match(r"      x-additive: true$", line):
            del found[operation]
            operation = None
        m = re.match(r"            - { actions: \[([^]]*)\],.*}$", line)
        if m and operation:
            when = re.search(r"when: (\w+)", line)
            found[operation].append((QUOTED.findall(m.group(1)),
                                     when and when.group(1)))
    return found


def catalogue():
    """{"GET /agents": [actions]} of conf/rbac.yaml."""
    text = read("rbac.yaml").split("\noperations:\n")[1]
    return {m[1]: QUOTED.findall(m[2])
            for m in re.finditer(r"^  (\S+ \S+): \[(.*)\]$", text, re.M)}


class Catalogue(unittest.TestCase):
    def test_all_was_read(self):
        text = read("openapi.yaml")
        self.assertEqual(len(re.findall(r"\bactions: \[\"", text)),
                         sum(map(len, rows().values())) + self.additive(text))
        self.assertEqual(len(catalogue()), len(re.findall(
            r"^  [A-Z]+ /", read("rbac.yaml"), re.M)))

    @staticmethod
    def additive(text):
        """How many needs the rows have that the original has not."""
        operations = re.split(r"\n    (?:get|post|put|delete):\n", text)
        return sum(len(re.findall(r"\bactions: \[\"", o)) for o in operations
                   if "x-additive: true" in o)

    def test_rows(self):
        known = catalogue()
        for operation, needs in rows().items():
            with self.subTest(operation):
                either = [{a for actions, when in needs
                           if when in (None, kind) for a in actions}
                          for kind in ("alone", "cluster")]
                # What asks for nothing need not be there.
                self.assertIn(set(known.get(operation, [])), either)


if __name__ == "__main__":
    unittest.main()
