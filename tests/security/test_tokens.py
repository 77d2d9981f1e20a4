# SPDX-License-Identifier: ISC
"""Tokens that are junk, forged, or good no more."""
import base64
import hashlib
import json
import os
import random
import re
import subprocess
import threading
import time

from .rig import (Case, JSON, LOGIN, Neighbour, RUN_AS, WUI, base, client,
                  server)


def pack(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpack(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def reads(pid):
    """Calls of read() and the like by a process."""
    with open(f"/proc/{pid}/io", encoding="ascii") as f:
        return int(re.search(r"^syscr: (\d+)$", f.read(), re.M)[1])


class CVE_2026_25771(Case):
    """
    Junk costs a signature check each, apart from everything else, and no
    reading of a key.
    """

    THREADS = 8

    def junk(self, seed, good):
        """Tokens without end, most of which have to be checked."""
        r = random.Random(seed)
        head, claims, sig = good.split(".")
        while True:
            false = pack(r.randbytes(132))
            yield f"{head}.{claims}.{false}"
            yield f"{head}.{pack(r.randbytes(200))}.{false}"
            yield f"{head}.{pack(claims.encode())}.{sig}"
            text = json.dumps({**json.loads(unpack(claims)),
                               "nbf": r.randrange(1 << 31)})
            yield f"{head}.{pack(text.encode())}.{sig}"
            yield pack(r.randbytes(r.randrange(1, 300)))

    def flood(self, count, seed, good, wrong):
        tokens = self.junk(seed, good)
        try:
            with self.s.connect() as c:
                for _ in range(count):
                    r = c.request("GET", "/security/users/me",
                                  token=next(tokens))
                    # A full lane may refuse; it never lets one in.
                    if r.status not in (401, 503):
                        wrong.append(r)
        except (client.Closed, OSError) as e:
            wrong.append(e)

    def processes(self, role):
        return [p for p in self.s.status() if p["role"] == role]

    def test_flood(self):
        count = 50000 if base.LONG else 4000
        token, wrong = self.token(), []
        for p in self.processes("hash"):
            self.assertGreaterEqual(p["requests"], 0)
        before = {p["pid"]: (p["requests"], reads(p["pid"]))
                  for p in self.processes("hash")}
        authz = self.processes("authz")[0]["pid"]
        authz_reads = reads(authz)
        began = time.monotonic()
        with Neighbour(self.s, token) as n:
            threads = [threading.Thread(target=self.flood, args=(
                count // self.THREADS, i, token, wrong))
                for i in range(self.THREADS)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
        rate = count / (time.monotonic() - began)
        self.assertEqual(wrong, [])
        self.assertEqual(n.wrong, [])
        n.say(f"{count} junk tokens, {rate:.0f} a second")
        done = io = 0
        for p in self.processes("hash"):
            done += p["requests"] - before[p["pid"]][0]
            io += reads(p["pid"]) - before[p["pid"]][1]
        # Each that looks like one was checked where nobody waits for it ...
        self.assertGreaterEqual(done, count * 4 // 5 * 9 // 10)
        # ... with a key that is there already.
        self.assertLess(io, count // 10)
        self.assertLess(reads(authz) - authz_reads, count // 2)
        self.assertTrue(self.works(token))

    def test_login_meanwhile(self):
        """Who is new comes in, and his token is good at once."""
        token, wrong, end = self.token(), [], threading.Event()

        def flood(seed):
            while not end.is_set():
                self.flood(50, seed, token, wrong)

        threads = [threading.Thread(target=flood, args=(i,))
                   for i in range(self.THREADS)]
        for t in threads:
            t.start()
        try:
            for _ in range(5):
                self.assertTrue(self.works(self.s.token(WUI)))
        finally:
            end.set()
            for t in threads:
                t.join()
        self.assertEqual(wrong, [])


class Forger:
    """Somebody with a key of his own, which is as good as ours."""

    def __init__(self, folder):
        self.key = os.path.join(folder, "forged.pem")
        self.run("ecparam", "-name", "secp521r1", "-genkey", "-noout", "-out",
                 self.key)

    @staticmethod
    def run(*args, **kw):
        return subprocess.run(["openssl", *args], check=True,
                              capture_output=True, **kw).stdout

    def sign(self, head, claims):
        """The token, with the signature of ES512."""
        der = self.run("dgst", "-sha512", "-sign", self.key,
                       input=f"{head}.{claims}".encode())
        parts, at = [], 2 + (der[1] == 0x81)
        for _ in range(2):
            n = der[at + 1]
            parts.append(der[at + 2:at + 2 + n].lstrip(b"\0").rjust(66, b"\0"))
            at += 2 + n
        return f"{head}.{claims}.{pack(b''.join(parts))}"


class CVE_2026_48162(Case):
    """The key that signs is nobody's but authz's; another signs nothing."""

    def test_another_key(self):
        forger = Forger(self.s.top)
        head, claims, _ = self.token().split(".")
        c = json.loads(unpack(claims))
        for change in ({}, {"sub": "wazuh"}, {"rbac_roles": [1]},
                       {"exp": c["exp"] + 10**6}, {"run_as": True}):
            text = json.dumps({**c, **change}, separators=(",", ":"))
            self.assertFalse(self.works(forger.sign(head, pack(
                text.encode()))))
        # With the key or its name in the token.
        public = forger.run("ec", "-in", forger.key, "-pubout").decode()
        for more in ({"jwk": {"kty": "EC", "crv": "P-521"}},
                     {"kid": "../../../" + forger.key}, {"x5c": [public]},
                     {"jku": "https://127.0.0.1/"}):
            text = json.dumps({"alg": "ES512", "typ": "JWT", **more},
                              separators=(",", ":"))
            self.assertFalse(self.works(forger.sign(pack(text.encode()),
                                                    claims)))
        # It is a good signature: only the key is not the right one.
        with open(self.s.path("api/configuration/security/private_key.pem"),
                  encoding="ascii") as f:
            own = f.read()
        with open(forger.key, "w", encoding="ascii") as f:
            f.write(own)
        self.assertTrue(self.works(forger.sign(head, claims)))

    def test_who_has_it(self):
        """A role that can read the file is confined to where it is not."""
        key = os.stat(self.s.path(
            "api/configuration/security/private_key.pem"))
        self.assertEqual(key.st_mode & 0o7137, 0)
        for p in self.s.children():
            if p["role"] == "authz":
                continue
            with self.subTest(process=p["name"]):
                self.assertTrue({"seccomp", "landlock"} <= set(
                    p["sandbox"].split(",")) or
                    os.stat(f"/proc/{p['pid']}").st_uid != key.st_uid,
                    p["sandbox"])

    def test_no_answer_has_it(self):
        own = self.s.read("api/configuration/security/private_key.pem")
        lines = [x for x in own.splitlines() if "-" not in x]
        for path in ("/", "/openapi.json", "/security/config",
                     "/manager/info", "/security/users"):
            body = self.ask("GET", path).text()
            for line in lines:
                self.assertNotIn(line, body)


class CVE_2026_25771_Restart(Case):
    """A forged token stays one when the lane begins anew, or has no key yet."""

    def test_killed(self):
        head, claims, sig = self.token().split(".")
        bad = f"{head}.{claims}.{sig[:-6]}AAAAAA"
        for p in self.s.status():
            if p["role"] != "hash":
                continue
            os.kill(p["pid"], 9)
            codes = {self.s.once("GET", "/security/users/me",
                                 token=bad).status for _ in range(5)}
            self.assertLessEqual(codes, {401, 500, 503})
        base.until(lambda: all(p["state"] == "up" for p in self.s.status()))
        self.assertFalse(self.works(bad))
        self.assertTrue(self.works(self.token()))

    @classmethod
    def tearDownClass(cls):
        # Processes were ended on purpose.
        cls.s.stop()


class Run_as_tokens_that_outlive_their_right(Case):
    """
    A logout, and a role or a rule that is taken away, end the tokens of
    run_as as they do those of a login (4.14.8, without an id).
    """

    RULES = [(101, {"MATCH": {"team": "a"}}), (102, {"MATCH": {"team": "b"}})]
    ROLES = [(101, [4], [101]), (102, [4], [102]), (103, [4], [101])]

    def context(self, team="a"):
        r = self.s.once("POST", RUN_AS + "?raw=true", basic=WUI,
                        headers=[JSON],
                        body=json.dumps({"team": team}).encode())
        self.assertEqual(r.status, 200, r)
        return r.text()

    def ends(self, method, path, body=None, team="a"):
        # Tokens are void by the second in which they were made.
        time.sleep(1.1)
        token = self.context(team)
        self.assertTrue(self.works(token))
        r = self.s.once(method, path, token=self.s.token(), body=body)
        self.assertEqual((r.status, r.json()["error"]), (200, 0), r)
        self.assertFalse(self.works(token))

    def test_logout(self):
        # As in ends().
        time.sleep(1.1)
        token = self.context()
        self.assertTrue(self.works(token))
        self.assertEqual(self.s.once("DELETE", LOGIN, token=token).status, 200)
        self.assertFalse(self.works(token))

    def test_changes(self):
        self.ends("DELETE", "/security/roles/103/rules?rule_ids=101")
        self.ends("DELETE", "/security/roles/101/policies?policy_ids=4")
        self.ends("PUT", "/security/rules/101",
                  {"rule": {"MATCH": {"team": "other"}}})
        self.ends("DELETE", "/security/roles?role_ids=102", team="b")
        path = "/security/users/2/run_as?allow_run_as="
        self.ends("PUT", path + "false", team="c")
        r = self.s.once("PUT", path + "true", token=self.s.token())
        self.assertEqual(r.status, 200)
