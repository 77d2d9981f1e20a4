#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Each role attempts what its sandbox forbids, and dies or is refused.

usage: run_sandbox.py BUILD

BUILD is configured with --enable-probes: the control socket takes "probe NAME
WHAT", and the running role tries. One case a role and a right. Where started
by root, everything is done twice, the second time as an ordinary user, where
there is neither chroot nor a user of one's own.
"""
import errno
import os
import re
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

from lib import client, server, suite        # noqa: E402

RIGHTS = ("open", "connect", "socket", "exec", "fork", "ptrace", "kill",
          "write", "truncate")
REFUSED = {errno.EPERM, errno.EACCES, errno.EROFS, errno.EXDEV}
# In a root directory of one's own a path can also lead nowhere.
NOWHERE = {errno.ENOENT, errno.ENOTDIR}
PATHS = {"open", "write", "truncate"}


def roles():
    """The children of the role table, from its source."""
    with open(os.path.join(TOP, "common", "roles.c"), encoding="utf-8") as f:
        names = re.findall(r'\[ROLE_\w+\]\s*=\s*\{\s*"(\w+)"', f.read())
    return [n for n in names if n != "parent"]


def number(text):
    """An errno or a signal, by number or by name."""
    if re.fullmatch(r"\d+", text):
        return int(text)
    return getattr(errno, text, None) or getattr(signal, text, None) or 0


def attempt(s, name, right):
    """What became of it: None if it was stopped, else a complaint."""
    answer = s.control(f"probe {name} {right}")[-1]
    m = re.fullmatch(r"ok (refused|died) (\w+)", answer)
    if m is None:
        return answer
    n = number(m.group(2))
    if m.group(1) == "died":
        return None if n == signal.SIGSYS else f"{answer}: not by the filter"
    if n in REFUSED or (right in PATHS and n in NOWHERE):
        return None
    return f"{answer}: refused by chance, not by the sandbox"


def snapshot(s):
    """Names and sizes of the files that no probe may touch."""
    out = {}
    for top, dirs, files in os.walk(s.root):
        dirs[:] = [d for d in dirs if d != "logs"]
        for f in files:
            path = os.path.join(top, f)
            if not f.endswith((".pid", ".tmp", "-wal", "-shm")):
                out[path] = os.stat(path).st_size
    return out


def run(build, user):
    """All cases on one server. Returns how many passed and failed."""
    as_whom = "an ordinary user" if user or os.geteuid() else "root"
    passed = failed = 0
    with server.Server(build, user=user) as s:
        names = {p["role"]: p["name"] for p in reversed(s.children())}
        wanted = roles()
        s.token()               # what a first start makes is made
        before = snapshot(s)
        for role in wanted:
            for right in RIGHTS:
                up = role in names and client.until(
                    lambda r=role: [p for p in s.status()
                                    if p["name"] == names[r]
                                    and p["state"] == "up"], 10, 0.02)
                wrong = attempt(s, names[role], right) if up else "not up"
                passed += wrong is None
                failed += wrong is not None
                if wrong is not None:
                    print(f"FAILED: {role}, {right} (as {as_whom}): {wrong}")
        client.until(lambda: all(p["state"] == "up" for p in s.status()))
        changed = sorted(p for p, _ in set(before.items())
                         ^ set(snapshot(s).items()))
        for what, good in (
                ("the server answers", s.once("GET", "/", token=s.token())
                 .status == 200),
                (f"no file was touched {changed}", not changed),
                ("nothing was made outside", not any(map(
                    os.path.exists, ("/usr/gatehouse-probe",
                                     "/gatehouse-probe",
                                     "/bin/gatehouse-probe")))),
                ("every case was run",
                 passed + failed == len(wanted) * len(RIGHTS)
                 and set(wanted) == set(names))):
            passed += good
            failed += not good
            if not good:
                print(f"FAILED: {what} (as {as_whom})")
    print(f"sandbox: {len(wanted)} roles, {len(RIGHTS)} rights, as {as_whom}")
    return passed, failed


def main():
    build = sys.argv[1]
    counts = [run(build, None)]
    skipped = 0
    if os.geteuid() == 0:
        if server.usable_by(os.path.abspath(build), 65534):
            counts.append(run(build, 65534))
        else:
            print("skipped: as an ordinary user: the build is not readable")
            skipped = 1
    return suite.report("sandbox", sum(p for p, _ in counts),
                        sum(f for _, f in counts), skipped)


if __name__ == "__main__":
    sys.exit(main())
