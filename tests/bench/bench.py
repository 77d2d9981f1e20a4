#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Measure a build: rates, delays, CPU, memory, start. See scripts/bench."""
import base64
import os
import shutil
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from lib import agents, client, server        # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
AGENTS = 1000
STARTS = 5
TURNS = 3                   # with nginx

# Of the original 4.14.9 on a machine with two cores, CPU in milliseconds.
ORIGINAL = {"root": 30, "agents": 131, "login": 173, "memory": 365,
            "start": 4}


def cpu(pids):
    """Seconds of CPU that each process has used."""
    out = {}
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as f:
            v = f.read().rsplit(")", 1)[1].split()
        out[pid] = (int(v[11]) + int(v[12])) / TICK
    return out


def pss(pids):
    """KiB, shared pages counted by shares."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            total += sum(int(x.split()[1]) for x in f if x.startswith("Pss:"))
    return total


def wrk(url, connections, seconds, method="GET", auth=None):
    """Requests, seconds, p50, p99 and longest in microseconds, errors."""
    env = dict(os.environ, BENCH_METHOD=method)
    env.pop("BENCH_AUTH", None)
    if auth:
        env["BENCH_AUTH"] = auth
    r = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                        "--timeout", "30s", "-s",
                        os.path.join(HERE, "wrk.lua"), url],
                       capture_output=True, text=True, env=env)
    line = [x for x in r.stdout.splitlines() if x.startswith("figures ")]
    if not line:
        sys.exit(f"wrk: {r.stdout}{r.stderr}")
    n, us, p50, p99, longest, errors = map(int, line[0].split()[1:])
    return {"n": n, "s": us / 1e6, "p50": p50, "p99": p99, "max": longest,
            "errors": errors, "rate": n / (us / 1e6)}


def measure(s, path, connections, seconds, **kw):
    """wrk on the server, with the CPU of each role for one request."""
    procs = [(p["role"], p["pid"]) for p in s.status()]
    before = cpu(pid for _, pid in procs)
    r = wrk(f"https://127.0.0.1:{s.port}{path}", connections, seconds, **kw)
    after = cpu(pid for _, pid in procs)
    r["roles"] = {}
    for role, pid in procs:
        ms = 1000 * (after[pid] - before[pid]) / max(1, r["n"])
        r["roles"][role] = r["roles"].get(role, 0) + ms
    r["cpu"] = sum(r["roles"].values())
    return r


def starts(s, count):
    """Milliseconds from the start of the process to its first answer."""
    out = []
    for _ in range(count):
        began = time.monotonic()
        s.start(wait=False)
        while True:
            try:
                client.once(s.port, "OPTIONS", "/")
                break
            except (OSError, client.Closed):
                if s.proc.poll() is not None:
                    sys.exit("the server ended:\n" + s.said())
                time.sleep(0.001)
        out.append(1000 * (time.monotonic() - began))
        s.stop(remove=False)
    return out


class Nginx:
    """A static file of a size, over TLS, with the same number of workers."""

    def __init__(self, s, workers, body):
        self.port = server.free_port()
        self.dir = os.path.join(s.top, "nginx")
        os.makedirs(os.path.join(self.dir, "html"))
        os.chmod(self.dir, 0o755)
        with open(os.path.join(self.dir, "html", "file"), "wb") as f:
            f.write(body)
        for n in ("crt", "key"):
            shutil.copy(s.path(f"api/configuration/ssl/server.{n}"),
                        os.path.join(self.dir, n))
        d = self.dir
        user = "user nobody nogroup;" if os.geteuid() == 0 else ""
        with open(os.path.join(d, "conf"), "w", encoding="utf-8") as f:
            f.write(f"""{user}
