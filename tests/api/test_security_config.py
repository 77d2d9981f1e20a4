# SPDX-License-Identifier: ISC
"""security.yaml, the keys of the tokens, and what makes all tokens void."""
import concurrent.futures
import hashlib
import json
import os
import random
import signal
import sqlite3
import threading
import time

from . import base
from .base import client, server

FOLDER = "api/configuration/security/"
YAML = FOLDER + "security.yaml"
KEYS = (FOLDER + "private_key.pem", FOLDER + "public_key.pem")
CONFIG = "/security/config"
REVOKE = "/security/user/revoke"
# A user without any role, of whom the database is told by the tests.
POOR = ("poor", "Poor.Test-1")

DEFAULTS = "auth_token_exp_timeout: 900\nrbac_mode: white\n"


def encoded(password):
    salt = "0123456789abcdef"
    h = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000)
    return f"pbkdf2:sha256:1000${salt}${h.hex()}"


def add_poor(s):
    with sqlite3.connect(s.path(FOLDER + "rbac.db")) as db:
        db.execute("INSERT INTO users (username, password, allow_run_as) "
                   "VALUES (?, ?, 0)", (POOR[0], encoded(POOR[1])))
    db.close()


class Config(base.Case):
    @classmethod
    def prepare(cls):
        add_poor(cls.s)

    def setUp(self):
        # As an instance is made: from whatever the last test has left.
        self.s.write(YAML, DEFAULTS)
        self.s.reload()
        self.token = self.s.token()

    def get(self, token, path="/"):
        return self.s.once("GET", path, token=token)

    def config(self, method="PUT", token=None, **body):
        return self.s.once(method, CONFIG, token=token or self.token,
                           body=body or None)

    def void(self, token):
        self.problem(self.get(token), 401, "Unauthorized", "Invalid token")

    def done(self, r):
        """A good answer of the three operations."""
        self.assertEqual((r.status, r.get("content-type")),
                         (200, "application/json"), r)
        self.assertEqual(list(r.json()), ["message", "error"])
        self.assertEqual(r.json()["error"], 0)
        self.assertEqual(r.text(), json.dumps(r.json()))

    def denied(self, r):
        self.problem(r, 403, "Permission Denied",
                     "Permission denied: Resource type: *:*", 4000)

    # --- the operations -----------------------------------------------------

    def test_put(self):
        # operation: PUT /security/config
        self.done(self.config(rbac_mode="black"))
        self.assertEqual(self.s.read(YAML),
                         "auth_token_exp_timeout: 900\nrbac_mode: black\n")
        self.void(self.token)
        # What is left out goes back to its default.
        self.token = self.s.token()
        self.done(self.config(auth_token_exp_timeout=1800))
        self.assertEqual(self.s.read(YAML),
                         "auth_token_exp_timeout: 1800\nrbac_mode: white\n")
        self.void(self.token)
        self.token = self.s.token()
        self.done(self.config(rbac_mode="black", auth_token_exp_timeout=30))
        self.assertEqual(self.s.read(YAML),
                         "auth_token_exp_timeout: 30\nrbac_mode: black\n")
        # Nothing changes, and yet all tokens are void.
        self.token = self.s.token()
        self.done(self.config(rbac_mode="black", auth_token_exp_timeout=30))
        self.void(self.token)

    def test_delete(self):
        # operation: DELETE /security/config
        self.done(self.config(rbac_mode="black", auth_token_exp_timeout=77))
        self.token = self.s.token()
        self.done(self.config("DELETE"))
        self.assertEqual(self.s.read(YAML), DEFAULTS)
        self.void(self.token)
        # Of a file that is not there, too, and with the body that one client
        # sends with every request.
        os.unlink(self.s.path(YAML))
        self.token = self.s.token()
        r = self.s.once("DELETE", CONFIG, token=self.token, body={})
        self.done(r)
        self.assertEqual(self.s.read(YAML), DEFAULTS)
        self.assertEqual(os.stat(self.s.path(YAML)).st_mode & 0o7777, 0o660)

    def test_revoke(self):
        # operation: PUT /security/user/revoke
        others = [self.s.token(), self.s.token(POOR)]
        for t in others:
            self.assertEqual(self.get(t).status, 200)
        self.done(self.s.once("PUT", REVOKE, token=self.token))
        for t in others + [self.token]:
            self.void(t)
        self.assertEqual(self.s.read(YAML), DEFAULTS)
        for name in KEYS:
            st = os.stat(self.s.path(name))
            owner = os.stat(self.s.path(FOLDER + "rbac.db"))
            self.assertEqual(st.st_mode & 0o7777, 0o640)
            self.assertEqual((st.st_uid, st.st_gid),
                             (owner.st_uid, owner.st_gid))
        # A login in the same second holds: there are no black lists.
        self.assertEqual(self.get(self.s.token()).status, 200)

    def test_revoke_after_logout(self):
        """What a black list kept void stays so when the list is emptied."""
        out = self.s.token(POOR)
        self.assertEqual(self.s.once("DELETE", base.LOGIN, token=out).status,
                         200)
        self.void(out)
        self.done(self.s.once("PUT", REVOKE, token=self.token))
        with sqlite3.connect(self.s.path(FOLDER + "rbac.db")) as db:
            for table in ("users", "roles", "runas"):
                self.assertEqual(db.execute("SELECT count(*) FROM "
                                            f"{table}_token_blacklist")
                                 .fetchone(), (0,))
        db.close()
        self.void(out)
        self.assertEqual(self.get(self.s.token(POOR)).status, 200)

    def test_refused(self):
        for body in ({}, {"foo": 1}, {"rbac_mode": "x"}, {"rbac_mode": ""},
                     {"rbac_mode": None}, {"rbac_mode": 1},
                     {"rbac_mode": "White"}, {"rbac_mode": ["white"]},
                     {"auth_token_exp_timeout": 29},
                     {"auth_token_exp_timeout": 0},
                     {"auth_token_exp_timeout": -900},
                     {"auth_token_exp_timeout": "900"},
                     {"auth_token_exp_timeout": 900.5},
                     {"auth_token_exp_timeout": True},
                     {"auth_token_exp_timeout": None},
                     {"auth_token_exp_timeout": 1 << 31},
                     {"auth_token_exp_timeout": 1 << 70},
                     {"rbac_mode": "black", "max_login_attempts": 1},
                     [], "black", 1, None):
            with self.subTest(body=body):
                c = [("Content-Type", "application/json")]
                r = self.s.once("PUT", CONFIG, token=self.token, headers=c,
                                body=json.dumps(body).encode())
                self.problem(r, 400, "Bad Request")
        self.problem(self.s.once("PUT", CONFIG, token=self.token), 400,
                     "Bad Request")
        c = ("Content-Type", "text/plain")
        self.assertEqual(self.s.once("PUT", CONFIG, token=self.token,
                                     body=b"{}", headers=[c]).status, 415)
        for method, path in (("DELETE", CONFIG), ("PUT", REVOKE)):
            r = self.s.once(method, path + "?nonsense=1", token=self.token)
            self.problem(r, 400, "Bad Request")
        # revoke takes no parameter at all, as in the original.
        self.problem(self.s.once("PUT", REVOKE + "?pretty=true",
                                 token=self.token), 400, "Bad Request")
        self.assertEqual(self.get(self.token).status, 200)
        self.assertEqual(self.s.read(YAML), DEFAULTS)

    def test_pretty(self):
        r = self.s.once("PUT", CONFIG + "?pretty=true&wait_for_complete=true",
                        token=self.token, body={"rbac_mode": "white"})
        self.assertEqual(r.text(), json.dumps(r.json(), indent=3))

    def test_permissions(self):
        t = self.s.token(POOR)
        self.denied(self.config(token=t, rbac_mode="black"))
        self.denied(self.config("DELETE", token=t))
        self.denied(self.s.once("PUT", REVOKE, token=t))
        for method, path in (("PUT", CONFIG), ("DELETE", CONFIG),
                             ("PUT", REVOKE)):
            self.problem(self.s.once(method, path), 401, "Unauthorized",
                         "No authorization token provided")
        self.assertEqual(self.get(self.token).status, 200)
        self.assertEqual(self.s.read(YAML), DEFAULTS)
        # In black mode what no policy mentions is allowed.
        self.problem(self.get(t, "/manager/info"), 403, "Permission Denied",
                     "Permission denied: Resource type: *:*", 4000)
        self.done(self.config(rbac_mode="black"))
        t = self.s.token(POOR)
        self.assertEqual(self.get(t, "/manager/info").status, 200)
        self.done(self.s.once("PUT", REVOKE, token=t))
        self.void(t)

    def test_not_writable(self):
        """What is wrong is said, and nothing has changed."""
        folder = self.s.path(FOLDER)
        mode = os.stat(folder).st_mode & 0o7777
        os.chmod(folder, 0o550)
        try:
            answers = [(self.config(rbac_mode="black"), 1005),
                       (self.config("DELETE"), 1005),
                       (self.s.once("PUT", REVOKE, token=self.token), 6003)]
            self.assertEqual(self.get(self.token).status, 200)
            self.assertEqual(self.get(self.s.token()).status, 200)
        finally:
            os.chmod(folder, mode)
        for r, code in answers:
            self.problem(r, 500, "Wazuh Internal Error", error=code)
            self.assertIn("Permission denied", r.json()["detail"])
        self.assertEqual(self.s.read(YAML), DEFAULTS)
        self.done(self.config(rbac_mode="black"))
        self.void(self.token)

    # --- changes from outside -----------------------------------------------

    def expired(self, token):
        r = self.get(token)
        if r.status == 401:
            self.problem(r, 401, "Unauthorized", "Token expired")
        return r.status == 401

    def test_file_by_hand(self):
        """Within a second or so, and nobody has to be told."""
        path = self.s.path(YAML)
        self.s.write(YAML, "auth_token_exp_timeout: 901\n")
        self.assertTrue(base.until(lambda: self.expired(self.token)))
        other = self.s.token()
        self.assertEqual(self.get(other).status, 200)
        # By rename, with another mode.
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write("rbac_mode: black\nauth_token_exp_timeout: 901\n")
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)
        self.assertTrue(base.until(lambda: self.expired(other)))
        poor = self.s.token(POOR)
        self.assertEqual(self.get(poor, "/manager/info").status, 200)
        # The first settings again: so are their tokens.
        os.unlink(path)
        self.assertTrue(base.until(
            lambda: self.get(self.token).status == 200))
        self.assertTrue(self.expired(other))

    def test_bad_file(self):
        self.s.write(YAML, "auth_token_exp_timeout: 901\nrbac_mode: grey\n")
        log = "logs/gatehouse/authz.log"
        word = "security.yaml:2: rbac_mode"
        self.assertTrue(base.until(
            lambda: self.get(self.token).status == 200
            and os.path.exists(self.s.path(log))
            and word in self.s.read(log)))
        for _ in range(3):
            time.sleep(1.05)
            self.assertEqual(self.get(self.token).status, 200)
        self.assertEqual(self.s.read(log).count(word), 1)
        # A reload says so; a change through the interface makes it good.
        self.assertNotEqual(self.s.control("reload")[-1], "ok")
        self.assertEqual(self.get(self.token).status, 200)
        self.done(self.config(auth_token_exp_timeout=60))
        self.assertEqual(self.s.read(YAML),
                         "auth_token_exp_timeout: 60\nrbac_mode: white\n")
        r = self.s.tool("check")
        self.assertRegex(r.stdout, r"(?m)^auth_token_exp_timeout: 60$")

    def test_keys_replaced(self):
        """The pair of before comes back, and its tokens with it."""
        before = [self.s.read(k) for k in KEYS]
        self.done(self.s.once("PUT", REVOKE, token=self.token))
        self.void(self.token)
        newer = self.s.token()
        self.s.write(KEYS[0], before[0][:100])
        time.sleep(1.1)
        self.assertEqual(self.get(newer).status, 200)
        self.s.write(KEYS[0], before[0])
        self.s.write(KEYS[1], before[1])
        self.assertTrue(base.until(
            lambda: self.get(self.token).status == 200))
        self.void(newer)

    def test_keys_missing(self):
        for k in KEYS:
            os.unlink(self.s.path(k))
        self.assertTrue(base.until(
            lambda: self.get(self.token).status == 401
            and all(os.path.exists(self.s.path(k)) for k in KEYS)))
        self.void(self.token)
        self.assertEqual(self.get(self.s.token()).status, 200)

    # --- the end of a token ---------------------------------------------------

    def test_expiry(self):
        """To the second: good before exp, Invalid token from it on."""
        # The file has no least value; the interface has.
        self.s.write(YAML, "auth_token_exp_timeout: 2\n")
        self.s.reload()
        t = self.s.token()
        part = t.split(".")[1]
        exp = json.loads(client.base64.urlsafe_b64decode(
            part + "=" * (-len(part) % 4)))["exp"]
        seen = set()
        while "end" not in seen:
            began = time.time()
            r = self.get(t)
            ended = time.time()
            if ended < exp:
                self.assertEqual(r.status, 200, r)
                seen.add("good")
            # time() lags behind by up to a tick of the kernel.
            elif began >= exp + 0.05:
                self.problem(r, 401, "Unauthorized", "Invalid token")
                seen.add("end")
        self.assertIn("good", seen)

    def test_revoke_in_a_crowd(self):
        """A hundred requests meet it: each is served, or refused as void."""
        tokens = [self.s.token() for _ in range(20)]
        # What is remembered is forgotten: signatures have to be checked.
        self.s.reload()
        gate = threading.Barrier(101, timeout=20)

        def ask(i):
            with self.s.connect() as c:
                data = c.build("GET", "/agents?limit=1",
                               token=tokens[i % 20])
                gate.wait()
                time.sleep(i * 0.0003)
                c.send(data)
                return c.response()

        with concurrent.futures.ThreadPoolExecutor(100) as ex:
            asked = [ex.submit(ask, i) for i in range(100)]
            gate.wait()
            time.sleep(0.01)
            self.done(self.s.once("PUT", REVOKE, token=self.token))
            for t in tokens:
                self.void(t)
            answers = [a.result(20) for a in asked]
        for r in answers:
            if r.status != 200:
                self.problem(r, 401, "Unauthorized", "Invalid token")


