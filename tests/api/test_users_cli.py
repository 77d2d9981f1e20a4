# SPDX-License-Identifier: ISC
"""gatehouse users and rbac_control, on a server that runs and on one that does
not."""
import concurrent.futures
import hashlib
import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import stat
import subprocess
import termios
import threading
import time
import unittest

from . import base
from .base import LOGIN, server

FOLDER = "api/configuration/security/"
DB = FOLDER + "rbac.db"
KEYS = (FOLDER + "private_key.pem", FOLDER + "public_key.pem")
FIRST = server.PASSWORDS["wazuh"]
SECOND = server.PASSWORDS["wazuh-wui"]
NEW = "Another.Test-1"

VARS = [f"{n}{f}" for n in ("API_USERNAME", "API_PASSWORD",
                            "WAZUH_MANAGER_API_PASSWORD",
                            "WAZUH_MANAGER_WUI_PASSWORD")
        for f in ("", "_FILE")]


def environment(given):
    env = {k: v for k, v in os.environ.items() if k not in VARS}
    env.update(given)
    return env


class Tools:
    """What the cases share; self.s is the instance."""

    def users(self, *args, code=0, text="", **kw):
        r = self.s.tool("users", *args, input=text, **kw)
        self.assertEqual(r.returncode, code, r)
        return r

    def change(self, name, password, code=0):
        return self.users("change-password", name, text=password + "\n",
                          code=code)

    def from_env(self, code=0, command=("users", "from-env"), **given):
        r = self.s.tool(*command, env=environment(given),
                        stdin=subprocess.DEVNULL)
        self.assertEqual(r.returncode, code, r)
        for k, v in given.items():
            if k.endswith("PASSWORD") and v:
                self.assertNotIn(v, r.stdout + r.stderr)
        return r

    def alias(self, *args, **kw):
        env = environment({"WAZUH_HOME": self.s.root})
        return subprocess.run([os.path.join(self.s.bin, "rbac_control"),
                               *args], capture_output=True, text=True,
                              timeout=60, env=env, **kw)

    def login(self, name, password):
        return self.s.once("POST", LOGIN, basic=(name, password)).status

    def works(self, token):
        return self.s.once("GET", "/", token=token).status == 200

    def listed(self):
        return json.loads(self.users("list", "--json").stdout)

    def sql(self, text, *args):
        with sqlite3.connect(self.s.path(DB)) as db:
            rows = db.execute(text, args).fetchall()
        db.close()
        return rows

    def hashes(self):
        return dict(self.sql("SELECT username, password FROM users"))

    def file_is_kept(self, before):
        """The tree's owner has all of it, whoever ran the command."""
        st = os.stat(self.s.path(DB))
        self.assertEqual((st.st_uid, st.st_gid, st.st_mode),
                         (before.st_uid, before.st_gid, before.st_mode))
        for key in KEYS:
            if os.path.exists(self.s.path(key)):
                st = os.stat(self.s.path(key))
                self.assertEqual((st.st_uid, st.st_gid,
                                  stat.S_IMODE(st.st_mode)),
                                 (before.st_uid, before.st_gid, 0o640))
        left = set(os.listdir(self.s.path(FOLDER)))
        self.assertLessEqual(left, {"rbac.db", "security.yaml",
                                    "private_key.pem", "public_key.pem",
                                    "installation_uid"})


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, command, env=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execve(command[0], command, env or dict(os.environ))
            finally:
                os._exit(127)
        self.seen = ""

    def expect(self, text, seconds=20):
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.fd], [], [],
                                        max(0, end - time.monotonic()))
            try:
                data = os.read(self.fd, 4096) if ready else b""
            except OSError:
                data = b""
            if not data:
                raise AssertionError(f"{text!r} is not in {self.seen!r}")
            self.seen += data.decode()
        before, self.seen = self.seen.split(text, 1)
        return before

    def type(self, text):
        # The echo goes off before the question, so that this cannot be early.
        os.write(self.fd, text.encode())

    def echo(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self):
        """All that it said since, and its exit status."""
        while True:
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                break
            if not data:
                break
            self.seen += data.decode()
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return self.seen, os.waitstatus_to_exitcode(status)


