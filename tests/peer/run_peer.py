#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Play the original's own API tests against a build.

usage: run_peer.py BUILD [FILE...]

../shared/peer-suite/run plays them; SUITE in the environment names the folder
api/test/integration of a checkout of the original (see its README). Without
SUITE, or without ../shared, all of it is skipped. FILE: names of files, or
parts of them; else those that the rows of conf/openapi.yaml are ready for.

A stage counts as not built, neither passed nor failed, if the endpoint that it
asks for, or one that a stage before it in the same test asked for, has no row
yet. PORT [56390] and WORK [a folder that is removed at the end] may be set.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SHARED = os.path.join(os.path.dirname(TOP), "shared")
PLAYER = os.path.join(SHARED, "peer-suite/run")
sys.path.insert(0, os.path.dirname(HERE))

from lib import suite                # noqa: E402
from lib.built import Built          # noqa: E402

FILES = ("test_security_GET", "test_security_PUT", "test_rbac_black_security",
         "test_rbac_white_agent", "test_overview", "test_default",
         "test_rbac_black_overview", "test_rbac_white_overview")
URL = re.compile(r"""^\s+url: ["']?\{protocol:s\}://\{host:s\}:"""
                 r"""\{\w+:d\}(/[^"'\s?]*)""", re.M)
METHOD = re.compile(r"^\s+method: ([A-Z]+)", re.M)
STAGE = re.compile(r"^  - ", re.M)


class Stages:
    """The requests of a file of tests, by the line that a stage begins at."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.lines = f.read().splitlines(keepends=True)

    def request(self, line):
        """Method and path; None where the text has none: an alias has."""
        text = "".join(self.lines[line - 1:])
        end = STAGE.search(text, 4)
        text = text[:end.start()] if end else text
        url, method = URL.search(text), METHOD.search(text)
        if not url or not method:
            return None
        # "{role_id}", a variable of the test, fits any parameter.
        return method[1], re.sub(r"\{[^/}]*\}", "x", url[1])


def named(item):
    """Method and path as the name of a test has them, mostly, or None."""
    m = re.search(r"::([A-Z]+) (/[^\s?]*)", item)
    return (m[1], re.sub(r"\{[^/}]*\}", "x", m[2])) if m else None


def outcomes(record, path, built):
    """Yield (outcome, text) of each stage in a record of the player."""
    stages = Stages(path)
    missing = set()         # tests that have asked for what is not there
    with open(record, encoding="utf-8") as f:
        for line in f:
            x = json.loads(line)
            if x.get("ev") != "stage":
                continue
            r = stages.request(x["line"]) or named(x["item"])
            if r and not built.has(*r):
                missing.add(x["item"])
            if x["ok"]:
                yield "passed", ""
            elif x["item"] in missing:
                yield "not built", ""
            else:
                yield "failed", (f"{x['item'].split('::')[-1]}: {x['stage']} "
                                 f"(line {x['line']})\n    "
                                 + str(x.get("err"))[:600])


def play(build, names, work, port):
    """Run the player; return the folder of its records."""
    env = dict(os.environ, WORK=os.environ.get("WORK", work),
               RESULTS=os.path.join(work, "results"),
               WAZUH_HOME=os.path.join(work, "home"),
               BASE_URL=f"https://127.0.0.1:{port}", GATEHOUSE_BUILD=build,
               RESET_CMD=os.path.join(HERE, "reset"))
    subprocess.run([PLAYER, "-g", *names], env=env, cwd=work)
    subprocess.run([os.path.join(os.path.dirname(HERE), "fixture/stop"),
                    env["WAZUH_HOME"]])
    return env["RESULTS"]


def main():
    tests = os.environ.get("SUITE")
    if not tests or not os.path.exists(PLAYER):
        print("skipped: no SUITE in the environment, or no ../shared")
        print("SUITE peer: 0 passed, 0 failed, 1 skipped")
        return 0
    tests = os.path.abspath(tests)
    os.environ["SUITE"] = tests
    build, names = os.path.abspath(sys.argv[1]), sys.argv[2:] or FILES
    port = int(os.environ.get("PORT", 56390))
    built, total = Built(), collections.Counter()
    with tempfile.TemporaryDirectory() as work:
        records = play(build, names, work, port)
        for name in sorted(os.listdir(records)):
            if not name.endswith(".jsonl"):
                continue
            base = name.removesuffix(".jsonl")
            count = collections.Counter()
            for outcome, text in outcomes(
                    os.path.join(records, name),
                    os.path.join(tests, base + ".tavern.yaml"), built):
                count[outcome] += 1
                if text:
                    print(f"failed: {base}: {text}")
            print(f"peer: {base}: {count['passed']} passed, "
                  f"{count['failed']} failed, {count['not built']} not built")
            total += count
    print(f"peer: {total['not built']} stages not built")
    return suite.report("peer", total["passed"], total["failed"])


if __name__ == "__main__":
    sys.exit(main())
