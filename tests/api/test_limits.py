# SPDX-License-Identifier: ISC
"""Limits for callers: behind proxies, of their own, and how long they last."""
from . import base
from .base import LOGIN, client, server

BAD = ("wazuh", "Wrong.Password-1")


class Proxies(base.Case):
    """127.0.0.1 is a proxy; ::1, where there is one, is not."""

    API = {"access": {"max_login_attempts": 2, "block_time": 300}}
    GATEHOUSE = {"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"],
                 "retry_after": True}

    def login(self, forwarded=None, basic=BAD):
        heads = [("X-Forwarded-For", f) for f in forwarded or ()]
        return self.s.once("POST", LOGIN, basic=basic, headers=heads)

    def test_a_client_of_its_own(self):
        """One that fails is blocked, and nobody else behind the proxy."""
        for _ in range(2):
            self.assertEqual(self.login(["192.0.2.1"]).status, 401)
        r = self.login(["192.0.2.1"])
        self.problem(r, 403, "Permission Denied", error=6000)
        self.assertIn(int(r.get("retry-after")), range(290, 301))
        # What a client writes in front of it changes nothing.
        self.assertEqual(
            self.login(["192.0.2.9, 192.0.2.1"]).status, 403)
        self.assertEqual(self.login(["192.0.2.9", "192.0.2.1,10.1.1.1"])
                         .status, 403)
        self.assertEqual(self.login(["192.0.2.2"], server.USER).status, 200)
        self.assertEqual(self.login(None, server.USER).status, 200)
        for addr in ("192.0.2.1", "127.0.0.1"):
            self.assertTrue(client.until(
                lambda: f'wazuh {addr} "POST ' in self.s.read("logs/api.log"),
                5), addr)

    def test_the_name_in_the_log_is_an_address(self):
        r = self.login(['198.51.100.1\\n", "x'], server.USER)
        self.assertEqual(r.status, 200)
        self.assertNotIn("198.51.100.1", self.s.read("logs/api.log"))


class Strangers(base.Case):
    """Nobody is trusted: the field means nothing."""

    API = {"access": {"max_login_attempts": 2, "block_time": 300}}

    def test_no_other_address(self):
        for i in range(2):
            r = self.s.once("POST", LOGIN, basic=BAD,
                            headers=[("X-Forwarded-For", f"192.0.2.{i}")])
            self.assertEqual(r.status, 401)
        r = self.s.once("POST", LOGIN, basic=server.USER,
                        headers=[("X-Forwarded-For", "192.0.2.7")])
        self.problem(r, 403, "Permission Denied", error=6000)
        self.assertIsNone(r.get("retry-after"))
        self.assertNotIn("192.0.2.", self.s.read("logs/api.log"))


class Callers(base.Case):
    """Whoever asks too often does not lock out the others."""

    API = {"access": {"max_request_per_minute": 40}}
    GATEHOUSE = {"caller_requests_per_minute": 10, "retry_after": True,
                 "trusted_proxies": ["127.0.0.1"]}

    def get(self, token, forwarded="192.0.2.1"):
        return self.s.once("GET", "/", token=token,
                           headers=[("X-Forwarded-For", forwarded)])

    def login(self, user, forwarded):
        r = self.s.once("POST", LOGIN, basic=(user, server.PASSWORDS[user]),
                        headers=[("X-Forwarded-For", forwarded)])
        self.assertEqual(r.status, 200)
        return r.json()["data"]["token"]

    def test_buckets(self):
        noisy = self.login("wazuh", "192.0.2.1")
        quiet = self.login("wazuh-wui", "192.0.2.1")
        codes = [self.get(noisy).status for _ in range(100)]
        self.assertEqual(codes[:10], [200] * 10)
        # The bucket fills while it is being emptied.
        self.assertLess(codes.count(200), 25)
        self.assertGreater(codes.count(429), 70)
        r = self.get(noisy)
        while r.status == 200:
            r = self.get(noisy)
        self.problem(r, 429, "Too Many Requests", error=6001)
        self.assertIn(int(r.get("retry-after")), range(1, 8))
        # Where it comes from does not matter, only who it is.
        self.assertEqual(self.get(noisy, "192.0.2.2").status, 429)
        # Nobody else notices; the 429s were not counted for all.
        self.assertEqual(self.get(quiet).status, 200)
        # Without a good token it is the address that counts.
        codes = [self.get("x.y.z", "192.0.2.3").status for _ in range(12)]
        self.assertEqual(codes[:10], [401] * 10)
        self.assertEqual(codes[11], 429)
        self.assertEqual(self.get("x.y.z", "192.0.2.4").status, 401)
