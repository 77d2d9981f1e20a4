# SPDX-License-Identifier: ISC
"""Log files that end: by size, with their day, and over a restart."""
import calendar
import gzip
import json
import os
import re
import signal
import time
import unittest

from . import base
from .base import client, server

DAY = 86400


class Case(base.Case):
    def old(self, name, text, age=0):
        """A file that was last written so many seconds ago."""
        place(self.s, name, text, age)

    def files(self, kind):
        """The file, its parts and archives, as {path below logs: text}."""
        top = self.s.path("logs")
        found = {}
        for d, _, names in os.walk(top):
            for n in names:
                p = os.path.join(d, n)
                if not n.startswith(kind):
                    continue
                with (gzip.open(p) if n.endswith(".gz") else
                      open(p, "rb")) as f:
                    found[os.path.relpath(p, top)] = f.read().decode()
        return found

    def waiting(self):
        """Files on their way to an archive."""
        return [n for d, _, names in os.walk(self.s.path("logs"))
                for n in names
                if n.startswith(".") or
                re.search(r"\.\d{4}-\d\d-\d\d(_\d+\.rotating)?(\.done)?$", n)]

    def settled(self):
        """Until nothing waits."""
        self.assertEqual(base.until(lambda: not self.waiting()), True,
                         self.waiting())

    def mode(self, name):
        return os.stat(self.s.path("logs/" + name)).st_mode & 0o7777


def place(s, name, text, age=0):
    p = s.path("logs/" + name)
    logs = os.stat(s.path("logs"))
    with open(p, "w", encoding="utf-8") as f:
        f.write(text)
    os.chown(p, logs.st_uid, logs.st_gid)
    os.chmod(p, 0o660)
    t = time.time() - age
    os.utime(p, (t, t))


def archive(kind, age):
    """The name of the archive of the day so many seconds ago."""
    t = time.localtime(time.time() - age)
    return (f"api/{t.tm_year}/{calendar.month_abbr[t.tm_mon]}/"
            f"{kind}-{t.tm_mday:02d}")


class Size(Case):
    API = {"logs": {"format": "plain,json",
                    "max_size": {"enabled": True, "size": "1M"}}}

    @classmethod
    def prepare(cls):
        # The clock alone is no reason then.
        place(cls.s, "api.log", "first #0#\n", 3 * DAY)

    def ask(self, first, n):
        """Requests with a mark of their own and about 3 KB of text."""
        c = None
        for i in range(first, first + n):
            try:
                if c is None:
                    c = self.s.connect()
                r = c.request("GET", f"/none?x=%23{i}%23" + "y" * 3000)
                self.assertIn(r.status, (401, 404))
                if r.get("connection") == "close":
                    c.close()
                    c = None
            except client.Closed:
                c.close()
                c = None
                raise
        if c is not None:
            c.close()

    def marks(self, kind):
        try:
            return sorted(int(x) for text in self.files(kind).values()
                          for x in re.findall(r"#(\d+)#", text))
        except FileNotFoundError:
            return []           # put away in this moment

    def test_size(self):
        self.ask(1, 800)
        base.until(lambda: self.marks("api.json")[-1:] == [800])
        # Whatever file logd was about, another goes on with it.
        pid = [p["pid"] for p in self.s.status() if p["role"] == "logd"][0]
        os.kill(pid, signal.SIGKILL)
        self.assertTrue(base.until(lambda: [
            p for p in self.s.status() if p["role"] == "logd"
            and p["pid"] != pid and p["state"] == "up"]))
        self.ask(801, 400)
        for kind in ("api.log", "api.json"):
            want = list(range(0 if kind == "api.log" else 1, 1201))
            base.until(lambda k=kind, w=want: self.marks(k) == w)
            self.settled()
            self.assertEqual(self.marks(kind), want)
            found = self.files(kind)
            self.assertEqual(
                set(found) - {kind},
                {f"{archive(kind, 0)}_{n}.gz" for n in (1, 2, 3)})
            for name, text in found.items():
                self.assertEqual(text[-1:], "\n", name)
                self.assertLess(len(text), 1048576)
                gz = name.endswith(".gz")
                self.assertEqual(self.mode(name), 0o640 if gz else 0o660)
                if gz:
                    self.assertGreater(len(text), 1040000)
        for d in ("api", os.path.dirname(archive("api.log", 0))):
            self.assertEqual(self.mode(d), 0o750)
        # Each line of api.json is a record still.
        for text in self.files("api.json").values():
            for line in text.splitlines():
                r = json.loads(line)
                self.assertEqual(list(r), ["timestamp", "levelname", "data"])

    @classmethod
    def tearDownClass(cls):
        # One process was ended on purpose, so the check of the base is not for
        # this class.
        cls.s.stop()