class Running(base.Case, Tools):
    API = {"access": {"max_login_attempts": 100000}}

    @classmethod
    def prepare(cls):
        shutil.copy(cls.s.path(DB), os.path.join(cls.s.top, "made.db"))

    def setUp(self):
        # As an instance is made, whatever the last test has left.
        made = sqlite3.connect(os.path.join(self.s.top, "made.db"))
        db = sqlite3.connect(self.s.path(DB))
        made.backup(db)
        db.close()
        made.close()
        self.before = os.stat(self.s.path(DB))

    def tearDown(self):
        self.file_is_kept(self.before)

    # --- list ---------------------------------------------------------------

    def test_list(self):
        self.assertEqual(self.listed(), [
            {"id": i + 1, "username": n, "allow_run_as": True,
             "roles": [{"id": 1, "name": "administrator"}]}
            for i, n in enumerate(server.PASSWORDS)])
        lines = self.users("list").stdout.splitlines()
        self.assertEqual([x.split() for x in lines],
                         [["ID", "NAME", "RUN_AS", "ROLES"],
                          ["1", "wazuh", "yes", "administrator"],
                          ["2", "wazuh-wui", "yes", "administrator"]])
        self.users("list", "all", code=2)
        self.users(code=2)
        self.users("lists", code=2)

    # --- change-password ------------------------------------------------------

    def test_change(self):
        # The login is remembered; it must not be.
        for _ in range(2):
            self.assertEqual(self.login("wazuh", FIRST), 200)
        mine, other = self.s.token(), self.s.token(("wazuh-wui", SECOND))
        r = self.change("wazuh", NEW)
        self.assertEqual((r.stdout, r.stderr), ("\twazuh: UPDATED\n", ""))
        self.assertEqual(self.login("wazuh", FIRST), 401)
        self.problem(self.s.once("GET", "/", token=mine), 401,
                     "Unauthorized", "Invalid token")
        # Of this user only.
        self.assertTrue(self.works(other))
        self.assertEqual(self.login("wazuh", NEW), 200)
        self.assertTrue(self.works(self.s.token(("wazuh", NEW))))

    def test_login_meanwhile(self):
        """A token that the old password still got does not outlive it."""
        old = FIRST
        for new in (NEW, NEW + "2", NEW + "3"):
            self.change_meanwhile(old, new)
            old = new

    def change_meanwhile(self, old, new):
        done, got = threading.Event(), []

        def log_in():
            while not done.is_set():
                r = self.s.once("POST", LOGIN + "?raw=true",
                                basic=("wazuh", old))
                got.append((r.status, r.text()))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            tries = [pool.submit(log_in) for _ in range(4)]
            self.assertTrue(base.until(lambda: got))
            # So that the second ends soon after the change.
            time.sleep((0.6 - time.time()) % 1)
            self.change("wazuh", new)
            done.set()
            for t in tries:
                t.result()
        # The last of them were made around the change.
        good = [t for code, t in got if code == 200][-40:]
        self.assertGreater(len(good), 0)
        self.assertEqual([t for t in good if self.works(t)], [])

    def test_refused(self):
        for password, code in (("Short.1", 5009), ("", 5009),
                               ("Aa1." * 16 + "x", 5009),
                               ("nothing.but.lower1", 5007),
                               ("NoDigit.AtAll", 5007),
                               ("NoOther1Character", 5007)):
            r = self.change("wazuh", password, code=1)
            self.assertRegex(r.stdout,
                             rf"\A\twazuh: FAILED \| Error {code} - .+\n\Z")
        r = self.change("nobody", NEW, code=1)
        self.assertRegex(r.stdout, r"\A\tnobody: FAILED \| Error 5001 - ")
        # One is no reason not to do the other.
        r = self.users("change-password", "wazuh", "wazuh-wui", code=1,
                       text=f"weak\n{NEW}\n")
        self.assertEqual([x.split(":")[0] + x.split(":")[1][:8]
                          for x in r.stdout.splitlines()],
                         ["\twazuh FAILED ", "\twazuh-wui UPDATED"])
        self.assertEqual(self.login("wazuh", FIRST), 200)
        self.assertEqual(self.login("wazuh-wui", NEW), 200)

    def test_input(self):
        # No names: the default users, as many as there are lines.
        r = self.users("change-password", text="")
        self.assertEqual(r.stdout, "")
        r = self.users("change-password", text=f"\n{NEW}\n")
        self.assertEqual(r.stdout, "\twazuh-wui: UPDATED\n")
        r = self.users("change-password", text=NEW)
        self.assertEqual(r.stdout, "\twazuh: UPDATED\n")
        # Someone who is named needs one.
        before = self.hashes()
        r = self.users("change-password", "wazuh", code=1)
        self.assertIn("no password for wazuh", r.stderr)
        self.assertEqual(self.hashes(), before)
        self.users("change-password", "wazuh", text="A.b1" * 300, code=1)
        self.assertEqual(self.hashes(), before)

    def test_file(self):
        secret = os.path.join(self.s.top, "secret")
        with open(secret, "w", encoding="utf-8") as f:
            f.write(NEW + "\n")
        # Only its owner reads it, who is not the server's.
        os.chmod(secret, 0o600)
        r = self.users("change-password", "wazuh", "--password-file", secret)
        self.assertEqual(r.stdout, "\twazuh: UPDATED\n")
        self.assertEqual(self.login("wazuh", NEW), 200)
        self.users("change-password", "--password-file", secret, code=2)
        self.users("change-password", "wazuh", "wazuh-wui",
                   "--password-file", secret, code=2)
        self.users("change-password", "wazuh", "--password-file",
                   secret + "s", code=1)
        with open(secret, "a", encoding="utf-8") as f:
            f.write("Second.1\n")
        r = self.users("change-password", "wazuh", "--password-file", secret,
                       code=1)
        self.assertIn("more than one line", r.stderr)

    # --- the terminal ---------------------------------------------------------

    def terminal(self, *args):
        return Terminal([os.path.join(self.s.bin, "gatehouse"), "-H",
                         self.s.root, "users", "change-password", *args])

    def test_terminal(self):
        t = self.terminal()
        t.expect("wazuh (empty: none): ")
        self.assertFalse(t.echo())
        t.type("One.Password-1\n")
        t.expect("again: ")
        t.type("Two.Password-1\n")
        t.expect("wazuh (empty: none): ")
        t.type(NEW + "\n")
        t.expect("again: ")
        t.type(NEW + "\n")
        t.expect("wazuh-wui (empty: none): ")
        t.type("\n")
        said, code = t.end()
        self.assertEqual(code, 0)
        self.assertIn("\twazuh: UPDATED\r\n", said)
        self.assertNotIn("wazuh-wui: ", said)
        self.assertNotIn("Password-1", said)
        self.assertNotIn(NEW, said)
        self.assertEqual(self.login("wazuh", NEW), 200)
        self.assertEqual(self.login("wazuh-wui", SECOND), 200)

    def test_terminal_interrupted(self):
        before = self.hashes()
        for typed, number in (("\x03", None), ("half\x1c", None),
                              (None, signal.SIGTERM)):
            t = self.terminal("wazuh")
            t.expect("none): ")
            self.assertFalse(t.echo())
            # It does not stop with the echo off.
            t.type("\x1a")
            if typed:
                t.type(typed)
            else:
                os.kill(t.pid, number)
            t.expect("interrupted")
            self.assertTrue(t.echo())
            self.assertEqual(t.end()[1], 1)
        t = self.terminal("wazuh")
        t.expect("none): ")
        t.type("\x04")
        said, code = t.end()
        self.assertEqual(code, 1)
        self.assertIn("no password for wazuh", said)
        self.assertEqual(self.hashes(), before)

    # --- other changes ----------------------------------------------------------

    def test_edit(self):
        r = self.users("add", "anna", "--role", "readonly", "--role",
                       "agents_admin", text=NEW + "\n")
        self.assertEqual(r.stdout, "")
        self.assertEqual(self.login("anna", NEW), 200)
        anna = self.listed()[2]
        self.assertEqual([x["name"] for x in anna["roles"]],
                         ["readonly", "agents_admin"])
        self.assertEqual((anna["id"], anna["allow_run_as"]), (100, False))
        token = self.s.token(("anna", NEW))
        self.users("allow-run-as", "anna", "yes")
        self.assertTrue(self.listed()[2]["allow_run_as"])
        self.assertFalse(self.works(token))
        token = self.s.token(("anna", NEW))
        self.assertTrue(self.works(token))
        self.users("delete", "anna")
        self.assertEqual(self.login("anna", NEW), 401)
        # The next one has the id, and not the token.
        self.users("add", "anna", "--role", "readonly", "--role",
                   "agents_admin", text=NEW + "\n")
        self.assertEqual(self.listed()[2]["id"], 100)
        self.assertFalse(self.works(token))

    def test_edit_refused(self):
        before = self.listed()
        for args, code, text in (
                (("add", "wazuh"), 1, "Error 5000"),
                (("add", "anna", "--role", "none"), 1, "Error 4002"),
                (("add", "ann"), 1, "not a name"),
                (("add", "an na"), 1, "not a name"),
                (("delete", "wazuh"), 1, "Error 5004"),
                (("delete", "anna"), 1, "Error 5001"),
                (("allow-run-as", "anna", "no"), 1, "Error 5001"),
                (("allow-run-as", "wazuh", "maybe"), 2, "usage"),
                (("add",), 2, "usage"), (("delete",), 2, "usage")):
            r = self.users(*args, code=code, text=NEW + "\n")
            self.assertIn(text, r.stderr)
            self.assertEqual(r.stdout, "")
        r = self.users("add", "anna", text="weak\n", code=1)
        self.assertIn("Error 5009", r.stderr)
        self.assertEqual(self.listed(), before)

    # --- factory-reset ------------------------------------------------------------

    def test_reset(self):
        self.users("add", "anna", "--role", "readonly", text=NEW + "\n")
        self.sql("INSERT INTO roles (id, name) VALUES (100, 'mine')")
        tokens = [self.s.token(), self.s.token(("anna", NEW))]
        for text in ("", "reset\n", "RESETS\n", "no\n", "RESET"[:4]):
            r = self.users("factory-reset", text=text, code=1)
            self.assertIn("Nothing has changed", r.stdout)
            self.assertTrue(all(map(self.works, tokens)))
        r = self.users("factory-reset", text="RESET\n")
        new = dict(re.findall(r"(?m)^user (\S+): (\S+)$", r.stdout))
        self.assertEqual(list(new), ["wazuh", "wazuh-wui"])
        self.assertFalse(any(map(self.works, tokens)))
        self.assertEqual(self.login("wazuh", FIRST), 401)
        self.assertEqual(self.login("anna", NEW), 401)
        for name, password in new.items():
            self.assertEqual(self.login(name, password), 200)
            self.assertTrue(self.works(self.s.token((name, password))))
        self.assertEqual(len(self.listed()), 2)
        self.assertEqual(self.sql("SELECT id FROM roles WHERE id > 99"), [])
        # Somebody of the name is somebody else.
        self.users("add", "anna", "--role", "readonly", text=NEW + "\n")
        self.assertFalse(self.works(tokens[1]))

    def test_reset_force(self):
        token = self.s.token()
        keys = [self.s.read(k) for k in KEYS]
        given = os.path.join(self.s.top, "passwords")
        r = self.users("factory-reset", "--force", "--passwords", given)
        self.assertNotIn("user wazuh: ", r.stdout)
        self.assertEqual(self.login("wazuh", FIRST), 200)
        for old, name in zip(keys, KEYS):
            self.assertNotEqual(self.s.read(name), old)
        self.assertFalse(self.works(token))
        self.users("factory-reset", "now", code=2)

    # --- together with others -------------------------------------------------------

    def test_locked(self):
        db = sqlite3.connect(self.s.path(DB), isolation_level=None)
        self.addCleanup(db.close)
        token = self.s.token()
        db.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        r = self.change("wazuh", NEW, code=1)
        self.assertIn("FAILED | rbac.db is locked", r.stdout)
        self.assertGreater(time.monotonic() - began, 4)
        self.assertTrue(self.works(token))
        # It waits for one that goes.
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            change = pool.submit(self.change, "wazuh", NEW)
            time.sleep(1)
            self.assertFalse(change.done())
            db.execute("ROLLBACK")
            self.assertEqual(change.result().stdout, "\twazuh: UPDATED\n")
        self.assertEqual(self.login("wazuh", NEW), 200)

    def test_parallel(self):
        """Twenty at once, while others log in and change things."""
        done, codes = threading.Event(), []

        def log_in():
            while not done.is_set():
                codes.append(self.login("wazuh-wui", SECOND))
        token = self.s.token(("wazuh-wui", SECOND))
        passwords = [f"Parallel.Test-{i}" for i in range(20)]
        with concurrent.futures.ThreadPoolExecutor(23) as pool:
            logins = [pool.submit(log_in) for _ in range(3)]
            said = [c.result() for c in
                    [pool.submit(self.s.tool, "users", "change-password",
                                 "wazuh", input=p + "\n")
                     for p in passwords]]
            done.set()
            for x in logins:
                x.result()
        good = 0
        for r in said:
            self.assertIn(r.stdout.split("|")[0],
                          ("\twazuh: UPDATED\n", "\twazuh: FAILED "), r)
            if r.returncode != 0:
                self.assertIn("rbac.db is locked", r.stdout)
            else:
                good += 1
        self.assertGreater(good, 0)
        self.assertEqual(set(codes), {200})
        self.assertTrue(self.works(token))
        self.assertEqual([self.login("wazuh", p)
                          for p in passwords].count(200), 1)

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_stranger(self):
        if not server.usable_by(base.BUILD, 65534):
            self.skipTest("the build is not for others")
        before = self.hashes()
        os.chmod(self.s.root, 0o755)
        who = {"user": 65534, "group": 65534, "extra_groups": []}
        for args in (("change-password", "wazuh"), ("factory-reset", "-f"),
                     ("delete", "wazuh"), ("list",)):
            r = self.users(*args, text=NEW + "\n", code=1, **who)
            self.assertEqual(len(r.stderr.splitlines()), 1, r)
        self.assertEqual(self.hashes(), before)

    # --- from-env ---------------------------------------------------------------------

    def test_env(self):
        self.assertEqual(self.from_env().stderr, "")
        r = self.from_env(API_USERNAME="anna", API_PASSWORD=NEW)
        self.assertEqual(r.stdout, "anna: made, an administrator\n")
        anna = self.listed()[2]
        self.assertEqual([x["id"] for x in anna["roles"]], [1])
        token = self.s.token(("anna", NEW))
        before = self.hashes()
        # Again: nothing happens, nobody is logged out.
        r = self.from_env(API_USERNAME="anna", API_PASSWORD=NEW)
        self.assertEqual(r.stdout, "anna: as it was\n")
        self.assertEqual(self.hashes(), before)
        self.assertTrue(self.works(token))
        # The others keep what they were given.
        self.assertEqual(self.login("wazuh", FIRST), 200)
        r = self.from_env(API_USERNAME="anna", API_PASSWORD=NEW + "2",
                          WAZUH_MANAGER_WUI_PASSWORD=NEW)
        self.assertEqual(r.stdout, "anna: has a new password\n"
                                   "wazuh-wui: has a new password\n")
        self.assertFalse(self.works(token))
        self.assertEqual(self.login("anna", NEW + "2"), 200)
        self.assertEqual(self.login("wazuh-wui", NEW), 200)

    def test_env_file(self):
        secret = os.path.join(self.s.top, "secret")
        with open(secret, "w", encoding="utf-8") as f:
            f.write(NEW + "\n")
        os.chmod(secret, 0o600)
        self.from_env(WAZUH_MANAGER_API_PASSWORD_FILE=secret)
        self.assertEqual(self.login("wazuh", NEW), 200)
        self.from_env(1, WAZUH_MANAGER_API_PASSWORD_FILE=secret + "s")

    def test_env_refused(self):
        before = self.hashes()
        for given in ({"API_USERNAME": "anna"}, {"API_PASSWORD": NEW},
                      {"API_USERNAME": "anna", "API_PASSWORD": ""},
                      {"API_USERNAME": "anna", "API_PASSWORD": "anna-anna"},
                      {"API_USERNAME": "a:b:c", "API_PASSWORD": NEW},
                      {"API_USERNAME": "anna", "API_PASSWORD": NEW,
                       "WAZUH_MANAGER_API_PASSWORD": "weak-weak"}):
            r = self.from_env(1, **given)
            self.assertEqual((r.stdout, len(r.stderr.splitlines())), ("", 1))
        self.assertEqual(self.hashes(), before)

    def test_env_defaults(self):
        """What the original makes is not left open to everybody."""
        digest = hashlib.scrypt(b"wazuh", salt=b"salt", n=16, r=1, p=1,
                                dklen=64).hex()
        self.sql("UPDATE users SET password = ? WHERE id = 1",
                 f"scrypt:16:1:1$salt${digest}")
        self.assertEqual(self.login("wazuh", "wazuh"), 200)
        r = self.from_env(API_USERNAME="wazuh-wui", API_PASSWORD=NEW)
        self.assertIn("wazuh: had its name as its password", r.stdout)
        self.assertEqual(self.login("wazuh", "wazuh"), 401)
        self.assertEqual(self.login("wazuh-wui", NEW), 200)

    # --- rbac_control -----------------------------------------------------------------

    def test_alias(self):
        for args in ((), ("-h",), ("change-password", "--help")):
            r = self.alias(*args)
            self.assertEqual((r.returncode, r.stderr), (0, ""))
            self.assertIn("factory-reset", r.stdout)
        for args in (("list",), ("change-password", "wazuh"),
                     ("factory-reset", "-x"), ("factory-reset", "--passwords",
                                               "/dev/null")):
            self.assertEqual(self.alias(*args).returncode, 2, args)
        r = self.alias("change-password", input=f"{NEW}\nweak\n")
        self.assertEqual(r.returncode, 0)
        lines = r.stdout.splitlines()
        self.assertEqual(lines[0], "\twazuh: UPDATED")
        self.assertRegex(lines[1],
                         r"^\twazuh-wui: FAILED \| Error 5009 - ")
        self.assertEqual(self.login("wazuh", NEW), 200)
        r = self.alias("factory-reset", input="no\n")
        self.assertEqual(r.returncode, 0)
        self.assertEqual(self.login("wazuh", NEW), 200)
        r = self.alias("factory-reset", "-f")
        self.assertEqual(r.returncode, 0)
        self.assertEqual(self.login("wazuh", NEW), 401)

    def test_alias_terminal(self):
        """One question a user, as scripts that answer it expect."""
        t = Terminal([os.path.join(self.s.bin, "rbac_control"),
                      "change-password"],
                     environment({"WAZUH_HOME": self.s.root}))
        t.expect("wazuh (empty: none): ")
        t.type(NEW + "\n")
        t.expect("wazuh-wui (empty: none): ")
        t.type("\n")
        said, code = t.end()
        self.assertEqual(code, 0)
        self.assertIn("\twazuh: UPDATED\r\n", said)
        t = Terminal([os.path.join(self.s.bin, "rbac_control"),
                      "change-password"],
                     environment({"WAZUH_HOME": self.s.root}))
        t.expect("none): ")
        t.type("\x03")
        self.assertEqual(t.end()[1], 1)


