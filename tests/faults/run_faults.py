#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Kill each child again and again while requests come in.

usage: run_faults.py [--kills N | --long] [--seed S] BUILD

Fifty requests a second: GET /, lists, enrolments, removals, logins, each on a
connection of its own. Meanwhile children are killed by SIGKILL in random
order, at least five a role (--long: each child a hundred times). What must
hold:

- a request fails only if it was under way when a child died that could have
  had it, with 500 and error 900 or 901, or by a lost connection where an http
  worker died; and there are no more of these than deaths;
- none outlives its deadline;
- after each death there are answers again, and no other process has died;
- client.keys and the table of agents agree in the end.
"""
import argparse
import collections
import os
import queue
import random
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from lib import client, server, suite        # noqa: E402

RATE = 50
THREADS = 40
DEADLINE = 10               # intervals.request_timeout
EPSILON = 0.05              # between our clock and the kernel's deed
LEAST = 5                   # kills a role
LONG = 100                  # kills a child

# Who can have had a request of a kind; the others cost nobody anything. After
# a death of authz the tokens it remembered are checked again by hash.
HOLDERS = {
    "root": {"http", "authz", "hash", "router", "read"},
    "list": {"http", "authz", "hash", "router", "read"},
    "enrol": {"http", "authz", "hash", "router", "write"},
    "remove": {"http", "authz", "hash", "router", "write"},
    "login": {"http", "authz", "hash"},
}


class Request:
    def __init__(self, kind, began):
        self.kind = kind
        self.began = began
        self.ended = None
        self.status = None
        self.error = None
        self.lost = None        # the exception, where there was no answer

    @property
    def failed(self):
        return self.status != 200


class Load:
    """Requests at a fixed rate, whatever becomes of the earlier ones."""

    def __init__(self, s, rng):
        self.s = s
        self.rng = rng
        self.token = s.token()
        self.jobs = queue.Queue()
        self.done = []
        self.lock = threading.Lock()
        self.made = []
        self.number = 0
        self.end = threading.Event()
        self.late = 0
        self.threads = [threading.Thread(target=self.work, daemon=True)
                        for _ in range(THREADS)]
        self.clock = threading.Thread(target=self.tick, daemon=True)

    def start(self):
        for t in self.threads:
            t.start()
        self.clock.start()

    def stop(self):
        self.end.set()
        self.clock.join()
        for _ in self.threads:
            self.jobs.put(None)
        for t in self.threads:
            t.join(60)
        return sum(t.is_alive() for t in self.threads)

    def tick(self):
        at = time.monotonic()
        while not self.end.is_set():
            kind = self.rng.choices(
                ("root", "list", "enrol", "remove", "login"),
                (40, 25, 15, 10, 10))[0]
            if self.jobs.qsize() > THREADS:
                self.late += 1
            self.jobs.put(kind)
            at += 1 / RATE
            time.sleep(max(0, at - time.monotonic()))

    def build(self, c, kind):
        if kind == "root":
            return c.build("GET", "/", token=self.token)
        if kind == "list":
            return c.build("GET", "/agents?limit=20", token=self.token)
        if kind == "login":
            return c.build("POST", "/security/user/authenticate",
                           basic=server.USER)
        with self.lock:
            if kind == "remove" and self.made:
                i = self.made.pop(0)
                return c.build("DELETE", f"/agents?agents_list={i}"
                               "&status=all&older_than=0s", token=self.token)
            self.number += 1
            return c.build("POST", "/agents", token=self.token,
                           body={"name": f"agent{self.number}"})

    def work(self):
        while True:
            kind = self.jobs.get()
            if kind is None:
                return
            r = Request(kind, time.monotonic())
            try:
                with client.Connection(self.s.port, timeout=30) as c:
                    c.send(self.build(c, kind))
                    a = c.response()
                r.status = a.status
                if a.status != 200:
                    r.error = a.json().get("error")
                elif kind == "enrol":
                    data = a.json()["data"]
                    with self.lock:
                        if "id" in data:
                            self.made.append(data["id"])
            except (OSError, client.Closed, ValueError) as e:
                r.lost = repr(e)
            r.ended = time.monotonic()
            with self.lock:
                self.done.append(r)


def plan(children, kills, rng):
    """Whom to kill, in order: least a role, the rest by chance."""
    byrole = collections.defaultdict(list)
    for p in children:
        byrole[p["role"]].append(p["name"])
    roles = sorted(byrole)
    each = max(LEAST, kills // len(roles))
    order = [r for r in roles for _ in range(each)]
    order += rng.choices(roles, k=max(0, kills - len(order)))
    rng.shuffle(order)
    return [rng.choice(byrole[r]) for r in order]


def plan_long(children, each, rng):
    """Each child that often, in random order."""
    order = [p["name"] for p in children for _ in range(each)]
    rng.shuffle(order)
    return order


def kill_all(s, names, rng):
    """Kill one after the other; a list of (time, name), and complaints."""
    killed, wrong, last = [], [], {}
    for name in names:
        def successor(name=name):
            p = next(p for p in s.status() if p["name"] == name)
            # Just after its death the last one may still be shown.
            if p["state"] == "up" and p["pid"] != last.get(name):
                return p
            return None

        p = client.until(successor, 10, 0.02)
        if p is None:
            wrong.append(f"{name} is not up again")
            continue
        # A moment in which it works, not the first after its start.
        time.sleep(rng.uniform(0, 0.3))
        at = time.monotonic()
        try:
            os.kill(p["pid"], signal.SIGKILL)
        except ProcessLookupError:
            wrong.append(f"{name}, pid {p['pid']}, has ended by itself")
            continue
        killed.append((at, name))
        last[name] = p["pid"]
    return killed, wrong


def judge(r, killed):
    """The role whose death explains why r failed; None if there is none."""
    for at, name in killed:
        role = name.split("[")[0]
        if not r.began - EPSILON <= at <= r.ended + EPSILON or \
                role not in HOLDERS[r.kind]:
            continue
        if r.status == 500 and r.error in (900, 901):
            return role
        if r.lost is not None and role == "http":
            return role
    return None


def agree(s):
    """Do client.keys and the table name the same agents?"""
    token = s.token()
    r = s.once("GET", "/agents?limit=100000", token=token)
    rows = {a["id"] for a in r.json()["data"]["affected_items"]} - {"000"}
    keys = {x.split(" ")[0] for x in s.read("etc/client.keys").splitlines()
            if not x.split(" ")[1].startswith("!")}
    return rows, keys


class Verdict:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, good, text):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAILED: {text}")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--kills", type=int, default=100)
    ap.add_argument("--long", action="store_true")
    ap.add_argument("--seed", type=int, default=None)
    ap.add_argument("build")
    a = ap.parse_args()
    seed = a.seed if a.seed is not None else random.randrange(1 << 30)
    rng = random.Random(seed)
    print(f"faults: seed {seed}")

    # A login that dies with a process counts as one that failed, here as in the
    # original; a thousand kills are no attack.
    with server.Server(a.build, api={"access": {
            "max_login_attempts": 1000000}}) as s:
        first = s.status()
        children = [p for p in first if p["role"] != "parent"]
        roles = sorted({p["role"] for p in children})
        names = plan_long(children, LONG, rng) if a.long else \
            plan(children, a.kills, rng)
        load = Load(s, rng)
        load.start()
        time.sleep(1)
        began = time.monotonic()
        killed, wrong = kill_all(s, names, rng)
        time.sleep(1.5)
        hanging = load.stop()
        seconds = time.monotonic() - began
        client.until(lambda: all(p["state"] == "up" for p in s.status()))
        last = s.status()
        rows, keys = agree(s)
        if wrong:
            print(s.said())

    v = Verdict()
    for text in wrong:
        v.that(False, text)
    bad = [r for r in load.done if r.failed]
    blamed = collections.Counter()
    for r in bad:
        role = judge(r, killed)
        if role is None:
            near = [n for at, n in killed
                    if r.began - 1 <= at <= r.ended + 1]
            v.that(False, f"{r.kind}: status {r.status} error {r.error} "
                   f"{r.lost or ''} in {r.ended - r.began:.3f} s; killed "
                   f"within a second: {near}")
        else:
            blamed[role] += 1

    bykill = collections.Counter(n.split("[")[0] for _, n in killed)
    for role in roles:
        v.that(bykill[role] >= LEAST,
               f"only {bykill[role]} kills of {role}")
    counts = {p["name"]: p["restarts"] for p in last}
    names = collections.Counter(n for _, n in killed)
    for p in children if a.long else []:
        v.that(names[p["name"]] >= LONG,
               f"only {names[p['name']]} kills of {p['name']}")
    for p in last:
        v.that(counts[p["name"]] == names[p["name"]] and p["state"] == "up",
               f"{p['name']}: {counts[p['name']]} restarts, "
               f"{names[p['name']]} kills, {p['state']}")
    v.that(first[0]["pid"] == last[0]["pid"], "the parent is another one")
    v.that(hanging == 0, f"{hanging} requests without an end")
    slow = max(load.done, key=lambda r: r.ended - r.began)
    slowest = slow.ended - slow.began
    v.that(slowest < DEADLINE, f"one took {slowest:.1f} s")
    v.that(len(bad) <= len(killed), f"{len(bad)} failed")
    good = sorted(r.ended for r in load.done if not r.failed
                  and r.kind == "root")
    for (at, name), nxt in zip(killed, [k[0] for k in killed[1:]]
                               + [float("inf")]):
        if nxt - at > 1.5:
            v.that(any(at < g < at + 1.5 for g in good),
                   f"no answer within 1.5 s of the end of {name}")
    v.that(len(load.done) > RATE * seconds * 0.9,
           f"only {len(load.done)} requests in {seconds:.0f} s")
    v.that(rows == keys, f"keys and table differ: {sorted(rows ^ keys)[:9]}")

    for role in roles:
        print(f"faults: {role:8} {bykill[role]:4} kills, {blamed[role]:3} "
              "requests failed")
    print(f"faults: {len(load.done)} requests in {seconds:.0f} s, "
          f"{len(killed)} kills, {len(bad)} failed, slowest "
          f"{1000 * slowest:.0f} ms ({slow.kind}, status {slow.status}, "
          f"killed then: "
          f"{[n for at, n in killed if slow.began <= at <= slow.ended]})")
    return suite.report("faults", v.passed, v.failed)


if __name__ == "__main__":
    sys.exit(main())
