#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What lists of agents cost, by the number of agents. See scripts/bench."""
import os
import shutil
import sqlite3
import sys
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import bench                            # noqa: E402
import generate                         # noqa: E402
from lib import agents, callers, client, server     # noqa: E402

SIZES = (1000, 20000, 100000)
FULL = "/agents?limit=500"
CLAUSES = "(status=active,status=disconnected);os.name~u;version!=v4.9.2"
FEW = "few"                 # a group with one agent in a hundred
REQUESTS = (
    ("limit=500", FULL),
    ("limit=500, 1 agent denied", FULL, "agent:id:007"),
    ("limit=500, 1 % denied by group", FULL, "agent:group:" + FEW),
    ("limit=500, 80 % denied by group", FULL, "agent:group:group1"),
    ("limit=1", "/agents?limit=1"),
    ("search=bulk-19", "/agents?search=bulk-19&limit=500"),
    ("q= of three clauses",
     "/agents?limit=500&q=" + urllib.parse.quote(CLAUSES)),
    ("/overview/agents", "/overview/agents"),
    ("/agents/summary/status", "/agents/summary/status"),
    ("the same, 1 % denied by group", "/agents/summary/status",
     "agent:group:" + FEW),
)
# CPU of the original in milliseconds, its wazuh-db included; where only a
# delay is known, that.
ORIGINAL = {
    (1000, "limit=500"): "131 ms",
    (20000, "limit=500"): "127 ms",
    (20000, "search=bulk-19"): "p50 724 ms",
    (20000, "/overview/agents"): "p50 169 ms",
    (20000, "/agents/summary/status"): "p50 57 ms",
}
FLAT = 1.2          # what memory may grow by, under load


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(x) for x in f.read().split()]


def static(s, workers, body, seconds):
    """nginx with these bytes: rate and CPU of a request."""
    n = bench.Nginx(s, workers, body)
    try:
        pids = client.until(lambda: children(n.proc.pid))
        before = sum(bench.cpu(pids).values())
        r = bench.wrk(n.url(), 1, seconds)
        ms = 1000 * (sum(bench.cpu(pids).values()) - before) / max(1, r["n"])
    finally:
        n.stop()
        shutil.rmtree(n.dir)
    print(f"    nginx, {len(body)} bytes: {r['rate']:.1f} req/s, p50 "
          f"{r['p50'] / 1000:.2f} ms, CPU {ms:.3f} ms", flush=True)


def memory(s):
    return bench.pss([p["pid"] for p in s.status()]) / 1024


def restricted(s):
    """For each denial a user who may read all agents but those."""
    def policy(effect, *resources):
        return effect, ["agent:read"], list(resources)

    return {None: server.USER} | {
        r[2]: callers.add(s, f"restricted-{i}", [
            policy("allow", "agent:id:*", "agent:group:*"),
            policy("deny", r[2])])
        for i, r in enumerate({r[2]: r for r in REQUESTS if r[2:]}.values())}


def few(s):
    """The members of that group, of all agents there are."""
    db = sqlite3.connect(agents.database(s))
    with db:
        db.execute("INSERT OR IGNORE INTO `group` (name) VALUES (?)", (FEW,))
        db.execute("INSERT OR IGNORE INTO belongs (id_agent, id_group, "
                   "priority) SELECT a.id, g.id, ? FROM agent a, `group` g "
                   "WHERE g.name = ? AND a.id % 100 = 1",
                   (len(generate.GROUPS), FEW))
    db.close()


def size(s, count, seconds, users):
    """All requests at one size; the CPU of the full list, and memory."""
    tokens = {denied: s.token(user) for denied, user in users.items()}
    workers = sum(p["role"] == "http" for p in s.status())
    idle = memory(s)
    # Each process reads the keys once and keeps its largest heap.
    for _, path, *denied in REQUESTS:
        bench.wrk(f"https://127.0.0.1:{s.port}{path}", 4, 1,
                  auth="Bearer " + tokens[denied[0] if denied else None])
    start = memory(s)
    print(f"\n{count} agents, {idle:.1f} MiB (PSS), {start:.1f} once each "
          f"process has worked\n{'':34} {'req/s':>9} "
          f"{'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>9}  the original's")
    full = None
    for name, path, *denied in REQUESTS:
        token = tokens[denied[0] if denied else None]
        answer = s.once("GET", path, token=token)
        if answer.status != 200:
            print(f"{name:34} answers {answer.status}: not measured")
            continue
        r = bench.measure(s, path, 1, seconds, auth="Bearer " + token)
        bench.line(name, r, ORIGINAL.get((count, name), ""))
        bench.where(r)
        if path == FULL and not denied:
            full = r["cpu"]
            if shutil.which("nginx"):
                static(s, workers, answer.body, seconds)
    end = memory(s)
    print(f"{'memory after that':34} {end:.1f} MiB (PSS)")
    return full, start, end


def main():
    build, seconds = sys.argv[1], int(sys.argv[2])
    if shutil.which("wrk") is None:
        sys.exit("wrk is not here (scripts/deps bench): nothing measured")
    full, aims, have = {}, [], 0
    s = server.Server(build)
    try:
        s.init()
        agents.database(s)
        users = restricted(s)
        for count in SIZES:
            generate.fill(s.root, have + 1, count)
            few(s)
            have = count
            s.start()
            full[count], start, end = size(s, count, seconds, users)
            aims.append((f"{count} agents: {start:.1f} MiB before, {end:.1f} "
                         f"after, aim {FLAT} times at most",
                         end <= FLAT * start))
            s.stop(remove=False)
        s.remove()
    except BaseException:
        s.remove()
        raise
    most = full[SIZES[-1]]
    aims.append((f"500 of {SIZES[-1]} agents: {most:.3f} ms of CPU, aim "
                 "under 2", most < 2))
    times = most / full[SIZES[0]]
    aims.append((f"that is {times:.2f} times the CPU at {SIZES[0]}, aim at "
                 "most 1.5", times <= 1.5))
    print()
    for text, good in aims:
        print(f"{bench.mark(good):7} {text}")


if __name__ == "__main__":
    main()