class Deaths(base.unittest.TestCase):
    def test_killed_in_the_middle(self):
        """The old state or the new one; and never an old token under it."""
        rng = random.Random(5)
        texts = {m: f"auth_token_exp_timeout: 900\nrbac_mode: {m}\n"
                 for m in ("white", "black")}
        mode = "white"
        with server.Server(base.BUILD) as s:
            for i in range(60 if base.LONG else 8):
                token = s.token()
                other = "black" if mode == "white" else "white"
                wanted = rng.choice((mode, other))
                pid = next(p["pid"] for p in s.status()
                           if p["role"] == "authz")
                c = s.connect()
                c.send(c.build("PUT", CONFIG, token=token,
                               body={"rbac_mode": wanted}))
                time.sleep(rng.uniform(0.001, 0.008))
                os.kill(pid, signal.SIGKILL)
                try:
                    status = c.response().status
                except client.Closed:
                    status = None
                c.close()
                self.assertTrue(base.until(lambda p=pid: any(
                    q["role"] == "authz" and q["state"] == "up"
                    and q["pid"] != p for q in s.status())))
                text = s.read(YAML)
                after = s.once("GET", "/", token=token)
                with self.subTest(i=i, status=status, mode=mode,
                                  wanted=wanted, text=text):
                    if status == 200:
                        self.assertEqual(text, texts[wanted])
                        self.assertEqual(after.status, 401)
                    self.assertIn(after.status, (200, 401))
                    if after.status == 200:
                        self.assertIn(f"rbac_mode: {mode}\n", text)
                    self.assertEqual(
                        [f for f in os.listdir(s.path(FOLDER))
                         if f.endswith(".tmp")], [])
                    mode = "black" if "rbac_mode: black" in text \
                        else "white"
                    self.assertEqual(
                        s.once("GET", "/", token=s.token()).status, 200)
