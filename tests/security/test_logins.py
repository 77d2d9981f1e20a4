# SPDX-License-Identifier: ISC
"""Guessing passwords, and what is sent as a login."""
import base64
import json
import random
import re
import threading

from .rig import (Case, JSON, LOGIN, Neighbour, PASSWORD, RUN_AS, WUI, base,
                  client, error, server, together)

LIMIT = 5
WRONG, BLOCKED = (401, None), (403, 6000)
ACCESS = {"access": {"max_login_attempts": LIMIT, "block_time": 300}}


def wrong(i, method="POST", path=LOGIN):
    """A login with a password that is not right."""
    kw = {"basic": ("wazuh", f"Wrong.Password-{i}")}
    if path == RUN_AS:
        kw.update(headers=[JSON], body=b'{"user_name": "admin"}')
    return method, path, kw


class CVE_2026_26206(Case):
    """Many attempts at once are not more than the limit of them."""

    LOGINS = False
    API = ACCESS

    def test_parallel(self):
        got = [error(r) for r in together(self.s, [wrong(i) for i in
                                                   range(40)])]
        self.assertEqual((got.count(WRONG), got.count(BLOCKED)),
                         (LIMIT, 40 - LIMIT), got)
        self.assertEqual(error(self.s.once("POST", LOGIN, basic=WUI)), BLOCKED)


class CVE_2026_26206_Mixed(Case):
    """A login that is good gives back its own place and no other's."""

    LOGINS = False
    API = ACCESS
    GATEHOUSE = {"login_cache": 0}

    def test_mixed(self):
        good = ("POST", LOGIN, {"basic": server.USER})
        jobs = [wrong(i) for i in range(30)] + [good] * 10
        random.Random(26206).shuffle(jobs)
        got = [error(r) for r in together(self.s, jobs)]
        self.assertLessEqual(set(got), {200, WRONG, BLOCKED})
        self.assertLessEqual(got.count(WRONG), LIMIT, got)
        # One after the other: good ones in between undo no wrong one.
        left = LIMIT - got.count(WRONG)
        for i in range(left):
            if i < left - 1:
                self.assertEqual(self.s.once(*good[:2], **good[2]).status, 200)
            method, path, kw = wrong(i)
            self.assertEqual(error(self.s.once(method, path, **kw)), WRONG)
        self.assertEqual(error(self.s.once(*good[:2], **good[2])), BLOCKED)


class CVE_2026_26206_Pipelined(Case):
    """Nor are those of one connection that waits for no answer."""

    LOGINS = False
    API = ACCESS

    def test_pipelined(self):
        with self.s.connect() as c:
            c.send(b"".join(c.build(m, p, **kw) for m, p, kw in
                            map(wrong, range(20))))
            got = [error(c.response()) for _ in range(20)]
        self.assertEqual(got, [WRONG] * LIMIT + [BLOCKED] * (20 - LIMIT))


class CVE_2026_93346(Case):
    """Both paths and both methods draw on one number of attempts."""

    LOGINS = False
    API = ACCESS
    WAYS = (("POST", LOGIN), ("GET", LOGIN), ("POST", RUN_AS))

    def test_all_ways(self):
        jobs = [wrong(i, *self.WAYS[i % 3]) for i in range(45)]
        random.Random(93346).shuffle(jobs)
        got = [error(r) for r in together(self.s, jobs)]
        self.assertEqual((got.count(WRONG), got.count(BLOCKED)),
                         (LIMIT, 45 - LIMIT), got)
        for way in self.WAYS:
            method, path, kw = wrong(0, *way)
            kw["basic"] = WUI
            self.assertEqual(error(self.s.once(method, path, **kw)), BLOCKED)


class CVE_2026_93346_One_way(Case):
    """The limit holds on each path alone."""

    LOGINS = False
    API = {"access": {"max_login_attempts": LIMIT, "block_time": 1}}

    def test_each_way(self):
        for way in CVE_2026_93346.WAYS:
            with self.subTest(way=way):
                got = [error(r) for r in together(self.s, [
                    wrong(i, *way) for i in range(25)])]
                self.assertEqual((got.count(WRONG), got.count(BLOCKED)),
                                 (LIMIT, 25 - LIMIT), got)
                # Until the block is over.
                self.assertTrue(base.until(lambda: self.s.once(
                    "POST", LOGIN, basic=WUI).status == 200, 10, 0.3))