class Days(Case):
    """What was left when the server stopped, and a day that is over."""

    API = {"logs": {"format": "json,plain"}}

    @classmethod
    def prepare(cls):
        place(cls.s, "api.log", "three days ago\n", 3 * DAY)
        place(cls.s, "api.json", "{}\n", 3 * DAY)
        place(cls.s, "api.log.2024-02-29", "leap\n")
        place(cls.s, "api.log.2024-02-29_1.rotating", "leap too\n")
        place(cls.s, "api.json.2023-12-31", "{}\n")
        # Not ours.
        place(cls.s, "other.log.2024-02-29", "x\n")

    def test_days(self):
        self.assertTrue(base.until(
            lambda: self.waiting() == ["other.log.2024-02-29"]),
            self.waiting())
        self.s.once("GET", "/agents?x=today")
        self.assertTrue(base.until(
            lambda: "today" in self.s.read("logs/api.log")))
        found = self.files("api.")
        gz = {n: t for n, t in found.items() if n.endswith(".gz")}
        self.assertEqual(gz, {
            archive("api.log", 3 * DAY) + ".gz": "three days ago\n",
            archive("api.json", 3 * DAY) + ".gz": "{}\n",
            "api/2024/Feb/api.log-29.gz": "leap\n",
            "api/2024/Feb/api.log-29_1.gz": "leap too\n",
            "api/2023/Dec/api.json-31.gz": "{}\n"})
        self.assertEqual(set(found) - set(gz), {"api.log", "api.json"})
        self.assertNotIn("ago", found["api.log"])
        for name in ("api.log", "api.json"):
            self.assertEqual(self.mode(name), 0o660)


class Formats(Case):
    """One request is one line in each of the files that are asked for."""

    API = {"logs": {"format": "plain"}}

    def lines(self, name, mark):
        try:
            return [x for x in self.s.read("logs/" + name).splitlines()
                    if mark in x]
        except FileNotFoundError:
            return []

    def test_formats(self):
        token = self.s.token()
        for fmt, plain, record in (("json", 0, 1), ("json,plain", 1, 1),
                                   ("plain", 1, 0), ("plain,json", 1, 1)):
            self.s.api["logs"]["format"] = fmt
            self.s.reload()
            mark = "mark-" + fmt.replace(",", "-and-") + "-"
            self.s.once("GET", f"/agents?limit=1&x={mark}", token=token)
            self.s.once("GET", f"/agents?limit=1&y={mark}end", token=token)
            where = "api.json" if record else "api.log"
            self.assertTrue(base.until(
                lambda w=where, m=mark: self.lines(w, m + "end")))
            self.assertEqual(len(self.lines("api.log", mark)), 2 * plain, fmt)
            self.assertEqual(len(self.lines("api.json", mark)), 2 * record,
                             fmt)
            if not record:
                continue
            p = json.loads(self.lines("api.json", mark)[0])["data"]["payload"]
            self.assertEqual(list(p), ["user", "ip", "http_method", "uri",
                                       "parameters", "body", "time",
                                       "status_code"])
            self.assertEqual(p["uri"], "GET /agents")
            self.assertEqual(p["parameters"], {"limit": "1", "x": mark})


class Midnight(unittest.TestCase):
    """The day ends by the clock, without a line that would show it."""

    def run_over(self, lead):
        """A server in a zone whose midnight is lead seconds ahead; False when
        that was too soon."""
        midnight = int(time.time()) + lead
        off = midnight % DAY
        os.environ["TZ"] = (f"XST{off // 3600:02d}:{off // 60 % 60:02d}:"
                            f"{off % 60:02d}")
        self.addCleanup(os.environ.pop, "TZ", None)
        s = server.Server(base.BUILD, {"logs": {"format": "plain,json"}})
        self.addCleanup(s.remove)
        s.init()
        s.start()
        s.once("GET", "/agents?x=before")
        both = ("logs/api.log", "logs/api.json")
        base.until(lambda: all(os.path.exists(s.path(n)) and "before"
                               in s.read(n) for n in both))
        if time.time() >= midnight - 1:
            return False
        t = time.gmtime(midnight - off - DAY)
        day = (f"logs/api/{t.tm_year}/{calendar.month_abbr[t.tm_mon]}/"
               "{}-" + f"{t.tm_mday:02d}.gz")
        paths = [s.path(day.format(n)) for n in ("api.log", "api.json")]
        self.assertFalse(any(map(os.path.exists, paths)))
        self.assertTrue(base.until(
            lambda: all(map(os.path.exists, paths)), lead + 10))
        self.assertGreaterEqual(time.time(), midnight)
        for p, n in zip(paths, both):
            with gzip.open(p, "rt") as f:
                self.assertIn("before", f.read())
            self.assertEqual(s.read(n), "")
        # The logs of the processes have ended too.
        self.assertTrue(base.until(lambda: os.path.exists(
            s.path("logs/gatehouse/parent.log-1.gz"))))
        s.once("GET", "/agents?x=after")
        self.assertTrue(base.until(lambda: "after" in s.read(both[0])))
        self.assertNotIn("before", s.read(both[0]))
        s.stop()
        return True

    def test_midnight(self):
        self.assertTrue(self.run_over(6) or self.run_over(60))
