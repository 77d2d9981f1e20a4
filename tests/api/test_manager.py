# SPDX-License-Identifier: ISC
"""GET /manager/status and /manager/info, and the daemons that are not ready."""
import os
import re
import signal
import subprocess

from . import base
from .base import LOGIN, server

DAEMONS = ["wazuh-agentlessd", "wazuh-analysisd", "wazuh-authd",
           "wazuh-csyslogd", "wazuh-monitord", "wazuh-execd",
           "wazuh-integratord", "wazuh-logcollector", "wazuh-maild",
           "wazuh-remoted", "wazuh-reportd", "wazuh-syscheckd",
           "wazuh-clusterd", "wazuh-modulesd", "wazuh-db", "wazuh-apid"]
BASIC = ["wazuh-modulesd", "wazuh-analysisd", "wazuh-execd", "wazuh-db",
         "wazuh-remoted"]
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


class Daemons(base.Case):
    """What all cases here need: files in var/run, processes, questions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.s.token()

    def setUp(self):
        self.made = []
        self.living = []

    def tearDown(self):
        for path in self.made:
            if os.path.lexists(path):
                os.unlink(path)
        for p in self.living:
            self.end(p)
        self.assertTrue(base.until(lambda: self.get().status == 200))

    def end(self, p):
        p.kill()
        p.wait()

    def get(self, path="/manager/status", **kw):
        return self.s.once("GET", path, token=self.token, **kw)

    def touch(self, name, text=""):
        path = self.s.path("var/run/" + name)
        self.made.append(path)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def process(self):
        p = subprocess.Popen(["sleep", "600"])
        self.living.append(p)
        return p

    def pid_file(self, name, pid):
        return self.touch(f"{name}-{pid}.pid", f"{pid}\n")

    def dead(self):
        """A number that no process has."""
        p = self.process()
        self.end(p)
        return p.pid

    def states(self):
        items = self.items(self.get())
        self.assertEqual(len(items), 1)
        self.assertEqual(list(items[0]), DAEMONS)
        return items[0]

    def becomes(self, want):
        """In time, the daemons of want have these states; all others are as
        they are when nothing speaks of them."""
        want = {d: "running" if d in self.RUNNING else "stopped"
                for d in DAEMONS} | want
        self.assertTrue(base.until(
            lambda: self.get().status == 200 and self.states() == want),
            self.get())

    def refused(self, want):
        """In time, requests are refused for these reasons."""
        def now():
            r = self.get()
            return r.status == 500 and r.json()["detail"].endswith(want)

        self.assertTrue(base.until(now), self.get())
        self.not_ready(self.get(), want)

    def not_ready(self, r, want):
        self.problem(r, 500, "Wazuh Internal Error", error=1017)
        body = r.json()
        self.assertTrue(body["detail"].endswith(": " + want), body)
        self.assertEqual(body["dapi_errors"], {"node01": {
            "error": body["detail"],
            "logfile": "WAZUH_HOME/logs/api.log"}})
        self.assertEqual(r.text(), '{"title": "Wazuh Internal Error", '
                         f'"detail": "{body["detail"]}", "dapi_errors": '
                         f'{{"node01": {{"error": "{body["detail"]}", '
                         '"logfile": "WAZUH_HOME/logs/api.log"}}, '
                         '"error": 1017}')


class Status(Daemons):
    """The embedded store stands for the basic services."""

    RUNNING = BASIC + ["wazuh-apid"]

    def test_nothing_but_ours(self):
        self.becomes({})
        r = self.get()
        self.assertEqual(r.json()["message"],
                         "Processes status was successfully read")

    def test_processes(self):
        # operation: GET /manager/status
        one, gone = self.process(), self.dead()
        self.pid_file("wazuh-authd", one.pid)
        self.pid_file("wazuh-maild", gone)
        self.pid_file("wazuh-db", one.pid)
        # One that lives is enough.
        self.pid_file("wazuh-syscheckd", gone)
        self.pid_file("wazuh-syscheckd", one.pid)
        # A real clusterd, beside the idle role of that name.
        self.pid_file("wazuh-clusterd", one.pid)
        self.becomes({"wazuh-authd": "running", "wazuh-maild": "failed",
                      "wazuh-syscheckd": "running",
                      "wazuh-clusterd": "running"})
        self.end(one)
        os.unlink(self.s.path(f"var/run/wazuh-db-{one.pid}.pid"))
        self.becomes({d: "failed" for d in (
            "wazuh-authd", "wazuh-maild", "wazuh-syscheckd",
            "wazuh-clusterd")})

    def test_files(self):
        one = self.process()
        self.touch("wazuh-maild.failed")
        self.pid_file("wazuh-maild", one.pid)
        self.touch("wazuh-authd.start")
        self.pid_file("wazuh-authd", one.pid)
        self.touch("wazuh-db.start")
        self.becomes({"wazuh-maild": "failed", "wazuh-authd": "starting",
                      "wazuh-db": "starting"})

    def test_refused_and_served_again(self):
        path = self.pid_file("wazuh-remoted", self.dead())
        self.refused("wazuh-remoted->failed")
        failed = self.touch("wazuh-modulesd.failed")
        self.refused("wazuh-modulesd->failed, wazuh-remoted->failed")
        os.unlink(path)
        self.refused("wazuh-modulesd->failed")
        os.unlink(failed)
        self.becomes({})

    def test_restart(self):
        path = self.touch(".restart")
        self.refused(", ".join(f"{d}->restarting" for d in BASIC))
        failed = self.touch("wazuh-execd.failed")
        self.refused(", ".join(f"{d}->" + ("failed" if d == "wazuh-execd" else
                                           "restarting") for d in BASIC))
        os.unlink(path)
        self.refused("wazuh-execd->failed")
        os.unlink(failed)
        self.becomes({})

    def test_what_is_refused(self):
        self.touch("wazuh-db.failed")
        why = "wazuh-db->failed"
        self.refused(why)
        for method, path in (("GET", "/"), ("GET", "/manager/info"),
                             ("GET", "/agents"), ("GET", "/agents?limit=abc"),
                             ("POST", "/agents"),
                             ("GET", "/security/users/me"),
                             ("DELETE", LOGIN)):
            with self.subTest(method=method, path=path):
                self.not_ready(self.s.once(method, path, token=self.token),
                               why)
        # Logins, before the password is looked at.
        for basic in (server.USER, ("wazuh", "wrong"), ("nobody", "x")):
            for method in ("POST", "GET"):
                with self.subTest(basic=basic, method=method):
                    self.not_ready(self.s.once(method, LOGIN, basic=basic),
                                   why)
        # What needs no credential, or has none, is answered as ever.
        self.problem(self.s.once("GET", "/"), 401, "Unauthorized",
                     "No authorization token provided")
        self.problem(self.s.once("GET", LOGIN, token=self.token), 401,
                     "Unauthorized", "Invalid credentials")
        self.problem(self.get("/nonexistent"), 404, "Not Found",
                     "404: Not Found")
        self.problem(self.s.once("GET", "/manager/status",
                                 token=self.token + "x"), 401,
                     "Unauthorized", "Invalid token")
        self.assertEqual(self.get("/manager/status/").status, 307)
        self.assertEqual(self.s.once("PATCH", "/manager/status").status, 405)
        r = self.s.once("HEAD", "/manager/status", token=self.token)
        self.assertEqual((r.status, r.body), (500, b""))

    def test_logged_with_its_user(self):
        self.touch("wazuh-db.failed")
        self.refused("wazuh-db->failed")
        self.s.once("POST", LOGIN + "?raw=false", basic=("somebody", "x"))
        self.assertTrue(base.until(lambda: any(
            ": somebody " in line and line.endswith(": 500")
            for line in self.s.access())), self.s.access()[-3:])
        self.get("/manager/info?wait_for_complete=true")
        self.assertTrue(base.until(lambda: any(
            ': wazuh ' in line and '"GET /manager/info"' in line and
            line.endswith(": 500") for line in self.s.access())),
            self.s.access()[-3:])
        log = self.s.path("logs/gatehouse/parent.log")
        with open(log, encoding="utf-8") as f:
            self.assertIn("requests are refused (1017): wazuh-db->failed",
                          f.read())

    def test_odd_names(self):
        """Nothing in the folder can harm whoever looks at it."""
        for name in ("wazuh-db-.pid", "wazuh-maild-0.pid",
                     "wazuh-authd--1.pid", "wazuh-agentlessd-x.pid",
                     "wazuh-reportd-99999999999999999999.pid",
                     "wazuh-apid_exec", "wazuh-\n-1.pid", "\x80.pid",
                     "wazuh-csyslogd-" + "9" * 200 + ".pid"):
            self.touch(name)
        path = self.s.path("var/run/wazuh-integratord-1.pid")
        os.symlink("/nothing", path)
        self.made.append(path)
        # As any pid file of nobody: its daemon has failed.
        self.refused("wazuh-db->failed")
        os.unlink(self.s.path("var/run/wazuh-db-.pid"))
        # Number 1 is always there.
        self.becomes({"wazuh-maild": "failed", "wazuh-authd": "running",
                      "wazuh-agentlessd": "failed", "wazuh-reportd": "failed",
                      "wazuh-csyslogd": "failed",
                      "wazuh-integratord": "running"})


class Deaths(Daemons):
    """The states outlive whoever maps them."""

    RUNNING = BASIC + ["wazuh-apid"]

    def test_read_again(self):
        self.touch("wazuh-db.start")
        self.becomes({"wazuh-db": "starting"})
        for role in ("read", "router", "authz"):
            for p in [p for p in self.s.status() if p["role"] == role]:
                os.kill(p["pid"], signal.SIGKILL)
        self.assertTrue(base.until(lambda: self.get().status == 200))
        self.becomes({"wazuh-db": "starting"})

    @classmethod
    def tearDownClass(cls):
        # The base would complain of the deaths.
        states = {p["state"] for p in cls.s.status()}
        cls.s.stop()
        if states != {"up"}:
            raise AssertionError(states)


class Wdb(Daemons):
    """Beside a manager nothing is taken for granted."""

    GATEHOUSE = {"store": "wdb"}
    RUNNING = ["wazuh-apid"]

    @classmethod
    def setUpClass(cls):
        # A token is only given once the daemons are there.
        super(Daemons, cls).setUpClass()
        cls.token = None

    def setUp(self):
        super().setUp()
        self.files = {}
        one = self.process()
        for d in BASIC:
            self.files[d] = self.pid_file(d, one.pid)
        self.assertTrue(base.until(lambda: self.s.once(
            "POST", LOGIN, basic=server.USER).status == 200))
        type(self).token = self.s.token()

    def tearDown(self):
        for path in self.made:
            if os.path.lexists(path):
                os.unlink(path)
        for p in self.living:
            self.end(p)

    def test_all(self):
        self.becomes({d: "running" for d in BASIC})
        os.unlink(self.files["wazuh-execd"])
        self.refused("wazuh-execd->stopped")
        os.rename(self.files["wazuh-db"], self.touch("wazuh-db.start"))
        self.refused("wazuh-execd->stopped")
        self.touch("wazuh-execd.start")
        self.becomes({d: "running" for d in BASIC} |
                     {"wazuh-execd": "starting", "wazuh-db": "starting"})
        self.end(self.living[0])
        self.refused("wazuh-modulesd->failed, wazuh-analysisd->failed, "
                     "wazuh-remoted->failed")


class Info(base.Case):
    @classmethod
    def prepare(cls):
        cls.uid = cls.s.path("api/configuration/security/installation_uid")

    def setUp(self):
        self.token = self.s.token()

    def info(self, path="/manager/info"):
        r = self.s.once("GET", path, token=self.token)
        items = self.items(r)
        self.assertEqual(r.json()["message"],
                         "Basic information was successfully read")
        self.assertEqual(len(items), 1)
        return items[0]

    def test_fields(self):
        # operation: GET /manager/info
        i = self.info()
        self.assertEqual(list(i), ["path", "version", "type", "max_agents",
                                   "openssl_support", "tz_offset", "tz_name",
                                   "uuid"])
        uuid = i.pop("uuid")
        self.assertTrue(re.fullmatch(UUID, uuid), uuid)
        self.assertRegex(i.pop("tz_offset"), r"^[+-]\d{4}$")
        self.assertRegex(i.pop("tz_name"), r"^[A-Z+-]\w*$")
        self.assertEqual(i, {"path": self.s.root, "version": "v4.14.9",
                             "type": "server", "max_agents": "unlimited",
                             "openssl_support": "N/A"})
        self.assertEqual(self.info("/manager/info?wait_for_complete=true")
                         ["uuid"], uuid)

    def test_number(self):
        """It is the file's, which is made once."""
        first = self.info()["uuid"]
        with open(self.uid, encoding="ascii") as f:
            self.assertEqual(f.read(), first)
        st = os.stat(self.uid)
        self.assertEqual(st.st_mode & 0o777, 0o660)
        own = os.stat(self.s.path("etc/client.keys"))
        self.assertEqual((st.st_uid, st.st_gid), (own.st_uid, own.st_gid))
        self.s.stop(remove=False)
        self.s.start()
        self.token = self.s.token()
        self.assertEqual(self.info()["uuid"], first)
        given = "6294a7ca-32b6-4ae8-9c1a-c34175ac54a0"
        self.s.stop(remove=False)
        with open(self.uid, "w", encoding="ascii") as f:
            f.write(given)
        self.s.start()
        self.token = self.s.token()
        self.assertEqual(self.info()["uuid"], given)

    def test_parameters(self):
        for path in ("/manager/info", "/manager/status"):
            for query in ("foo=bar", "pretty=maybe", "wait_for_complete=1"):
                with self.subTest(path=path, query=query):
                    r = self.s.once("GET", f"{path}?{query}",
                                    token=self.token)
                    self.problem(r, 400, "Bad Request")
            r = self.s.once("GET", path + "?pretty=true", token=self.token)
            self.assertEqual(r.status, 200)
            self.assertTrue(r.text().startswith('{\n   "data": {\n'), r)
            self.problem(self.s.once("GET", path), 401, "Unauthorized",
                         "No authorization token provided")
            self.assertEqual(self.s.once("GET", path + "/").status, 307)
            self.problem(self.s.once("PATCH", path, token=self.token), 405,
                         "Method Not Allowed", "405: Method Not Allowed")


class Late(base.Case):
    """authz answers by itself for a hash instance that does not come back."""

    API = {"intervals": {"request_timeout": 1}}

    def test_told_at_once(self):
        # Without a deadline of its own http would wait for an hour.
        hashes = [p["pid"] for p in self.s.status() if p["role"] == "hash"]
        token = self.s.token()
        for pid in hashes:
            os.kill(pid, signal.SIGSTOP)
        try:
            r = self.s.once("GET", "/manager/status?wait_for_complete=true",
                            token=token[:-8] + "AAAAAAAA")
            self.problem(r, 500, "Wazuh Internal Error", error=3021)
        finally:
            for pid in hashes:
                os.kill(pid, signal.SIGCONT)
