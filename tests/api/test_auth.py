# SPDX-License-Identifier: ISC
"""Logins, tokens, counters."""
import base64
import concurrent.futures
import hashlib
import hmac
import json
import os
import signal
import sqlite3
import time

from . import base
from .base import LOGIN, server

WUI = ("wazuh-wui", server.PASSWORDS["wazuh-wui"])


def part(text):
    """A segment of a token, decoded."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pack(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Tokens(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.s.token()

    def me(self, token, path="/security/users/me"):
        return self.s.once("GET", path, token=token)

    # --- logging in ---------------------------------------------------------

    def test_login(self):
        # operation: POST /security/user/authenticate
        d = self.data(self.s.once("POST", LOGIN, basic=server.USER))
        self.assertEqual(list(d), ["token"])
        self.assertEqual(self.me(d["token"]).status, 200)

    def test_login_raw(self):
        r = self.s.once("POST", LOGIN + "?raw=true", basic=server.USER)
        self.assertEqual((r.status, r.get("content-type")),
                         (200, "text/plain"))
        self.assertEqual(self.me(r.text()).status, 200)

    def test_login_with_a_body(self):
        r = self.s.once("POST", LOGIN, basic=server.USER, body={"any": "x"})
        self.assertEqual(r.status, 200)

    def test_login_get_is_deprecated(self):
        # operation: GET /security/user/authenticate
        for path in (LOGIN, LOGIN + "?raw=true"):
            r = self.s.once("GET", path, basic=server.USER)
            self.assertEqual(r.status, 200)
            self.assertEqual(r.get("deprecated"), "true")
            self.assertRegex(r.get("link"),
                             r'^<https://.*login_user>; rel="Deprecated"$')
        self.assertIsNone(self.s.once("POST", LOGIN, basic=server.USER)
                          .get("deprecated"))

    def test_bad_credentials(self):
        """One answer for all, so that nobody learns which names exist."""
        heads = ["Basic " + base64.b64encode(x).decode() for x in (
            b"wazuh:wrong", b"nobody:wrong", b"wazuh:", b":", b"wazuh",
            b"\xff\xfe:\xff", b"wazuh:" + b"x" * 400)]
        heads += ["Basic", "Basic !!!", "Bearer x.y.z", "Digest a", "x",
                  f"Bearer {self.token}"]
        for h in heads:
            with self.subTest(header=h[:40]):
                r = self.s.once("POST", LOGIN, headers=[("Authorization", h)])
                self.problem(r, 401, "Unauthorized", "Invalid credentials")
                self.assertIsNone(r.get("www-authenticate"))
        self.problem(self.s.once("POST", LOGIN), 401, "Unauthorized",
                     "Invalid credentials")
        self.problem(self.s.once("GET", LOGIN), 401, "Unauthorized",
                     "Invalid credentials")

    def test_login_takes_no_other_parameter(self):
        r = self.s.once("POST", LOGIN + "?pretty=true", basic=server.USER)
        self.problem(r, 400, "Bad Request")
        r = self.s.once("POST", LOGIN + "?raw=x", basic=server.USER)
        self.problem(r, 400, "Bad Request")

    # --- tokens -------------------------------------------------------------

    def test_claims(self):
        head, claims, _ = self.token.split(".")
        self.assertEqual(json.loads(part(head)),
                         {"alg": "ES512", "typ": "JWT"})
        c = json.loads(part(claims))
        self.assertEqual(list(c), ["iss", "aud", "nbf", "exp", "sub",
                                   "run_as", "rbac_roles", "rbac_mode"])
        self.assertEqual(c["iss"], "wazuh")
        self.assertEqual(c["aud"], "Wazuh API REST")
        self.assertEqual(c["exp"] - c["nbf"], 900)
        self.assertEqual((c["sub"], c["run_as"], c["rbac_roles"],
                          c["rbac_mode"]), ("wazuh", False, [1], "white"))
        self.assertLess(abs(c["nbf"] - time.time()), 60)

    def test_no_token(self):
        self.problem(self.s.once("GET", "/"), 401, "Unauthorized",
                     "No authorization token provided")
        for h in ("Basic eDp5", "Bearer", "Token x", "Bearer a b", ""):
            with self.subTest(header=h):
                r = self.s.once("GET", "/", headers=[("Authorization", h)])
                self.problem(r, 401, "Unauthorized")

    def test_forged_tokens(self):
        head, claims, sig = self.token.split(".")
        public = self.s.read(
            "api/configuration/security/public_key.pem").encode()
        c = json.loads(part(claims))
        c["rbac_roles"] = [1, 2, 3]
        more = pack(json.dumps(c, separators=(",", ":")).encode())

        def hs(alg, digest, key):
            h = pack(json.dumps({"alg": alg, "typ": "JWT"},
                                separators=(",", ":")).encode())
            text = f"{h}.{claims}"
            return text + "." + pack(hmac.new(key, text.encode(),
                                              digest).digest())

        none = pack(b'{"alg":"none","typ":"JWT"}')
        bad = [
            f"{head}.{more}.{sig}", f"{head}.{claims}.{sig[:-4]}AAAA",
            f"{head}.{claims}.", f"{head}.{claims}", f"{none}.{claims}.",
            f"{none}.{claims}.{sig}",
            hs("HS256", hashlib.sha256, public),
            hs("HS256", hashlib.sha256, public.strip()),
            hs("HS512", hashlib.sha512, public),
            hs("HS256", hashlib.sha256, b""),
            "..", "a.b.c", self.token + "A", self.token + ".x",
            f"{head}.{claims}." + pack(b"\0" * 132),
        ]
        for t in bad:
            with self.subTest(token=t[:30] + "..." + t[-12:]):
                self.problem(self.me(t), 401, "Unauthorized",
                             "Invalid token")
        self.problem(self.me("x" * 9000), 401, "Unauthorized")
        self.assertEqual(self.me(self.token).status, 200)

    def test_junk_delays_nobody(self):
        """Unknown tokens cost a signature check each, in another process."""
        head, claims, _ = self.token.split(".")

        def junk(i):
            sig = pack(hashlib.sha512(str(i).encode()).digest() * 2 + b"1234")
            return self.me(f"{head}.{claims}.{sig}").status

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            jobs = [pool.submit(junk, i) for i in range(200)]
            good = [self.me(self.token).status for _ in range(20)]
            self.assertEqual(set(good), {200})
            # A full lane may refuse, but never lets one in.
            self.assertLessEqual({j.result() for j in jobs}, {401, 503})

    def test_logout(self):
        # operation: DELETE /security/user/authenticate
        a, b = self.s.token(WUI), self.s.token(WUI)
        r = self.s.once("DELETE", LOGIN, token=a)
        self.assertEqual(r.status, 200)
        self.assertEqual(list(r.json()), ["message", "error"])
        self.assertEqual(r.json()["error"], 0)
        for t in (a, b):
            self.problem(self.me(t), 401, "Unauthorized", "Invalid token")
        self.assertEqual(self.me(self.token).status, 200, "someone else's")
        # Tokens are void by the second in which they were made.
        time.sleep(1.2)
        self.assertEqual(self.me(self.s.token(WUI)).status, 200)

    def test_me(self):
        # operation: GET /security/users/me
        r = self.me(self.token)
        items = self.items(r)
        self.assertEqual(len(items), 1)
        me = items[0]
        self.assertEqual(list(me), ["id", "username", "allow_run_as",
                                    "roles"])
        self.assertEqual((me["id"], me["username"]), (1, "wazuh"))
        role = me["roles"][0]
        self.assertEqual(list(role), ["id", "name", "policies", "rules"])
        self.assertEqual((role["id"], role["name"]), (1, "administrator"))
        policy = role["policies"][0]
        self.assertEqual(list(policy), ["id", "name", "policy"])
        self.assertEqual(list(policy["policy"]),
                         ["actions", "resources", "effect"])
        wui = self.items(self.me(self.s.token(WUI)))[0]
        self.assertEqual((wui["id"], wui["username"], wui["allow_run_as"]),
                         (2, "wazuh-wui", True))

    def test_parallel_logins(self):
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            r = list(pool.map(lambda _: self.s.once(
                "POST", LOGIN, basic=server.USER).status, range(24)))
        self.assertEqual(set(r), {200})

    def test_nothing_secret_in_the_logs(self):
        self.s.once("POST", LOGIN, basic=("wazuh", "Very.Secret-9"))
        self.me(self.token)
        time.sleep(0.3)
        text = self.s.said()
        for secret in ("Very.Secret-9", server.PASSWORDS["wazuh"],
                       self.token.split(".")[2]):
            self.assertNotIn(secret, text)


class Expiry(base.Case):
    SECURITY = {"auth_token_exp_timeout": 2, "rbac_mode": "white"}

    def test_expiry(self):
        token = self.s.token()
        self.assertEqual(self.s.once("GET", "/", token=token).status, 200)
        time.sleep(3.1)
        self.problem(self.s.once("GET", "/", token=token), 401,
                     "Unauthorized", "Invalid token")


class Block(base.Case):
    API = {"access": {"max_login_attempts": 3, "block_time": 3,
                      "max_request_per_minute": 0}}

    def login(self, password=server.USER[1]):
        return self.s.once("POST", LOGIN, basic=("wazuh", password))

    def test_block(self):
        token = self.s.token()
        for _ in range(5):
            self.assertEqual(self.login().status, 200)
        for _ in range(3):
            self.problem(self.login("wrong"), 401, "Unauthorized")
        for password in ("wrong", server.USER[1]):
            self.problem(self.login(password), 403, "Permission Denied",
                         error=6000)
        # A token of before is not affected.
        self.assertEqual(self.s.once("GET", "/", token=token).status, 200)
        log = self.s.path("logs/api.log")
        with open(log, encoding="utf-8") as f:
            self.assertRegex(f.read(), r"WARNING: .*127\.0\.0\.1")
        time.sleep(3.2)
        self.assertEqual(self.login().status, 200)

        # Many at once gain nothing: places are taken before the check.
        time.sleep(3.2)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            r = list(pool.map(lambda i: self.login(f"w{i}").status,
                              range(40)))
        self.assertEqual((r.count(401), r.count(403)), (3, 37))


class Window(base.Case):
    API = {"access": {"max_request_per_minute": 10}}

    def test_window(self):
        token = self.s.token()
        # The very first window counts from one: that login, and nine more.
        r = [self.s.once("GET", "/", token=token).status for _ in range(9)]
        self.assertEqual(r, [200] * 9)
        for _ in range(3):
            r = self.s.once("GET", "/", token=token)
            self.problem(r, 429, "Too Many Requests", error=6001)
            self.assertIn("remediation", r.json())
        for method, path, kw in (("GET", "/nothing", {}), ("GET", "/", {}),
                                 ("POST", LOGIN, {"basic": server.USER})):
            self.problem(self.s.once(method, path, **kw), 429,
                         "Too Many Requests", error=6001)
        # What http answers alone is not counted, nor refused.
        self.assertEqual(self.s.once("PATCH", "/agents").status, 405)
        self.assertEqual(self.s.once("GET", "/agents/").status, 307)


class NodeName(base.Case):
    """What this node is called stands in problems of those only who may read
    nodes; the server's own checks are nobody's call and name it."""

    OTHER = ("limited", server.PASSWORDS["wazuh"])

    @classmethod
    def prepare(cls):
        db = sqlite3.connect(cls.s.path(
            "api/configuration/security/rbac.db"))
        db.execute("INSERT INTO users (id, username, password, allow_run_as) "
                   "SELECT 100, 'limited', password, 0 FROM users "
                   "WHERE username = 'wazuh'")
        db.execute("INSERT INTO user_roles (id, user_id, role_id, level) "
                   "SELECT 1000, 100, id, 0 FROM roles "
                   "WHERE name = 'agents_readonly'")
        db.commit()
        db.close()

    def names(self, r, want):
        self.assertEqual(list(r.json()["dapi_errors"]), [want], r)

    def test_callers(self):
        for user, name in ((server.USER, "node01"),
                           (self.OTHER, "unknown-node")):
            token = self.s.token(user)
            r = self.s.once("GET", "/agents?sort=nofield", token=token)
            self.problem(r, 400, "Bad Request", error=1403)
            self.names(r, name)
        r = self.s.once("GET", "/manager/info", token=token)
        self.problem(r, 403, "Permission Denied", error=4000)
        self.names(r, "unknown-node")

    def test_lost(self):
        """What http has to say itself when the router is gone."""
        callers = ((server.USER, "node01"), (self.OTHER, "unknown-node"))
        tokens = [self.s.token(user) for user, _ in callers]
        pids = {p["pid"]: p["role"] for p in self.s.children()
                if p["role"] in ("read", "router")}
        for pid, role in pids.items():
            if role == "read":
                os.kill(pid, signal.SIGSTOP)
                self.addCleanup(os.kill, pid, signal.SIGCONT)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            r = [pool.submit(self.s.once, "GET", "/", token=t)
                 for t in tokens]
            self.assertTrue(base.until(lambda: any(
                p["role"] == "router" and p["inflight"] == 2
                for p in self.s.status())))
            for pid, role in pids.items():
                if role == "router":
                    os.kill(pid, signal.SIGKILL)
            for one, (_, name) in zip(r, callers):
                self.problem(one.result(), 500, "Wazuh Internal Error",
                             error=901)
                self.names(one.result(), name)

    @classmethod
    def tearDownClass(cls):
        # One process was ended on purpose.
        base.until(cls.s.ready)
        cls.s.stop()
