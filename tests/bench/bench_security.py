#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What logins cost those who are in already, and tokens by their number."""
import base64
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import bench                            # noqa: E402
from lib import client, server          # noqa: E402

LOGIN = "/security/user/authenticate"
CROWD = 200                 # logins at once
RATE = 50                   # requests a second meanwhile
LINES = 5                   # connections of those
AIM = 50                    # ms, p99 of them
LEAST = 3                   # seconds of measuring them
TOKENS = (1, 100, 10000)
ROUNDS = 3


# --- the two sides, each a process of its own ---------------------------------

def steady(port, token):
    """RATE requests a second until standard input ends; prints what each took
    in ms, from when it was due, and its status."""
    end = threading.Event()
    out = []

    def line(i):
        step = LINES / RATE
        with client.Connection(port, timeout=60) as c:
            at = time.monotonic() + step * i / LINES
            while not end.is_set():
                time.sleep(max(0, at - time.monotonic()))
                r = c.request("GET", "/manager/status", token=token)
                out.append((1000 * (time.monotonic() - at), r.status))
                at += step

    threads = [threading.Thread(target=line, args=(i,)) for i in range(LINES)]
    for t in threads:
        t.start()
    print("up", flush=True)
    sys.stdin.read()
    end.set()
    for t in threads:
        t.join()
    for ms, status in out:
        print(ms, status)


def crowd(port, count, names):
    """count logins at one moment, on connections that are open. names: of how
    many users. Prints what each took in ms, and its status."""
    # Clients are on other machines; this one has none of theirs to give.
    os.nice(15)
    conns = [client.Connection(port, timeout=60) for _ in range(count)]
    start = threading.Barrier(count + 1)
    out = []

    def login(i):
        user = f"crowd-{i % names}" if names > 1 else "wazuh"
        start.wait()
        began = time.monotonic()
        r = conns[i].request("POST", LOGIN, basic=(user, server.USER[1]))
        out.append((1000 * (time.monotonic() - began), r.status))

    threads = [threading.Thread(target=login, args=(i,))
               for i in range(count)]
    for t in threads:
        t.start()
    print("up", flush=True)
    sys.stdin.readline()
    start.wait()
    for t in threads:
        t.join()
    for ms, status in out:
        print(ms, status)