class CVE_2026_44256(Case):
    """Nobody writes a line of the log, or its colours, by a name."""

    API = {"logs": {"format": "plain,json"}}
    FORGED = "2031/01/01 00:00:00 INFO: forged 192.0.2.99 \"GET /\" x"
    BETWEEN = ("\n", "\r", "\r\n", "\n\r\n", "\v", "\f", "\x1c", "\x85",
               "\u2028", "\u2029", "\0\n", "\x1b[2K\r", "\b" * 40, "\\n", "%0a",
               "\x7f", "\ud7ff\n", "\u202e")

    def names(self):
        """User names as they may come in a login: bytes."""
        for between in self.BETWEEN:
            yield f"wazuh{between}{self.FORGED}".encode()
        yield b"wazuh\xff\xfe\n" + self.FORGED.encode()
        yield b"\n"
        yield b"\r\n" + self.FORGED.encode() * 3

    def send(self, i, name, path=LOGIN):
        text = base64.b64encode(name + b":x").decode()
        heads = [("Authorization", f"Basic {text}"), JSON]
        r = self.s.once("POST", f"{path}?raw=true&mark=m{i}m" if path == LOGIN
                        else f"{path}?mark=m{i}m", headers=heads, body=b"{}")
        self.assertIn(r.status, (400, 401), r)

    def test_names(self):
        names = list(self.names())
        for i, name in enumerate(names):
            self.send(i, name)
        for i, name in enumerate(names[:3]):
            self.send(100 + i, name, RUN_AS)
        # The same in what else a line holds.
        for i, text in enumerate(("%0d%0a", "%0a", "%e2%80%a8", "%1b%5b2K")):
            self.s.once("GET", f"/agents{text}forged?mark=m{200 + i}m")
            self.s.once("GET", f"/agents?{text}forged={text}&mark=m{300 + i}m")
        marks = {f"m{i}m" for i in (*range(len(names)), *range(100, 103),
                                    *range(200, 204), *range(300, 304))}
        self.assertTrue(base.until(lambda: all(
            m in self.s.read("logs/api.json") for m in marks), 10))
        for name in ("logs/api.log", "logs/api.json"):
            with self.subTest(log=name):
                self.lines(name, marks)

    def lines(self, name, marks):
        """Every line is one that the server began itself."""
        text = self.s.read(name)
        # Also those characters end lines for some who read.
        lines = text.splitlines()
        self.assertEqual(len(lines), text.count("\n"))
        self.assertEqual(re.findall(r"[^\n -~]", text), [])
        for mark in marks:
            self.assertEqual(len([x for x in lines if mark in x]), 1, mark)
        for line in lines:
            self.assertNotEqual(line[:4], "2031")
            if name.endswith(".json"):
                self.assertEqual(list(json.loads(line)),
                                 ["timestamp", "levelname", "data"])
            else:
                self.assertRegex(line, r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d "
                                       r"(INFO|WARNING|ERROR): ")


