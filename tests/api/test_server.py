# SPDX-License-Identifier: ISC
"""The server as its administrator meets it: configuration, control, logs."""
import glob
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from . import base
from .base import LOGIN, client, server

ROLES = {"parent", "http", "logd", "authz", "hash", "router", "read", "write",
         "events", "cluster"}


class Configuration(unittest.TestCase):
    """What is wrong is said in one line, and nothing starts."""

    @classmethod
    def setUpClass(cls):
        cls.s = server.Server(base.BUILD)
        cls.addClassCleanup(cls.s.remove)
        cls.s.init()

    def setUp(self):
        self.addCleanup(self.s.configure)
        self.s.configure()

    def run_apid(self, *args):
        return subprocess.run(self.s.command(*args), capture_output=True,
                              text=True, timeout=30,
                              stdin=subprocess.DEVNULL)

    def bad(self, name, text, line, *words):
        """name with this text is refused, with this line and these words."""
        path = "api/configuration/" + name
        before = self.s.read(path)
        self.addCleanup(self.s.write, path, before)
        self.s.write(path, text)
        said = []
        for r in (self.run_apid(), self.run_apid("-t"),
                  self.s.tool("check")):
            self.assertEqual(r.returncode, 1, r)
            said.append(r.stderr)
        for text in said:
            lines = text.strip().splitlines()
            self.assertEqual(len(lines), 1, text)
            self.assertRegex(lines[0],
                             rf"{re.escape(os.path.basename(name))}:{line}:")
            for w in words:
                self.assertIn(w, lines[0])
        self.s.write(path, before)

    def test_bad_files(self):
        port = f"host: ['127.0.0.1']\nport: {self.s.port}\n"
        self.bad("api.yaml", port + "nonsense: 1\n", 3, "nonsense")
        self.bad("api.yaml", "port: many\n", 1, "port")
        self.bad("api.yaml", "port: 70000\n", 1, "port")
        self.bad("api.yaml", port + "https:\n  enabled: maybe\n", 4,
                 "enabled")
        self.bad("api.yaml", port + "https:\n  key: ../../etc/passwd\n", 4,
                 "key")
        self.bad("api.yaml", port + "logs:\n  level: loud\n", 4, "level")
        self.bad("api.yaml", port + "access:\n  block_time: soon\n", 4,
                 "block_time")
        self.bad("api.yaml", port + "access: [1, 2\n", r"\d+")
        self.bad("api.yaml", port + "port: 1\n", r"\d+", "port")
        self.bad("security/security.yaml", "rbac_mode: grey\n", 1,
                 "rbac_mode")
        self.bad("security/security.yaml", "auth_token_exp_timeout: x\n", 1,
                 "auth_token_exp_timeout")
        self.bad("gatehouse.yaml", "store: embedded\nstorage: x\n", 2,
                 "storage")
        self.bad("gatehouse.yaml", "store: oracle\n", 1, "store")

    def test_good(self):
        r = self.run_apid("-t")
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        r = self.s.tool("check")
        self.assertEqual(r.returncode, 0, r)
        self.assertRegex(r.stdout, rf"(?m)^port: {self.s.port}$")
        self.assertRegex(r.stdout, r"(?m)^store: '?embedded'?$")
        self.assertRegex(r.stdout, r"(?m)^auth_token_exp_timeout: 900$")

    def test_other_file(self):
        other = os.path.join(self.s.top, "other.yaml")
        with open(other, "w", encoding="utf-8") as f:
            f.write("nonsense: 1\n")
        r = self.run_apid("-t", "-c", other)
        self.assertEqual(r.returncode, 1)
        self.assertIn("other.yaml:1:", r.stderr)

    def test_deprecated(self):
        self.s.write("api/configuration/api.yaml",
                     f"port: {self.s.port}\nuse_only_authd: yes\n"
                     "cache:\n  enabled: yes\n  time: 0.75\n")
        r = self.run_apid("-t")
        self.assertEqual(r.returncode, 0, r)
        self.assertIn("use_only_authd", r.stderr)

    def test_options(self):
        r = self.run_apid("-V")
        self.assertEqual(r.returncode, 0)
        self.assertIn("4.14.9", r.stdout)
        self.assertEqual(self.run_apid("-Z").returncode, 2)
        self.assertEqual(self.run_apid("surplus").returncode, 2)

    def test_no_instance(self):
        r = subprocess.run([os.path.join(self.s.bin, "wazuh-apid"), "-f",
                            "-H", os.path.join(self.s.top, "nowhere")],
                           capture_output=True, text=True, timeout=30)
        self.assertEqual(r.returncode, 1)
        self.assertEqual(len(r.stderr.splitlines()), 1)

    def test_address_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.s.port))
            taken.listen()
            r = self.run_apid()
        self.assertEqual(r.returncode, 1)
        self.assertIn(str(self.s.port), r.stderr)


