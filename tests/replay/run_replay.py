#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Play the recorded exchanges of the original against a build.

usage: run_replay.py [--list N] BUILD [NAME...]

The recordings and their player are those of ../shared/goldens; without them
all of it is skipped. Each file gets a fresh server by tests/fixture/serve, in
the state that its first line names. NAME: only files whose names hold one of
these. --list: how many failed exchanges of a file are shown [12]; 0 shows all.
The white space of JSON is compared too.

An exchange counts as not built, neither passed nor failed, if

- its path and method are an endpoint of the original that conf/openapi.yaml
  has no row for (a path that the original does not have either is our 404 or
  405 as much as the original's);
- or it is sent as a user that could only be made by such an endpoint;
- or it fails after such an endpoint has changed, in the recording, what it
  shows, or whether its token is good: with the number of the first change.

It counts as mended, neither passed nor failed either, if the original broke on
it (a 500 in plain text, of its web framework, or with error 1000) and the
answer is the 400 that it should have been: CHANGES.md names those cases.

Where requests are limited, those of endpoints that are not built are sent too,
because they count.
"""
import argparse
import collections
import concurrent.futures
import glob
import gzip
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SHARED = os.path.join(os.path.dirname(TOP), "shared")
GOLDENS = os.path.join(SHARED, "goldens")
FIXTURE = os.path.join(os.path.dirname(HERE), "fixture")
sys.path.insert(0, os.path.dirname(HERE))

from lib import server, suite        # noqa: E402
from lib.built import Built          # noqa: E402

AT_ONCE = 3
UNSERVED = 3        # exit status of serve
FIRST_USERS = ("wazuh", "wazuh-wui")

# What an area shows that the writes of others change.
SHOWS = {"agents": ("agents", "groups"), "groups": ("agents", "groups"),
         "overview": ("agents", "groups"), "security": ("security",),
         "manager": ("manager", "rules", "decoders", "lists")}


def load_player():
    path = os.path.join(GOLDENS, "replay.py")
    spec = importlib.util.spec_from_file_location("replay", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # The catalogue of permissions describes each thing in a sentence: prose,
    # which here is our own.
    module.KINDS["sentence"] = r"\S.*"
    module.MASKS.append((re.compile("GET"),
                         re.compile("/security/(actions|resources)"),
                         re.compile(r"\$\.data\.[^.]+\.description"),
                         "sentence"))
    return module


def area(path):
    return urllib.parse.unquote(path.split("?")[0]).split("/")[1] or "/"


def mended(x, diffs):
    # The player reads numbers as they are spelt.
    broke = x["status"] == 500 and \
        str(x.get("json", {}).get("error", 1000)) == "1000"
    return broke and diffs[0].startswith("status 400, expected 500")


class File:
    """One recorded file, played on a server of its own."""

    def __init__(self, name, player, built, opts):
        self.name = os.path.basename(name)
        with (gzip.open if name.endswith(".gz") else open)(
                name, "rt", encoding="utf-8") as f:
            self.lines = f.readlines()
        self.state = json.loads(self.lines[0])["state"]
        self.player = player
        self.built = built
        self.opts = opts
        self.counts = collections.Counter()     # (area, outcome)
        self.failed = []                        # text of each
        self.rests = []                         # on changes that are not built
        self.writes = {}                        # area -> first such change
        self.strange = set()                    # users that nobody has made
        self.sleep = 0
        self.problem = None

    def steps(self):
        for line in self.lines[1:]:
            x = json.loads(line)
            if "json" in x:
                x["json"] = self.player.parse(line)["json"]
            yield x

    def wanted(self):
        return any("method" in x and self.built.has(x["method"], x["path"])
                   for x in self.steps())

    def count(self, outcome):
        return sum(n for (_, o), n in self.counts.items() if o == outcome)

    def leave(self, outcome):
        for x in self.steps():
            if "method" in x:
                self.counts[area(x["path"]), outcome] += 1

    def play(self):
        if not self.wanted():
            self.leave("not built")
            return self
        with tempfile.TemporaryDirectory(prefix="gatehouse-replay-") as top:
            root = os.path.join(top, "root")
            os.chmod(top, 0o755)
            port = server.free_port()
            r = self.run("serve", root, str(port), json.dumps(self.state))
            if r.returncode == UNSERVED:
                self.problem = "skipped: " + r.stderr.strip()
                self.leave("skipped")
                return self
            try:
                if r.returncode != 0:
                    self.problem = "serve: " + r.stderr.strip()
                    self.leave("failed")
                else:
                    self.session(root, port)
            finally:
                self.run("stop", root)
        return self

    def run(self, program, *args):
        env = dict(os.environ, GATEHOUSE_BUILD=self.opts.build)
        return subprocess.run([os.path.join(FIXTURE, program), *args],
                              capture_output=True, text=True, env=env)

    def session(self, root, port):
        fixed = [f"{u}={u}" for u in FIRST_USERS
                 if not self.built.has("PUT", "/security/users/1")]
        p = self.player.Player(argparse.Namespace(
            base_url=f"https://127.0.0.1:{port}", root=root, timeout=90,
            user=None, password="", user_password=fixed,
            layout=True))
        for x in self.steps():
            if "sleep" in x:
                self.sleep = max(self.sleep, float(x["sleep"]))
            elif "action" in x:
                self.run(x["action"], root).check_returncode()
            elif "login" in x:
                self.login(p, x["login"])
            elif "method" in x:
                self.exchange(p, x)

    def rest(self):
        """A wait counts only before something that is sent."""
        time.sleep(self.sleep)
        self.sleep = 0

    def login(self, p, step):
        self.rest()
        user = self.player.token_key(step["user"], step.get("run_as_context"))
        diffs = p.login(step)
        if diffs and step["expect"] == 200 and \
                step["user"] not in FIRST_USERS and \
                not self.built.has("POST", "/security/users"):
            self.strange.add(user)
        elif diffs:
            self.counts["login", "failed"] += 1
            self.failed.append((None, diffs))
        else:
            self.strange.discard(user)

    def unbuilt(self, p, x):
        if "access" in self.state["api_yaml"]:
            self.rest()
            p.exchange(x)
        self.counts[area(x["path"]), "not built"] += 1
        if x["method"] not in ("GET", "HEAD") and x["status"] < 300:
            self.writes.setdefault(area(x["path"]), x["n"])

    def changed(self, x):
        """The first change that is not built and that x rests on, or None."""
        where = area(x["path"])
        shows = SHOWS.get(where, (where,))
        if x["status"] == 401 and x["as"] != "none":
            shows += ("security",)
        return min((n for a, n in self.writes.items() if a in shows),
                   default=None)

    def exchange(self, p, x):
        where = area(x["path"])
        user = self.player.token_key(x["as"], x.get("run_as"))
        if not self.built.has(x["method"], x["path"]) or user in self.strange:
            self.unbuilt(p, x)
            return
        self.rest()
        diffs = p.exchange(x)
        first = self.changed(x)
        if not diffs:
            self.counts[where, "passed"] += 1
        elif mended(x, diffs):
            self.counts[where, "mended"] += 1
        elif first is not None:
            self.counts[where, "not built"] += 1
            self.rests.append((x, [f"rests on exchange {first}"] + diffs))
        else:
            self.counts[where, "failed"] += 1
            self.failed.append((x, diffs))

    def show(self):
        most = self.opts.list or len(self.failed)
        if self.problem:
            print(self.problem)
        for x, diffs in (self.failed + self.rests)[:most]:
            what = "login" if x is None else \
                f"#{x['n']} {x['method']} {x['path'][:160]} as {x['as']}"
            print(f"{self.name} {what}")
            for d in diffs[:4]:
                print(f"    {d}")
        print(f"replay {self.name}: {self.count('passed')} passed, "
              f"{self.count('failed')} failed, {self.count('not built')} not "
              f"built" + (f" ({len(self.rests)} rest on what is not)"
                          if self.rests else ""), flush=True)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--list", type=int, default=12)
    ap.add_argument("build", type=os.path.abspath)
    ap.add_argument("names", nargs="*")
    opts = ap.parse_args()
    if not os.path.isfile(os.path.join(GOLDENS, "replay.py")):
        print("skipped: the recorded exchanges (../shared) are not here")
        suite.report("replay", 0, 0, 1)
        return 0
    player, built = load_player(), Built()
    names = [n for n in glob.glob(os.path.join(GOLDENS, "visible", "*.jsonl*"))
             if not opts.names or any(o in n for o in opts.names)]
    files = [File(n, player, built, opts) for n in sorted(names)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        # Those that wait for a minute go first.
        done = sorted(files, key=lambda f: not f.name.startswith("limits"))
        list(pool.map(File.play, done))
    total = collections.Counter()
    for f in files:
        f.show()
        total.update(f.counts)
    for a in sorted({a for a, _ in total}):
        print(f"replay area {a}: {total[a, 'passed']} passed, "
              f"{total[a, 'failed']} failed, {total[a, 'not built']} not "
              f"built")
    count = {o: sum(n for (_, p), n in total.items() if p == o)
             for o in ("passed", "failed", "mended", "not built", "skipped")}
    print(f"replay: {count['not built']} exchanges not built, "
          f"{count['mended']} mended")
    return suite.report("replay", count["passed"], count["failed"],
                        count["skipped"])


if __name__ == "__main__":
    sys.exit(main())