class Authorization_of_64_KiB(Case):
    """What is too large is refused as soon as that is seen."""

    def send(self, value, path="/", method="GET"):
        return self.s.once(method, path, headers=[("Authorization", value)])

    def test_sizes(self):
        name = base64.b64encode(b"n" * 45000 + b":x").decode()
        nobody = base64.b64encode(b"n:" + b"x" * 45000).decode()
        for value in ("Bearer " + "x" * 60000, "Basic " + name,
                      "Basic " + nobody, "x" * 60000,
                      "Bearer " + ".".join(["x" * 20000] * 3)):
            for method, path in (("GET", "/"), ("POST", LOGIN), ("GET", LOGIN),
                                 ("POST", RUN_AS)):
                r = self.send(value, path, method)
                self.problem(r, 401, "Unauthorized")
        for n in (65536 - len("Bearer "), 65536, 1 << 20):
            try:
                r = self.send("Bearer " + "x" * n)
            except (client.Closed, OSError):
                # It may be closed while there is still more to come.
                continue
            self.problem(r, 431, "Request Header Fields Too Large")

    def test_at_once(self):
        """A crowd of them costs nobody else anything."""
        with Neighbour(self.s, self.token()) as n:
            value = "Bearer " + "x" * 65536

            def crowd():
                for _ in range(20):
                    try:
                        if self.send(value).status != 431:
                            n.wrong.append("not refused")
                    except (client.Closed, OSError):
                        pass

            threads = [threading.Thread(target=crowd) for _ in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
        self.assertEqual(n.wrong, [])
        n.say("160 fields Authorization of 64 KiB")
        # Nor is it written down whole.
        self.assertNotIn("x" * 20000, self.s.said())


class CVE_2026_74039(Case):
    """
    Contexts that are nested, and patterns that go back and forth, cost as much
    as their size says.
    """

    RULES = [
        (101, {"FIND": {"r'^(([a-z])+.)+[A-Z]([a-z])+$''": "x"}}),
        (102, {"FIND": {"k": "r'(z|z)*$''"}}),
        (103, {"MATCH": {"k": "r'(z+)+$''"}}),
        (104, {"FIND$": {"r'.*''": "r'(.*a){20}$''"}}),
        (105, {"MATCH": {"plain": "yes"}}),
    ]
    ROLES = [(101, [], [101]), (102, [], [102, 103]), (103, [], [104]),
             (104, [], [105])]

    def post(self, body):
        return self.s.once("POST", RUN_AS, basic=WUI, headers=[JSON],
                           body=body.encode())

    def roles(self, context):
        r = self.post(context if isinstance(context, str) else
                      json.dumps(context))
        token = self.data(r)["token"]
        me = self.items(self.s.once("GET", "/security/users/me", token=token))
        return [x["id"] for x in me[0]["roles"]]

    def test_nested(self):
        deep = ('{"a":' * n + "1" + "}" * n for n in (65, 100, 1300))
        lists = ('{"a":' + "[" * n + "]" * n + "}" for n in (65, 1000, 4000))
        both = ('{"a":[' * n + "1" + "]}" * n for n in (33, 500))
        never = ("[" * 8000, '{"a":' * 1600, '{"a":[' * 1300,
                 '{"a":' + "[" * 8000)
        with Neighbour(self.s, self.token()) as n:
            for body in (*deep, *lists, *both, *never):
                with self.subTest(body=body[:12], size=len(body)):
                    r = self.post(body)
                    self.problem(r, 400,
                                 "Maximum recursion depth exceeded.")
            wide = json.dumps({str(i): {"a": [i]} for i in range(400)})
            self.assertEqual(self.roles(wide), [])
            for body in ('{"a":"%s"}' % ("x" * 8200), "[" * 9000,
                         '{"a":' * 100000):
                r = self.post(body)
                self.problem(r, 413, "Request Entity Too Large", error=413)
        self.assertEqual(n.wrong, [])

    def test_patterns(self):
        with Neighbour(self.s, self.token()) as n:
            for k in ("z" * 4000 + "!", "z" * 60 + "!"):
                self.assertEqual(self.roles({"k": k, "plain": "yes"}), [104])
            # Too much for one login: then nothing is said of any role.
            many = {f"{'a' * 40}{i}": "a" * 60 + "!" for i in range(60)}
            r = self.post(json.dumps({**many, "plain": "yes"}))
            self.problem(r, 403, "Permission Denied", error=4000)
            # They are patterns that do match what they should.
            self.assertEqual(self.roles({"k": "zzz"}), [102])
        self.assertEqual(n.wrong, [])

    def test_many_at_once(self):
        body = json.dumps({"k": "z" * 3000 + "!", "plain": "yes"}).encode()
        kw = {"basic": WUI, "headers": [JSON], "body": body}
        with Neighbour(self.s, self.token()) as n:
            got = together(self.s, [("POST", RUN_AS, kw)] * 40)
        self.assertEqual([r.status for r in got], [200] * 40)
        self.assertEqual(n.wrong, [])
        n.say("40 contexts with patterns at once")

    def test_rules(self):
        """The same holds for what a rule may be."""
        rule = {"MATCH": {"a": "b"}}
        for _ in range(500):
            rule = {"NOT": rule}
        before = self.rows("SELECT count(*) FROM rules")
        r = self.ask("POST", "/security/rules", json.dumps(
            {"name": "deep", "rule": rule}))
        self.assertEqual(r.status, 400, r)
        self.assertEqual(self.rows("SELECT count(*) FROM rules"), before)


class GHSA_8w7x_52r7_qvjf(Case):
    """
    A token of the dashboard's user has what its context gives, not what the
    user itself may do: who gets hold of one is no administrator.
    """

    RULES = [(101, {"MATCH": {"backend": "reader"}})]
    ROLES = [(101, [4], [101])]

    def context(self, context):
        r = self.s.once("POST", RUN_AS, basic=WUI, headers=[JSON],
                        body=json.dumps(context).encode())
        return self.data(r)["token"]

    def test_rights(self):
        nothing = self.context({"backend": "nobody"})
        reader = self.context({"backend": "reader"})
        for method, path, body in (
                ("GET", "/manager/info", None), ("GET", "/security/users", None),
                ("DELETE", "/agents?agents_list=all&status=all&older_than=1s",
                 None),
                ("PUT", "/security/users/1", {"password": "Changed.Pass-1"}),
                ("POST", "/security/users",
                 {"username": "more", "password": "Changed.Pass-1"}),
                ("PUT", "/security/user/revoke", None)):
            for token in (nothing, reader):
                with self.subTest(method=method, path=path):
                    r = self.s.once(method, path, token=token, body=body)
                    if r.status == 200:
                        # A list without naming one is what he may see.
                        self.assertEqual(r.json()["data"]["affected_items"],
                                         [])
                    else:
                        self.problem(r, 403, "Permission Denied", error=4000)
        self.assertEqual(self.s.once("GET", "/agents", token=reader).status,
                         200)
        self.assertEqual(self.s.once("POST", LOGIN,
                                     basic=("wazuh", PASSWORD)).status, 200)

    def test_not_written_down(self):
        token = self.context({"backend": "reader"})
        self.assertTrue(self.works(token))
        self.assertTrue(self.logged("/security/users/me"))
        self.assertNotIn(token.split(".")[2], self.s.said())