class Init(unittest.TestCase):
    def test_init(self):
        s = server.Server(base.BUILD)
        self.addCleanup(s.remove)
        r = s.tool("init")
        self.assertEqual(r.returncode, 0, r)
        # Random passwords, shown once: for both users, and they work.
        found = dict(re.findall(r"(?m)^user (\S+): (\S+)$", r.stdout))
        self.assertEqual(set(found), {"wazuh", "wazuh-wui"}, r.stdout)
        self.assertGreaterEqual(min(map(len, found.values())), 16)
        self.assertNotEqual(found["wazuh"], found["wazuh-wui"])
        s.configure()
        s.start()
        try:
            for u, p in found.items():
                self.assertEqual(s.once("POST", LOGIN, basic=(u, p)).status,
                                 200)
            for u in found:
                self.assertEqual(s.once("POST", LOGIN, basic=(u, u)).status,
                                 401)
        finally:
            s.stop(remove=False)
        for name in ("api/configuration/security/rbac.db",
                     "api/configuration/security/private_key.pem"):
            self.assertEqual(os.stat(s.path(name)).st_mode & 0o777, 0o640,
                             name)
        before = s.read("api/configuration/api.yaml")
        r = s.tool("init")
        self.assertEqual(r.returncode, 0, r)
        self.assertNotIn("user ", r.stdout, "nothing new the second time")
        self.assertEqual(s.read("api/configuration/api.yaml"), before)