worker_processes {workers};
pid {d}/pid; error_log {d}/error.log; daemon off;
events {{ worker_connections 1024; }}
http {{
  access_log {d}/access.log;
  client_body_temp_path {d}/b; proxy_temp_path {d}/p;
  fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;
  keepalive_requests 100000000; default_type application/json;
  server {{
    listen 127.0.0.1:{self.port} ssl;
    ssl_certificate {d}/crt; ssl_certificate_key {d}/key;
    ssl_protocols TLSv1.2 TLSv1.3;
    root {d}/html;
  }}
}}
""")
        self.proc = subprocess.Popen(
            ["nginx", "-p", d, "-c", os.path.join(d, "conf")],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ok = client.until(self.up, 10)
        if not ok:
            self.stop()
            raise server.Failed("nginx does not start")

    def up(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def url(self):
        return f"https://127.0.0.1:{self.port}/file"

    def stop(self):
        self.proc.terminate()
        self.proc.wait()


def line(name, r, aim=""):
    print(f"{name:34} {r['rate']:9.1f} {r['p50'] / 1000:8.2f} "
          f"{r['p99'] / 1000:8.2f} {r['cpu']:9.3f}  {aim}"
          + (f"  {r['errors']} ERRORS" if r["errors"] else ""), flush=True)


def mark(good):
    return "met" if good else "MISSED"


def where(r):
    """Which role the CPU of one request goes to."""
    parts = sorted(r["roles"].items(), key=lambda x: -x[1])
    print("    of it: " + ", ".join(f"{n} {ms:.3f}" for n, ms in parts
                                    if ms >= 0.0005))


def load(s, seconds, aims):
    token = "Bearer " + s.token()
    basic = "Basic " + base64.b64encode(":".join(server.USER).encode()).decode()
    print(f"{'':34} {'req/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>9}"
          "  aim, and the original's CPU")
    r = measure(s, "/", 1, seconds, auth=token)
    line("GET /, 1 connection", r, f"{ORIGINAL['root']} ms")
    where(r)
    r = measure(s, "/", 64, seconds, auth=token)
    good = r["cpu"] < 0.15
    aims.append((f"GET / at 64 connections: {r['cpu']:.3f} ms of CPU, aim "
                 "under 0.15", good))
    line("GET /, 64 connections", r,
         f"under 0.15 ms: {mark(good)}; {ORIGINAL['root']} ms")
    where(r)
    for c in (1, 8):
        r = measure(s, "/agents?limit=500", c, seconds, auth=token)
        line(f"GET /agents?limit=500, {c} connection" + "s" * (c > 1), r,
             f"{ORIGINAL['agents']} ms")
    where(r)
    for c in (1, 8):
        r = measure(s, "/security/user/authenticate", c, seconds,
                    method="POST", auth=basic)
        line(f"login, remembered, {c} connection" + "s" * (c > 1), r,
             f"{ORIGINAL['login']} ms")
    s.gatehouse["login_cache"] = 0
    s.reload()
    r = measure(s, "/security/user/authenticate", 8, seconds, method="POST",
                auth=basic)
    line("login, hashed each time, 8 conn.", r, f"{ORIGINAL['login']} ms")
    where(r)


def compare(s, workers, seconds):
    """Our rate by nginx's: in turns, as the machine may have other work."""
    token = s.token()
    body = s.once("GET", "/", token=token).body
    print(f"\nIn turns with nginx, a static file of {len(body)} bytes, "
          f"{workers} workers, with an access log:")
    n = Nginx(s, workers, body)
    try:
        for c in (1, 64):
            shares = []
            for _ in range(TURNS):
                ours = measure(s, "/", c, seconds, auth="Bearer " + token)
                its = wrk(n.url(), c, seconds)
                shares.append(ours["rate"] / its["rate"])
                print(f"{c:4} connections: {ours['rate']:9.1f} req/s here, "
                      f"{its['rate']:9.1f} there, share {shares[-1]:.2f}"
                      + (f", {its['errors']} ERRORS" if its["errors"]
                         else ""), flush=True)
    finally:
        n.stop()
    return sorted(shares)[TURNS // 2]


def main():
    build, seconds = sys.argv[1], int(sys.argv[2])
    if shutil.which("wrk") is None:
        sys.exit("wrk is not here (scripts/deps bench): nothing measured")
    aims = []
    s = server.Server(build)
    try:
        s.init()
        first = starts(s, 1)[0]
        again = sorted(starts(s, STARTS))
        half = again[len(again) // 2]
        print(f"Start to first answer: {first:.0f} ms the first time (makes "
              f"certificate and keys), then {half:.0f} ms ({again[0]:.0f} to "
              f"{again[-1]:.0f}); the original {ORIGINAL['start']} s")
        aims.append((f"first answer after {half:.0f} ms, aim 200",
                     half <= 200))
        agents.fill(s, AGENTS)
        s.start()
        pids = [p["pid"] for p in s.status()]
        workers = sum(p["role"] == "http" for p in s.status())
        idle = pss(pids) / 1024
        print(f"{len(pids)} processes, {idle:.1f} MiB (PSS) before the first "
              f"request; {AGENTS} agents\n")
        load(s, seconds, aims)
        busy = pss([p["pid"] for p in s.status()]) / 1024
        print(f"\nMemory of all processes after that: {busy:.1f} MiB (PSS); "
              f"the original {ORIGINAL['memory']} MiB (RSS)")
        aims.append((f"{busy:.1f} MiB, aim under 60",
                     max(idle, busy) < 60))
        if shutil.which("nginx") is None:
            print("nginx is not here (scripts/deps bench): not compared")
        else:
            share = compare(s, workers, seconds)
            aims.append((f"GET / at 64 connections: {share:.2f} of nginx's "
                         "rate, aim 0.3", share >= 0.3))
        s.stop()
    except BaseException:
        s.remove()
        raise
    print()
    for text, good in aims:
        print(f"{mark(good):7} {text}")


if __name__ == "__main__":
    main()