class Side:
    """One of them, at work."""

    def __init__(self, *args):
        self.proc = subprocess.Popen(
            [sys.executable, "-B", os.path.abspath(__file__),
             *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        if self.proc.stdout.readline() != "up\n":
            self.proc.kill()
            raise server.Failed(f"{args[0]} does not start")

    def figures(self, line=""):
        """(ms, status) of each request; ends the process."""
        text = self.proc.communicate(line)[0]
        return [(float(ms), int(status)) for ms, status in
                map(str.split, text.splitlines())]


# --- measuring ------------------------------------------------------------------

def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def spread(ms):
    return (f"p50 {percentile(ms, .5):7.1f}  p99 {percentile(ms, .99):7.1f}  "
            f"max {max(ms):7.1f} ms")


def told(figures):
    codes = sorted({s for _, s in figures})
    return spread([m for m, _ in figures]) + "   " + ", ".join(
        f"{sum(s == c for _, s in figures)} x {c}" for c in codes)


def within(s, offset):
    """What the server's log says from there on that those requests took, in
    ms: without what the clients cost, who have the same processors."""
    with open(s.path("logs/api.log"), encoding="utf-8") as f:
        f.seek(offset)
        return [1000 * float(x) for x in re.findall(
            r'"GET /manager/status".* done in ([\d.]+)s', f.read())]


def together(s, token, names):
    """A crowd's logins and the steady requests meanwhile; by the log, too."""
    offset = os.path.getsize(s.path("logs/api.log"))
    logins = Side("crowd", s.port, CROWD, names)
    meanwhile = Side("steady", s.port, token)
    began = time.monotonic()
    a = logins.figures("go\n")
    time.sleep(max(0, LEAST - (time.monotonic() - began)))
    return a, meanwhile.figures(), within(s, offset)


def load(s, aims):
    token = s.token()
    print(f"{RATE} requests a second of GET /manager/status, and {CROWD} "
          "logins at one moment:")
    for name, names, remember in (
            ("of one user, hashed once", 1, True),
            ("of one user, hashed each time", 1, False),
            (f"of {CROWD} users", CROWD, True)):
        s.gatehouse["login_cache"] = 60 if remember else 0
        rounds = []
        for _ in range(ROUNDS):
            # Or those who were let in would be known the next time.
            s.reload()
            rounds.append(together(s, token, names))
        p99 = [percentile([m for m, _ in b], .99) for _, b, _ in rounds]
        print(f"  {name}")
        a, b, c = rounds[p99.index(statistics.median_low(p99))]
        print(f"    the requests  {told(b)}\n    by the log    {spread(c)}\n"
              f"    the logins    {told(a)}", flush=True)
        middle = statistics.median_low(p99)
        bad = sum(status != 200 for _, b, _ in rounds for _, status in b)
        aims.append((f"{CROWD} logins {name}: p99 of the requests "
                     f"{middle:.1f} ms, aim under {AIM}"
                     + (f", {bad} REFUSED" if bad else ""),
                     middle < AIM and not bad))
    idle = Side("steady", s.port, token)
    time.sleep(LEAST)
    print(f"  nobody\n    the requests  {told(idle.figures())}", flush=True)


def tokens(s, count, folder):
    """A file with that many tokens, each another."""
    s.gatehouse["login_cache"] = 60
    s.reload()
    path = os.path.join(folder, str(count))
    made = set()
    with s.connect() as c, open(path, "w", encoding="ascii") as f:
        while len(made) < count:
            r = c.request("POST", LOGIN + "?raw=true", basic=server.USER)
            if r.status != 200 or r.text() in made:
                raise server.Failed(f"login: {r}")
            made.add(r.text())
            f.write(r.text() + "\n")
    return path


def checked(s, seconds):
    """Requests with tokens that are known, and that are not yet."""
    print(f"\n{'GET / with tokens':34} {'req/s':>9} {'p50 ms':>8} "
          f"{'p99 ms':>8} {'CPU ms':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for count in TOKENS:
            path = tokens(s, count, folder)
            os.environ["BENCH_TOKENS"] = path
            r = bench.measure(s, "/", 16, seconds)
            bench.line(f"{count} known", r)
            bench.where(r)
            del os.environ["BENCH_TOKENS"]
        # A new configuration makes authz forget which are good.
        s.reload()
        with open(path, encoding="ascii") as f:
            first = f.read().split()
        anew(s, first)


def anew(s, words):
    """Each of them for the first time."""
    lines, left, out = 8, iter(words), []
    lock = threading.Lock()

    def line():
        with s.connect() as c:
            while True:
                with lock:
                    token = next(left, None)
                if token is None:
                    return
                began = time.monotonic()
                status = c.request("GET", "/", token=token).status
                out.append((1000 * (time.monotonic() - began), status))

    before = bench.cpu(p["pid"] for p in s.status())
    began = time.monotonic()
    threads = [threading.Thread(target=line) for _ in range(lines)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    took = time.monotonic() - began
    after = bench.cpu(before)
    cpu = 1000 * (sum(after.values()) - sum(before.values())) / len(words)
    print(f"{len(words)} not seen before, {lines} connections:"
          f" {len(words) / took:.0f} req/s by a client in Python, CPU of the "
          f"server {cpu:.3f} ms each;\n    {told(out)}", flush=True)


def users(s):
    """A crowd of users with wazuh's password."""
    db = sqlite3.connect(s.path("api/configuration/security/rbac.db"))
    with db:
        db.executemany("INSERT INTO users SELECT ?, ?, password, 0, '' FROM "
                       "users WHERE id = 1", [(1000 + i, f"crowd-{i}")
                                              for i in range(CROWD)])
    db.close()


def main():
    build, seconds = sys.argv[1], int(sys.argv[2])
    aims = []
    s = server.Server(build, {"access": {"max_login_attempts": 1000000},
                              "intervals": {"request_timeout": 10}})
    try:
        s.init()
        users(s)
        s.start()
        print("\n", end="")
        load(s, aims)
        if shutil.which("wrk") is None:
            print("wrk is not here (scripts/deps bench): no rates")
        else:
            checked(s, seconds)
        s.stop()
    except BaseException:
        s.remove()
        raise
    print()
    for text, good in aims:
        print(f"{bench.mark(good):7} {text}")


if __name__ == "__main__":
    if sys.argv[1] == "steady":
        steady(int(sys.argv[2]), sys.argv[3])
    elif sys.argv[1] == "crowd":
        crowd(*map(int, sys.argv[2:5]))
    else:
        main()