class Control(base.Case):
    def test_status(self):
        r = self.s.tool("status")
        self.assertEqual(r.returncode, 0, r)
        for p in self.s.status():
            self.assertIn(str(p["pid"]), r.stdout)
            self.assertEqual(p["state"], "up", p)
            self.assertEqual(p["restarts"], 0, p)
            self.assertTrue(server.alive(p["pid"]))
            self.assertGreater(p["memkb"], 100, p)
            self.assertIn(p["memkind"], ("pss", "rss"))
            if p["role"] != "parent":
                self.assertLessEqual(
                    {"nnp", "nodump", "nocaps", "seccomp", "rlimit"},
                    set(p["sandbox"].split(",")), p)
        self.assertEqual({p["role"] for p in self.s.status()}, ROLES)
        for role in ROLES:
            self.assertIn(role, r.stdout)

    def test_counts(self):
        before = {p["name"]: p["requests"] for p in self.s.status()}
        token = self.s.token()
        for _ in range(20):
            self.s.once("GET", "/", token=token)
        after = {p["name"]: p["requests"] for p in self.s.status()}
        for role in ("http", "authz", "router", "read"):
            more = sum(after[n] - before[n] for n in after
                       if n.startswith(role + "["))
            self.assertGreaterEqual(more, 20, role)

    def test_bad_commands(self):
        for line in ("nonsense", "", "stop", "stop nothing", "start x y",
                     "status " + "x" * 400):
            with self.subTest(line=line[:20]):
                last = self.s.control(line)[-1:]
                self.assertTrue(last and (last[0].startswith("error ")
                                          or line.startswith("status")))
        # Only there where built for the tests of the sandbox.
        self.assertRegex(self.s.control("probe http[0] open")[-1], "^error ")

    def test_socket_mode(self):
        st = os.stat(self.s.path("var/run/gatehouse.sock"))
        self.assertEqual(st.st_mode & 0o777, 0o600)

    def test_silent_controllers(self):
        socks = []
        for _ in range(40):
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.s.path("var/run/gatehouse.sock"))
            socks.append(s)
        self.assertEqual(self.s.once("OPTIONS", "/").status, 405)
        for s in socks:
            s.close()
        self.assertTrue(base.until(lambda: self.s.tool("status").returncode
                                   == 0))

    def test_second_start(self):
        """A second one asks the first, and leaves when all is up."""
        for name in ("wazuh-apid", "wazuh-clusterd"):
            r = subprocess.run([os.path.join(self.s.bin, name), "-H",
                                self.s.root], capture_output=True, text=True,
                               timeout=30)
            self.assertEqual(r.returncode, 0, r)
        names = [p["name"] for p in self.s.status()]
        self.assertEqual(len(names), len(set(names)))

    def test_pid_files(self):
        want = {"parent": "wazuh-apid", "read": "wazuh-apid_exec",
                "write": "wazuh-apid_exec", "events": "wazuh-apid_events",
                "authz": "wazuh-apid_auth", "cluster": "wazuh-clusterd"}
        have = {os.path.basename(f) for f in
                glob.glob(self.s.path("var/run/*.pid"))}
        self.assertEqual(have, {f"{want[p['role']]}-{p['pid']}.pid"
                                for p in self.s.status()
                                if p["role"] in want})
        for f in have:
            pid = f.rsplit("-", 1)[1][:-4]
            self.assertEqual(self.s.read("var/run/" + f), pid + "\n")
            self.assertEqual(os.stat(self.s.path("var/run/" + f)).st_mode
                             & 0o777, 0o640)

    def test_children_hold_few_descriptors(self):
        """Only what is theirs: links, a page, what they serve."""
        if os.geteuid() != 0:
            self.skipTest("needs root to look")
        for p in self.s.children():
            links = os.listdir(f"/proc/{p['pid']}/fd")
            self.assertLess(len(links), 60, p)


class Reload(base.Case):
    def setUp(self):
        self.token = self.s.token()

    def signal_and_wait(self):
        before = self.generation()
        self.s.proc.send_signal(signal.SIGHUP)
        self.assertTrue(base.until(lambda: self.generation() > before))

    def generation(self):
        """Of the configuration: third field of the first line."""
        return int(re.split(r"[ \t]", self.s.control("status")[0])[3])

    def test_hangup_keeps_connections(self):
        with self.s.connect() as c:
            ask = [("Origin", "https://x.example.org")]
            r = c.request("GET", "/", ask, token=self.token)
            self.assertIsNone(r.get("access-control-allow-origin"))
            self.s.api["cors"] = {"enabled": True}
            self.s.configure()
            self.signal_and_wait()
            r = base.until(lambda: self.with_origin(c, ask))
            self.assertIsNotNone(r, "the same connection, the new settings")
            self.s.api["cors"] = {"enabled": False}
            self.s.reload()
            r = c.request("GET", "/", ask, token=self.token)
            self.assertEqual(r.status, 200)
            self.assertIsNone(r.get("access-control-allow-origin"))

    def with_origin(self, c, ask):
        r = c.request("GET", "/", ask, token=self.token)
        return r.get("access-control-allow-origin")

    def test_bad_configuration_changes_nothing(self):
        self.s.write("api/configuration/api.yaml", "nonsense: 1\n")
        self.addCleanup(self.s.configure)
        r = self.s.tool("reload")
        self.assertEqual(r.returncode, 1, r)
        self.s.proc.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        self.assertEqual(self.s.once("GET", "/", token=self.token).status,
                         200)
        self.s.configure()
        self.assertEqual(self.s.tool("reload").returncode, 0)

    def test_new_certificate(self):
        ssldir = self.s.path("api/configuration/ssl/")
        old = ssl.get_server_certificate(("127.0.0.1", self.s.port))
        with self.s.connect() as c:
            self.assertEqual(c.request("GET", "/", token=self.token).status,
                             200)
            made = subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                 "-subj", "/CN=other", "-days", "2", "-keyout",
                 ssldir + "new.key", "-out", ssldir + "new.crt"],
                capture_output=True)
            self.assertEqual(made.returncode, 0, made.stderr)
            for ext in ("key", "crt"):
                st = os.stat(ssldir + "server." + ext)
                os.chown(ssldir + "new." + ext, st.st_uid, st.st_gid)
                os.rename(ssldir + "new." + ext, ssldir + "server." + ext)
            self.s.reload()
            new = ssl.get_server_certificate(("127.0.0.1", self.s.port))
            self.assertNotEqual(old, new)
            self.assertEqual(new.strip(),
                             self.s.read("api/configuration/ssl/server.crt")
                             .strip())
            self.assertEqual(c.request("GET", "/", token=self.token).status,
                             200)

        # A key that does not fit is refused; the old pair stays in use.
        bad = subprocess.run(["openssl", "genrsa", "-out",
                              ssldir + "server.key.bad", "2048"],
                             capture_output=True)
        self.assertEqual(bad.returncode, 0)
        os.rename(ssldir + "server.key", ssldir + "keep.key")
        os.rename(ssldir + "server.key.bad", ssldir + "server.key")
        self.assertEqual(self.s.tool("reload").returncode, 1)
        self.assertEqual(
            ssl.get_server_certificate(("127.0.0.1", self.s.port)), new)
        os.rename(ssldir + "keep.key", ssldir + "server.key")
        self.s.reload()

    def test_under_load(self):
        """Twenty reloads; of those who ask meanwhile nobody notices."""
        end, seen = threading.Event(), []

        def ask():
            with self.s.connect() as c:
                while not end.is_set():
                    seen.append(c.request("GET", "/", token=self.token)
                                .status)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for t in threads:
            t.start()
        for _ in range(20):
            self.s.reload()
        end.set()
        for t in threads:
            t.join()
        self.assertGreater(len(seen), 40)
        self.assertEqual(set(seen), {200})