class Stopped(unittest.TestCase, Tools):
    """Without a server, and what one then makes of it."""

    def setUp(self):
        self.s = server.Server(base.BUILD)
        self.addCleanup(self.s.remove)

    def start(self):
        self.s.start()
        self.addCleanup(lambda: self.s.proc.poll() is None and
                        self.s.stop(remove=False))

    def test_change(self):
        self.s.init()
        before = os.stat(self.s.path(DB))
        self.change("wazuh", NEW)
        self.file_is_kept(before)
        self.start()
        self.assertEqual(self.login("wazuh", FIRST), 401)
        self.assertEqual(self.login("wazuh", NEW), 200)

    def test_restart_voids(self):
        """A token of before is void when the server comes back."""
        self.s.init()
        self.start()
        token = self.s.token()
        other = self.s.token(("wazuh-wui", SECOND))
        self.s.stop(remove=False)
        self.change("wazuh", NEW)
        self.start()
        self.assertFalse(self.works(token))
        self.assertTrue(self.works(other))
        self.s.stop(remove=False)
        self.users("factory-reset", "-f")
        self.start()
        self.assertFalse(self.works(other))

    def test_nothing_there(self):
        r = self.users("list", code=1)
        self.assertEqual(len(r.stderr.splitlines()), 1)
        self.s.init()
        os.unlink(self.s.path(DB))
        for args in (("list",), ("delete", "anna"),
                     ("allow-run-as", "anna", "no")):
            r = self.users(*args, code=1)
            self.assertIn("there is no rbac.db yet", r.stderr)
        r = self.change("wazuh", NEW, code=1)
        self.assertIn("FAILED | there is no rbac.db yet", r.stdout)
        # The server makes one, with users nobody can be, and says what to do.
        self.start()
        self.assertIn("gatehouse users change-password", self.s.said())
        before = os.stat(self.s.path(DB))
        self.change("wazuh", NEW)
        self.assertEqual(self.login("wazuh", NEW), 200)
        self.file_is_kept(before)

    def test_damaged(self):
        self.s.init()
        before = os.stat(self.s.path(DB))
        self.s.write(DB, "not a database, " * 100)
        r = self.change("wazuh", NEW, code=1)
        self.assertIn("damaged", r.stdout)
        r = self.users("factory-reset", "-f")
        st = os.stat(self.s.path(DB))
        self.assertEqual((st.st_uid, st.st_gid, st.st_mode),
                         (before.st_uid, before.st_gid, before.st_mode))
        password = re.search(r"(?m)^user wazuh: (\S+)$", r.stdout).group(1)
        self.start()
        self.assertEqual(self.login("wazuh", password), 200)

    def test_init_from_env(self):
        init = ("init", "--from-env")
        # A weak password: nothing is made.
        self.from_env(1, init, WAZUH_MANAGER_API_PASSWORD="weak")
        self.assertFalse(os.path.exists(self.s.root))
        r = self.from_env(0, init, API_USERNAME="anna", API_PASSWORD=NEW,
                          WAZUH_MANAGER_WUI_PASSWORD=SECOND)
        self.assertNotIn("user wazuh: ", r.stdout)
        self.s.configure()
        self.assertEqual([u["username"] for u in self.listed()],
                         ["wazuh", "wazuh-wui", "anna"])
        self.start()
        self.assertEqual(self.login("anna", NEW), 200)
        self.assertEqual(self.login("wazuh-wui", SECOND), 200)
        self.assertEqual(self.login("wazuh", "wazuh"), 401)
        # As a container does when it is started again.
        before = os.stat(self.s.path(DB))
        self.from_env(0, init, API_USERNAME="anna", API_PASSWORD=NEW,
                      WAZUH_MANAGER_WUI_PASSWORD=SECOND)
        self.file_is_kept(before)
        self.assertEqual(self.login("anna", NEW), 200)

    def test_init_without(self):
        r = self.from_env(0, ("init", "--from-env"))
        self.assertRegex(r.stdout, r"(?m)^user wazuh: \S{24}$")
        r = self.s.tool("init", "--from-env", "--passwords", "/dev/null")
        self.assertEqual(r.returncode, 2)

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_deep(self):
        """In a directory of root's that the owner cannot pass."""
        self.s.init()
        os.chmod(self.s.top, 0o700)
        self.change("wazuh", NEW)
        before = os.stat(self.s.path(DB))
        self.assertNotEqual(before.st_uid, 0)
        self.users("factory-reset", "-f")
        self.file_is_kept(before)
        self.assertEqual(len(self.listed()), 2)

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_trap(self):
        """Links that the owner has laid lead root nowhere."""
        self.s.init()
        goal = os.path.join(self.s.top, "goal")
        with open(goal, "w", encoding="utf-8") as f:
            f.write("untouched")
        os.chmod(goal, 0o600)
        st = os.stat(self.s.path(DB))
        os.unlink(self.s.path(DB))
        os.symlink(goal, self.s.path(DB))
        os.lchown(self.s.path(DB), st.st_uid, st.st_gid)
        self.change("wazuh", NEW, code=1)
        self.users("factory-reset", "-f")
        with open(goal, encoding="utf-8") as f:
            self.assertEqual(f.read(), "untouched")
        self.assertEqual(os.stat(goal).st_uid, 0)
        self.assertTrue(stat.S_ISREG(os.lstat(self.s.path(DB)).st_mode))


class Unprivileged(unittest.TestCase, Tools):
    """An instance of one's own."""

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_own(self):
        if not server.usable_by(base.BUILD, 65534):
            self.skipTest("the build is not for others")
        self.s = server.Server(base.BUILD, user=65534)
        self.addCleanup(self.s.remove)
        self.s.init()
        self.s.start()
        before = os.stat(self.s.path(DB))
        self.assertEqual(before.st_uid, 65534)
        token = self.s.token()
        self.change("wazuh", NEW)
        self.assertFalse(self.works(token))
        self.assertEqual(self.login("wazuh", NEW), 200)
        self.users("factory-reset", "-f")
        self.file_is_kept(before)
        # Root may too, and leaves it as it is.
        self.s.ids = {}
        self.change("wazuh", NEW)
        self.file_is_kept(before)
        self.assertEqual(self.login("wazuh", NEW), 200)
        self.s.stop()