class Logs(base.Case):
    API = {"logs": {"format": "plain,json"}}

    def setUp(self):
        self.token = self.s.token()

    def access(self, mark):
        """The access line that holds mark."""
        found = base.until(lambda: [x for x in self.s.access() if mark in x],
                           5)
        self.assertEqual(len(found), 1, self.s.access()[-5:])
        return found[0]

    def record(self, mark):
        found = base.until(lambda: [
            x for x in self.s.read("logs/api.json").splitlines()
            if mark in x], 5)
        self.assertEqual(len(found), 1)
        return json.loads(found[0])

    def test_line(self):
        self.s.once("GET", "/agents?limit=3&offset=17", token=self.token)
        self.assertRegex(
            self.access('"offset": "17"'),
            r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d INFO: wazuh 127\.0\.0\.1 "
            r'"GET /agents" with parameters \{"limit": "3", "offset": "17"\} '
            r"and body \{\} done in \d+\.\d{3}s: 200$")

    def test_record(self):
        self.s.once("GET", "/nothing-else", token=self.token)
        r = self.record("/nothing-else")
        self.assertEqual(list(r), ["timestamp", "levelname", "data"])
        self.assertEqual(r["levelname"], "INFO")
        self.assertEqual(list(r["data"]), ["type", "payload"])
        self.assertEqual(r["data"]["type"], "request")
        p = r["data"]["payload"]
        self.assertEqual(list(p), ["user", "ip", "http_method", "uri",
                                   "parameters", "body", "time",
                                   "status_code"])
        self.assertEqual((p["user"], p["ip"], p["http_method"], p["uri"],
                          p["parameters"], p["body"], p["status_code"]),
                         ("wazuh", "127.0.0.1", "GET", "GET /nothing-else",
                          {}, {}, 404))
        self.assertRegex(p["time"], r"^\d+\.\d{3}s$")

    def test_users(self):
        """Who it was: also where the credentials were wrong."""
        self.s.once("POST", LOGIN + "?x=one", basic=("someone", "wrong"))
        self.assertIn(": someone 127.0.0.1 ", self.access('"one"'))
        self.s.once("GET", "/agents?x=two")
        self.assertIn(": unknown_user 127.0.0.1 ", self.access('"two"'))

    def test_masked(self):
        self.s.once("GET", "/agents?x=three&password=Hidden.1",
                    token=self.token)
        self.assertIn('"password": "****"', self.access('"three"'))
        self.s.once("POST", "/agents", token=self.token,
                    body={"name": "four", "key": "Hidden.2",
                          "password": "Hidden.3"})
        line = self.access('"four"')
        self.assertEqual(line.count('"****"'), 2)
        text = self.s.read("logs/api.log") + self.s.read("logs/api.json")
        self.assertNotIn("Hidden", text)

    def test_no_forged_lines(self):
        evil = ("eve\r\n2026/01/01 00:00:00 INFO: root 9.9.9.9 \"GET /\" "
                "done\x1b[2J")
        self.s.once("POST", LOGIN + "?x=five", basic=(evil, "y"))
        line = self.access('"five"')
        self.assertIn("eve\\r\\n2026", line)
        for name in ("logs/api.log", "logs/api.json"):
            for x in self.s.read(name).split("\n"):
                self.assertFalse(x.startswith("2026/01/01"), x)
                self.assertTrue(x.isprintable(), repr(x))
        self.record('"five"')
        self.s.once("GET", "/%0d%0aevil-path?x=six%0a%0d", token=self.token)
        self.assertNotIn("\nevil-path", self.s.read("logs/api.log"))

    def test_modes(self):
        self.assertTrue(base.until(lambda: os.path.exists(
            self.s.path("logs/api.log"))))
        for name in ("logs/api.log", "logs/api.json"):
            self.assertEqual(os.stat(self.s.path(name)).st_mode & 0o777,
                             0o660, name)
        own = glob.glob(self.s.path("logs/gatehouse/*.log"))
        self.assertGreaterEqual(len(own), 1)
        for name in own:
            self.assertEqual(os.stat(name).st_mode & 0o007, 0, name)

    def test_request_id(self):
        """What a request causes can be found by its X-Request-Id."""
        r = self.s.once("GET", "/agents?limit=1", token=self.token)
        self.assertRegex(r.get("x-request-id"), r"^[0-9a-f]+$")

    def test_tool(self):
        r = self.s.tool("logs", "parent")
        self.assertEqual(r.returncode, 0, r)


class Children(unittest.TestCase):
    """Processes that end, in one way or another."""

    def server(self, **kw):
        s = server.Server(base.BUILD, **kw)
        self.addCleanup(s.remove)
        s.init()
        return s.start()

    def pids(self, s):
        return {p["name"]: p["pid"] for p in s.status()}

    def up_again(self, s, name, old):
        def check():
            p = next(p for p in s.status() if p["name"] == name)
            return p["state"] == "up" and p["pid"] != old
        return base.until(check, 5)

    def test_killed(self):
        """The successor has what counts: blocks, tokens, agents."""
        s = self.server(api={"access": {"max_login_attempts": 2,
                                        "block_time": 300}})
        token = s.token()
        for _ in range(2):
            s.once("POST", LOGIN, basic=("wazuh", "wrong"))
        for name in ("authz[0]", "write[0]", "read[0]", "router[0]",
                     "hash[0]", "logd[0]", "events[0]", "http[0]"):
            old = self.pids(s)[name]
            os.kill(old, signal.SIGKILL)
            self.assertTrue(self.up_again(s, name, old), name)
            self.assertEqual(
                client.until(lambda: self.try_get(s, token)), 200, name)
            r = s.once("POST", LOGIN, basic=server.USER)
            self.assertEqual(r.status, 403, f"still blocked after {name}")
        p = {p["name"]: p["restarts"] for p in s.status()}
        self.assertEqual((p["authz[0]"], p["write[0]"], p["cluster[0]"]),
                         (1, 1, 0))
        s.stop()

    def try_get(self, s, token):
        try:
            return s.once("GET", "/", token=token).status
        except (OSError, client.Closed):
            return None

    def test_ended_from_outside(self):
        """A child ended by SIGTERM is stopped, not ill."""
        s = self.server()
        token = s.token()
        old = self.pids(s)["events[0]"]
        os.kill(old, signal.SIGTERM)
        state = lambda: next(p["state"] for p in s.status()  # noqa: E731
                             if p["name"] == "events[0]")
        self.assertTrue(base.until(lambda: state() == "stopped", 5))
        time.sleep(0.5)
        self.assertEqual(state(), "stopped")
        self.assertEqual(s.once("GET", "/", token=token).status, 200)
        self.assertEqual(s.control("start apid")[-1], "ok")
        self.assertEqual(state(), "up")
        s.stop()

    def test_groups(self):
        s = self.server()
        self.assertEqual(s.control("stop clusterd")[-1], "ok")
        states = {p["name"]: p["state"] for p in s.status()}
        self.assertEqual(states.pop("cluster[0]"), "stopped")
        self.assertEqual(set(states.values()), {"up"})
        self.assertEqual(s.once("GET", "/", token=s.token()).status, 200)
        self.assertEqual(s.control("start clusterd")[-1], "ok")
        self.assertEqual({p["state"] for p in s.status()}, {"up"})
        s.stop()

    def test_parent_killed(self):
        """Nobody is left when the parent dies, and the next start works."""
        s = self.server()
        pids = list(self.pids(s).values())
        s.proc.kill()
        s.proc.wait()
        self.assertTrue(base.until(
            lambda: not any(map(server.alive, pids)), 5))
        self.assertEqual(s.tool("status").returncode, 3, "not running")
        s.start()
        self.assertEqual(s.once("GET", "/", token=s.token()).status, 200)
        s.stop()

    def test_stop_in_order(self):
        """What is being answered is answered; files are removed."""
        s = self.server()
        token = s.token()
        c = s.connect()
        self.addCleanup(c.close)
        for _ in range(100):
            c.send(c.build("GET", "/agents", token=token))
        first = c.response()
        pids = list(self.pids(s).values())
        s.proc.send_signal(signal.SIGTERM)
        self.assertEqual(first.status, 200)
        self.assertEqual(s.proc.wait(15), 0)
        self.assertFalse(any(map(server.alive, pids)))
        self.assertEqual(glob.glob(s.path("var/run/*.pid")), [])
        self.assertFalse(os.path.exists(s.path("var/run/gatehouse.sock")))
        # SQLite's side files go with the last that has the database open.
        self.assertEqual(glob.glob(s.path("queue/db/*-wal")), [])

    def test_background(self):
        """Without -f: back when all is up; ended by the control socket."""
        s = server.Server(base.BUILD)
        self.addCleanup(s.remove)
        s.init()
        r = subprocess.run([s.command()[0], "-H", s.root], timeout=30,
                           capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r)
        pids = list(self.pids(s).values())
        self.assertEqual(s.once("GET", "/", token=s.token()).status, 200)
        self.assertEqual(s.control("stop all")[-1], "ok")
        self.assertTrue(base.until(
            lambda: not any(map(server.alive, pids)), 10))
        r = subprocess.run([s.command()[0], "-H", s.root, "-c", "/nowhere"],
                           timeout=30, capture_output=True, text=True)
        self.assertEqual(r.returncode, 1)


class Ordinary(unittest.TestCase):
    """Started by someone who is not root: the same, less user and chroot."""

    def test_ordinary_user(self):
        if os.geteuid() != 0:
            self.skipTest("this is what all the other tests are then")
        if not server.usable_by(base.BUILD, 65534):
            self.skipTest("the build is not readable for others")
        with server.Server(base.BUILD, user=65534) as s:
            token = s.token()
            self.assertEqual(s.once("GET", "/", token=token).status, 200)
            r = s.once("POST", "/agents", token=token, body={"name": "a"})
            self.assertEqual(r.status, 200)
            self.assertEqual(s.tool("status").returncode, 0)
            for p in s.children():
                self.assertIn("seccomp", p["sandbox"])
                self.assertNotIn("chroot", p["sandbox"])
