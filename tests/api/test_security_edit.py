# SPDX-License-Identifier: ISC
"""Changing users, roles, rules, policies and the links between them."""
import concurrent.futures
import json
import sqlite3
import threading
import time

from lib import server

from . import base

PASSWORD = server.PASSWORDS["wazuh"]
NEW = "New.Pass-1"
JSON = [("Content-Type", "application/json")]
ALLOW = {"actions": ["agent:read"], "resources": ["agent:id:001"],
         "effect": "allow"}


class Case(base.Case):
    """
    What is there before the start, by SQL: rows of users (id, name, roles),
    roles (id, name, policies, rules), policies (id, actions, resources,
    effect) and rules (id, rule). All users have wazuh's password.
    """

    USERS = ()
    ROLES = ()
    POLICIES = ()
    RULES = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = {}

    @classmethod
    def prepare(cls):
        db = cls.database()
        secret = db.execute("SELECT password FROM users").fetchone()[0]
        for i, actions, resources, effect in cls.POLICIES:
            text = json.dumps({"actions": actions, "resources": resources,
                               "effect": effect})
            db.execute("INSERT INTO policies VALUES (?, ?, ?, NULL)",
                       (i, f"policy{i}", text))
        for i, rule in cls.RULES:
            db.execute("INSERT INTO rules VALUES (?, ?, ?, NULL)",
                       (i, f"rule{i}", json.dumps(rule)))
        for i, name, policies, rules in cls.ROLES:
            db.execute("INSERT INTO roles VALUES (?, ?, NULL)", (i, name))
            db.executemany("INSERT INTO roles_policies (role_id, policy_id, "
                           "level) VALUES (?, ?, ?)",
                           [(i, p, n) for n, p in enumerate(policies)])
            db.executemany("INSERT INTO roles_rules (role_id, rule_id) "
                           "VALUES (?, ?)", [(i, r) for r in rules])
        for i, name, roles in cls.USERS:
            db.execute("INSERT INTO users VALUES (?, ?, ?, 0, NULL)",
                       (i, name, secret))
            db.executemany("INSERT INTO user_roles (user_id, role_id, level) "
                           "VALUES (?, ?, ?)",
                           [(i, r, n) for n, r in enumerate(roles)])
        db.commit()
        db.close()

    @classmethod
    def database(cls):
        return sqlite3.connect(cls.s.path(
            "api/configuration/security/rbac.db"), isolation_level=None)

    def rows(self, sql, *args):
        db = self.database()
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def token(self, user="wazuh", password=PASSWORD):
        """One that is kept; a login of its own where it is void by now."""
        if user not in self.tokens:
            self.tokens[user] = self.s.token((user, password))
        return self.tokens[user]

    def ask(self, method, path, body=None, user="wazuh", **kw):
        """body: text, or what is to be sent as JSON."""
        if isinstance(body, str):
            body = body.encode()
            kw.setdefault("headers", JSON)
        return self.s.once(method, "/security/" + path, body=body,
                           token=self.token(user), **kw)

    def works(self, user):
        """Is the token that was kept for a user still good?"""
        r = self.s.once("GET", "/security/users/me", token=self.tokens[user])
        if r.status == 401:
            self.problem(r, 401, "Unauthorized", "Invalid token")
        else:
            self.assertEqual(r.status, 200)
        return r.status == 200

    def one(self, r):
        items = self.items(r)
        self.assertEqual(len(items), 1)
        return items[0]

    def fails(self, r, error=1):
        """{code: ids} of the failed items."""
        d = self.data(r, error)
        return {f["error"]["code"]: f["id"] for f in d["failed_items"]}

    def denied(self, r, kind):
        self.problem(r, 403, "Permission Denied",
                     f"Permission denied: Resource type: {kind}", 4000)

    def bad(self, r):
        """A body or a parameter that is refused before anything is done."""
        self.problem(r, 400, "Bad Request")
        self.assertNotIn("dapi_errors", r.json())


class Users(Case):
    USERS = [(101, "one", [1]), (102, "two", [2]), (103, "three", []),
             (104, "four", [1]), (105, "five", []), (1000, "thousand", [])]

    def test_add(self):
        # operation: POST /security/users
        for n, name in enumerate(("made_1", "a" * 64, "dots.and-dashes_%")):
            item = self.one(self.ask("POST", "users", {
                "username": name, "password": NEW}))
            self.assertEqual(item, {"id": 1001 + n, "username": name,
                                    "allow_run_as": False, "roles": []})
            self.assertEqual(list(item), ["id", "username", "allow_run_as",
                                          "roles"])
        self.assertEqual(self.fails(self.ask("POST", "users", {
            "username": "made_1", "password": NEW})), {5000: ["made_1"]})
        self.assertEqual(self.fails(self.ask("POST", "users", {
            "username": "wazuh", "password": NEW})), {5000: ["wazuh"]})
        # He can log in, and may do nothing.
        r = self.s.once("GET", "/security/users/me",
                        token=self.s.token(("made_1", NEW)))
        self.assertEqual(self.one(r)["roles"], [])
        (secret,), = self.rows("SELECT password FROM users WHERE id = 1001")
        self.assertRegex(secret, r"^scrypt:32768:8:1\$[A-Za-z0-9]{16}\$"
                                 r"[0-9a-f]{128}$")
        self.assertNotIn(NEW, self.s.read("logs/api.log"))

    def test_add_bad(self):
        before = self.rows("SELECT count(*) FROM users")
        for body in ({}, {"username": "fine"}, {"password": NEW}, [], "x",
                     {"username": "abc", "password": NEW},
                     {"username": "a" * 65, "password": NEW},
                     {"username": "a b c", "password": NEW},
                     {"username": "", "password": NEW},
                     {"username": None, "password": NEW},
                     {"username": 1234, "password": NEW},
                     {"username": "fine", "password": None},
                     {"username": "fine", "password": 12345678},
                     {"username": "fine", "password": NEW, "id": 1}):
            with self.subTest(body=body):
                self.bad(self.ask("POST", "users", json.dumps(body)))
        self.bad(self.ask("POST", "users"))
        for password, code in (("", 5009), ("Sh0rt-", 5009), ("a" * 65, 5009),
                               ("Aa1." * 17, 5009), ("no-upper.1", 5007),
                               ("NO-LOWER.1", 5007), ("No-Digits.", 5007),
                               ("NoSymbol1", 5007)):
            with self.subTest(password=password):
                r = self.ask("POST", "users", {"username": "fine",
                                               "password": password})
                self.problem(r, 400, "Bad Request", error=code)
                self.assertEqual(list(r.json()["dapi_errors"]), ["node01"])
        body = json.dumps({"username": "fine", "password": NEW})
        r = self.ask("POST", "users", body, headers=[])
        self.problem(r, 406, "Not Acceptable", error=6002)
        r = self.ask("POST", "users", body,
                     headers=[("Content-Type", "text/plain")])
        self.problem(r, 415, "Unsupported Media Type")
        self.assertEqual(self.rows("SELECT count(*) FROM users"), before)

    def test_set(self):
        # operation: PUT /security/users/{user_id}
        old, other = self.token("one"), self.token("two")
        self.assertNotEqual(old, other)
        item = self.one(self.ask("PUT", "users/101", {"password": NEW}))
        self.assertEqual(item, {"id": 101, "username": "one",
                                "allow_run_as": False, "roles": [1]})
        self.assertFalse(self.works("one"))
        self.assertTrue(self.works("two"))
        r = self.s.once("POST", base.LOGIN, basic=("one", PASSWORD))
        self.problem(r, 401, "Unauthorized", "Invalid credentials")
        time.sleep(1.2)
        self.tokens["one"] = self.s.token(("one", NEW))
        # Users of the product are for users of the product.
        for i in ("1", "2", "99"):
            r = self.ask("PUT", f"users/{i}", {"password": NEW}, user="one")
            self.problem(r, 400, "Bad Request", error=5011)
        item = self.one(self.ask("PUT", "users/0105", {"password": NEW},
                                 user="one"))
        self.assertEqual(item["id"], 105)
        self.assertEqual(self.fails(self.ask(
            "PUT", "users/999", {"password": NEW})), {5001: [999]})
        self.assertEqual(self.fails(self.ask(
            "PUT", "users/99999999999999999999", {"password": NEW})),
            {5001: [99999999999999999999]})

    def test_set_bad(self):
        r = self.ask("PUT", "users/105", "{}")
        self.problem(r, 400, "Bad Request", error=4001)
        # No body at all is no body of that type either, whatever it is called.
        for headers in ([], [("Content-Type", "application/json")]):
            r = self.ask("PUT", "users/105", "", headers=headers)
            self.bad(r)
            self.assertNotIn("error", r.json())
        for password, code in (("", 5009), ("short", 5009),
                               ("alllowercase", 5007)):
            r = self.ask("PUT", "users/105", {"password": password})
            self.problem(r, 400, "Bad Request", error=code)
        for body in ({"password": None}, {"password": 1}, {"username": "x"},
                     {"password": NEW, "username": "five"}, []):
            self.bad(self.ask("PUT", "users/105", body))
        self.bad(self.ask("PUT", "users/abc", {"password": NEW}))
        r = self.ask("PUT", "users/105", "{}", headers=[])
        self.problem(r, 406, "Not Acceptable", error=6002)

    def test_run_as(self):
        # operation: PUT /security/users/{user_id}/run_as
        self.token("three")
        for query, on in (("?allow_run_as=true", True), ("", False),
                          ("?allow_run_as=True", True),
                          ("?allow_run_as=false", False)):
            item = self.one(self.ask("PUT", "users/103/run_as" + query))
            self.assertEqual(item, {"id": 103, "username": "three",
                                    "allow_run_as": on, "roles": []})
        self.assertFalse(self.works("three"))
        self.assertEqual(self.one(self.ask(
            "PUT", "users/2/run_as?allow_run_as=true"))["allow_run_as"], True)
        self.assertEqual(self.fails(self.ask("PUT", "users/998/run_as")),
                         {5001: [998]})
        self.bad(self.ask("PUT", "users/103/run_as?allow_run_as=1"))
        self.bad(self.ask("PUT", "users/x/run_as"))


class Deletion(Case):
    # Deleting all of them would be in the way of others.
    USERS = [(100, "hundred", []), (101, "one", [1]), (102, "two", [2]),
             (103, "three", []), (1000, "thousand", [])]
    ROLES = [(100, "gone", [100], [100]), (101, "left", [], [])]
    POLICIES = [(100, ["agent:read"], ["*:*:*"], "allow"),
                (101, ["agent:read"], ["agent:id:001"], "deny")]
    RULES = [(100, {"FIND": {"a": 1}}), (101, {"OR": []})]

    def test_users(self):
        # operation: DELETE /security/users
        self.token("one")
        self.token("two")
        # The order is that of the digits.
        r = self.ask("DELETE", "users?user_ids=102,1000,0100,100,1,77777")
        self.assertEqual([i["username"] for i in self.items(r, 2)],
                         ["hundred", "thousand", "two"])
        self.assertEqual(self.items(r, 2)[2], {
            "id": 102, "username": "two", "allow_run_as": False,
            "roles": [2]})
        self.assertEqual(r.json()["data"]["total_affected_items"], 3)
        self.assertEqual(self.fails(r, 2), {5001: [100, 77777], 5004: [1]})
        self.assertFalse(self.works("two"))
        self.assertEqual(self.rows("SELECT * FROM user_roles "
                                   "WHERE user_id = 102"), [])
        # Nobody deletes himself; of all, that is not even said.
        self.assertEqual(self.fails(self.ask(
            "DELETE", "users?user_ids=101", user="one")), {5008: [101]})
        r = self.ask("DELETE", "users?user_ids=5,all", user="one")
        self.assertEqual([i["id"] for i in self.items(r)], [103])
        r = self.ask("DELETE", "users?user_ids=all", user="one")
        self.assertEqual(self.items(r), [])
        self.assertEqual(self.rows("SELECT id FROM users ORDER BY id"),
                         [(1,), (2,), (101,)])
        for query in ("", "?user_ids=", "?user_ids=abc", "?user_ids=1,",
                      "?user_ids=*"):
            self.bad(self.ask("DELETE", "users" + query))

    def test_others(self):
        # operation: DELETE /security/roles
        # operation: DELETE /security/policies
        # operation: DELETE /security/rules
        r = self.ask("DELETE", "policies?policy_ids=100,1,500")
        self.assertEqual(self.items(r, 2), [{
            "id": 100, "name": "policy100", "policy": {
                "actions": ["agent:read"], "resources": ["*:*:*"],
                "effect": "allow"}, "roles": [100]}])
        self.assertEqual(self.fails(r, 2), {4007: [500], 4008: [1]})
        r = self.ask("DELETE", "rules?rule_ids=2,100,500")
        self.assertEqual(self.items(r, 2), [{
            "id": 100, "name": "rule100", "rule": {"FIND": {"a": 1}},
            "roles": [100]}])
        self.assertEqual(self.fails(r, 2), {4008: [2], 4022: [500]})
        # What it lost before it does not have any more.
        r = self.ask("DELETE", "roles?role_ids=100,500,7")
        self.assertEqual(self.items(r, 2), [{
            "id": 100, "name": "gone", "policies": [], "users": [],
            "rules": []}])
        self.assertEqual(self.fails(r, 2), {4002: [500], 4008: [7]})
        for kind, ids in (("roles", "role_ids"), ("policies", "policy_ids"),
                          ("rules", "rule_ids")):
            r = self.ask("DELETE", f"{kind}?{ids}=all")
            self.assertEqual([i["id"] for i in self.items(r)], [101])
            r = self.ask("DELETE", f"{kind}?{ids}=all")
            self.assertEqual(self.items(r), [])
            self.assertEqual(self.fails(r, 0), {})
            self.bad(self.ask("DELETE", kind))


class Things(Case):
    RULES = [(100, {"FIND": {"a": 1}})]
    POLICIES = [(100, ["agent:read"], ["*:*:*"], "allow")]
    ROLES = [(100, "night", [100], [100])]
    USERS = [(100, "owl", [100]), (101, "owlet", [100]), (102, "early", [2])]

    def test_roles(self):
        # operation: POST /security/roles
        # operation: PUT /security/roles/{role_id}
        self.assertEqual(self.one(self.ask("POST", "roles", {"name": "day"})),
                         {"id": 101, "name": "day", "policies": [],
                          "users": [], "rules": []})
        self.assertEqual(self.fails(self.ask("POST", "roles", {
            "name": "readonly"})), {4005: ["readonly"]})
        item = self.one(self.ask("PUT", "roles/101", {"name": "dawn"}))
        self.assertEqual((item["id"], item["name"]), (101, "dawn"))
        # Its own name is no other's.
        self.one(self.ask("PUT", "roles/101", {"name": "dawn"}))
        for path, body, want in (("101", "night", {4005: [101]}),
                                 ("1", "x", {4008: [1]}),
                                 ("777", "x", {4002: [777]})):
            self.assertEqual(self.fails(self.ask(
                "PUT", "roles/" + path, {"name": body})), want)
        r = self.ask("PUT", "roles/101", {})
        self.problem(r, 400, "Bad Request", error=4001)
        for body in ({}, {"name": ""}, {"name": "a" * 65}, {"name": None},
                     {"name": "a b"}, {"name": "x", "rule": {}}):
            self.bad(self.ask("POST", "roles", body))
            if body:
                self.bad(self.ask("PUT", "roles/101", body))

    def test_rules(self):
        # operation: POST /security/rules
        # operation: PUT /security/rules/{rule_id}
        text = '{"AND": [{"z": 1.50, "a": "\u00e9\\n"}, {"NOT": null}]}'
        r = self.ask("POST", "rules", f'{{"name": "r1", "rule": {text}}}')
        item = self.one(r)
        self.assertEqual(item["rule"], json.loads(text))
        self.assertEqual(list(item["rule"]["AND"][0]), ["z", "a"])
        self.assertEqual((item["id"], item["name"], item["roles"]),
                         (101, "r1", []))
        # It is kept as the original would keep it.
        self.assertEqual(self.rows("SELECT rule FROM rules WHERE id = 101"),
                         [(json.dumps(json.loads(text)),)])
        for name, rule, want in (("r1", {"b": 1}, {4005: ["r1"]}),
                                 ("r2", json.loads(text), {4005: ["r2"]})):
            self.assertEqual(self.fails(self.ask("POST", "rules", {
                "name": name, "rule": rule})), want)
        self.assertEqual(self.one(self.ask("PUT", "rules/101", {
            "name": "r3"}))["rule"], json.loads(text))
        item = self.one(self.ask("PUT", "rules/101", {"rule": {}}))
        self.assertEqual((item["name"], item["rule"]), ("r3", {}))
        for path, body, want in (("101", {"name": "rule100"}, {4005: [101]}),
                                 ("101", {"rule": {"FIND": {"a": 1}}},
                                  {4005: [101]}),
                                 ("2", {"name": "x"}, {4008: [2]}),
                                 ("777", {"name": "x"}, {4022: [777]})):
            self.assertEqual(self.fails(self.ask("PUT", "rules/" + path,
                                                 body)), want)
        r = self.ask("PUT", "rules/101", {})
        self.problem(r, 400, "Bad Request", error=4001)
        for body in ({"name": "x"}, {"rule": {}}, {"name": "x", "rule": []},
                     {"name": "x", "rule": None}, {"name": "x", "rule": "y"},
                     {"name": "x", "rule": {}, "y": 1}):
            self.bad(self.ask("POST", "rules", body))

    def test_policies(self):
        # operation: POST /security/policies
        # operation: PUT /security/policies/{policy_id}
        policy = {"effect": "Allow", "resources": ["AGENT:Id:WinHost",
                                                   "agent:id:1&Agent:group:G"],
                  "actions": ["Agent:READ"]}
        item = self.one(self.ask("POST", "policies", {
            "name": "p1", "policy": policy}))
        self.assertEqual(item, {"id": 101, "name": "p1", "policy": {
            "effect": "allow", "resources": ["agent:id:WinHost",
                                             "agent:id:1&agent:group:G"],
            "actions": ["agent:read"]}, "roles": []})
        # The keys stay in the order of the client.
        self.assertEqual(list(item["policy"]), list(policy))
        for name, p, want in (
                ("p1", ALLOW, {4009: ["p1"]}), ("p2", policy, {4009: ["p2"]}),
                ("p2", dict(ALLOW, actions=["x"]), {4006: ["p2"]}),
                ("p2", dict(ALLOW, resources=["agent:id"]), {4006: ["p2"]}),
                ("p2", dict(ALLOW, more=1), {4006: ["p2"]})):
            self.assertEqual(self.fails(self.ask("POST", "policies", {
                "name": name, "policy": p})), want)
        self.assertEqual(self.one(self.ask("PUT", "policies/101", {
            "policy": ALLOW}))["policy"], ALLOW)
        self.assertEqual(self.one(self.ask("PUT", "policies/101", {
            "name": "p3", "policy": ALLOW}))["name"], "p3")
        wrong = dict(ALLOW, actions=["x"])
        for path, body, want in (
                ("101", {"name": "policy100"}, {4013: [101]}),
                ("101", {"policy": wrong}, {4006: [101]}),
                # Whether it may be changed is looked at before.
                ("1", {"policy": wrong}, {4008: [1]}),
                ("777", {"name": "x", "policy": wrong}, {4007: [777]}),
                ("1", {"name": "x"}, {4008: [1]})):
            self.assertEqual(self.fails(self.ask("PUT", "policies/" + path,
                                                 body)), want)
        r = self.ask("PUT", "policies/101", {})
        self.problem(r, 400, "Bad Request", error=4001)
        for p in ({}, [], None, {"actions": [], "resources": []},
                  dict(ALLOW, actions="agent:read"), dict(ALLOW, effect=1),
                  dict(ALLOW, resources=[1]), dict(ALLOW, effect=None)):
            self.bad(self.ask("POST", "policies", {"name": "p4",
                                                   "policy": p}))
            self.bad(self.ask("PUT", "policies/101", {"policy": p}))
        self.bad(self.ask("POST", "policies", {"name": "p4"}))

    def test_void(self):
        """Who has the role has no good token after its policy has changed."""
        for user in ("owl", "owlet", "early"):
            self.token(user)
        self.one(self.ask("PUT", "policies/100", {"name": "other"}))
        self.assertFalse(self.works("owl"))
        self.assertFalse(self.works("owlet"))
        self.assertTrue(self.works("early"))


class Bodies(Case):
    def test_limits(self):
        """What is too large for a message is told, and nothing is done."""
        big = {"name": "big", "rule": {"a": "x" * 70000}}
        self.problem(self.ask("POST", "rules", big), 413,
                     "Content size exceeded.")
        deep = '{"name": "deep", "rule": ' + '{"a":' * 200 + "1" + "}" * 201
        r = self.ask("POST", "rules", deep)
        self.assertEqual(r.status, 400)
        self.assertEqual(r.json()["title"], "Maximum recursion depth exceeded.")
        fits = {"name": "fits", "rule": {"a": "\u00e9" * 10000}}
        self.assertEqual(self.one(self.ask("POST", "rules", fits))["rule"],
                         fits["rule"])


class Roles(Case):
    """One change each, and whose tokens it makes void."""

    POLICIES = [(100, ["agent:read"], ["*:*:*"], "allow"),
                (101, ["agent:read"], ["agent:id:001"], "deny")]
    RULES = [(100, {"FIND": {"a": 1}}), (101, {"FIND": {"a": 2}})]
    ROLES = [(100 + i, f"role{i}", [100] if i == 3 else [],
              [100] if i == 4 else []) for i in range(9)]
    USERS = [(100 + i, f"user{i}", [100 + i]) for i in range(9)]

    def check(self, i, method, path, body=None):
        for n in range(9):
            self.tokens.setdefault(f"user{n}", self.token(f"user{n}"))
        good = {n for n in range(9) if self.works(f"user{n}")}
        self.assertIn(i, good)
        r = self.ask(method, path, body)
        self.assertEqual((r.status, r.json()["error"]), (200, 0))
        self.assertEqual({n for n in range(9) if self.works(f"user{n}")},
                         good - {i})

    def test_void(self):
        self.check(0, "PUT", "roles/100", {"name": "renamed"})
        self.check(1, "DELETE", "roles?role_ids=101")
        self.check(2, "POST", "roles/102/policies?policy_ids=101")
        self.check(3, "DELETE", "roles/103/policies?policy_ids=100")
        self.check(4, "PUT", "rules/100", {"name": "renamed"})
        self.check(5, "POST", "users/105/roles?role_ids=2")
        self.check(6, "DELETE", "users/106/roles?role_ids=106")
        self.check(7, "PUT", "users/107/run_as?allow_run_as=true")
        # Rules of roles are about those who log in with a context.
        r = self.ask("POST", "roles/108/rules?rule_ids=101")
        self.assertEqual(r.status, 200)
        self.assertTrue(self.works("user8"))
        (until, ends), = self.rows("SELECT * FROM runas_token_blacklist")
        self.assertEqual(ends - until, 900)
        self.assertLess(abs(until - time.time()), 60)
        self.check(8, "DELETE", "users?user_ids=108")


class Links(Case):
    POLICIES = [(i, ["agent:read"], [f"agent:id:{i}"], "allow")
                for i in range(100, 105)]
    RULES = [(i, {"FIND": {"a": i}}) for i in range(100, 104)]
    ROLES = [(i, f"role{i}", [], []) for i in range(100, 106)]
    USERS = [(100, "user", []), (101, "other", [100, 101, 102])]

    def roles(self, r, error=0, total=None):
        d = self.data(r, error)
        if total is not None:
            self.assertEqual(d["total_affected_items"], total)
        return [(i["id"], i["roles"]) for i in d["affected_items"]]

    def test_user_roles(self):
        # operation: POST /security/users/{user_id}/roles
        # operation: DELETE /security/users/{user_id}/roles
        def add(query, user=100):
            return self.ask("POST", f"users/{user}/roles?role_ids={query}")

        def take(query, user=100):
            return self.ask("DELETE", f"users/{user}/roles?role_ids={query}")

        self.assertEqual(self.roles(add("101,100"), total=2),
                         [(100, [101, 100])])
        self.assertEqual(self.roles(add("1,2&position=1"), total=2),
                         [(100, [101, 1, 2, 100])])
        self.assertEqual(self.roles(add("103&position=0"), total=1),
                         [(100, [103, 101, 1, 2, 100])])
        self.assertEqual(self.roles(add("104&position=99999999999"), total=1),
                         [(100, [103, 101, 1, 2, 100, 104])])
        r = add("105,100,777")
        self.assertEqual(self.roles(r, 2, 1),
                         [(100, [103, 101, 1, 2, 100, 104, 105])])
        self.assertEqual(self.fails(r, 2), {4002: [777], 4017: [100]})
        self.assertEqual(self.fails(add("100,777", 999)), {5001: [999]})
        self.assertEqual(self.fails(add("100,101", 2)), {4008: [2]})
        for query in ("", "x", "100&position=-1", "100&position=x"):
            self.bad(add(query))
        self.bad(self.ask("POST", "users/100/roles"))
        # The original fails over the word as well.
        r = add("all", 101)
        self.problem(r, 500, "Wazuh Internal Error", error=1000)

        r = take("1,777,3,0103")
        self.assertEqual(self.roles(r, 2, 2), [(100, [101, 2, 100, 104, 105])])
        self.assertEqual(self.fails(r, 2), {4002: [777], 4016: [3]})
        self.assertEqual(self.fails(take("1", 2)), {4008: [2]})
        r = take("1", 999)
        self.problem(r, 404, "Resource Not Found", error=5001)
        self.assertEqual(self.roles(take("all"), total=5), [(100, [])])
        r = take("all")
        self.assertEqual(self.roles(r, 0, 0), [])
        self.bad(self.ask("DELETE", "users/100/roles"))

    def test_role_policies(self):
        # operation: POST /security/roles/{role_id}/policies
        # operation: DELETE /security/roles/{role_id}/policies
        def add(query, role=103):
            return self.ask("POST", f"roles/{role}/policies?"
                                    f"policy_ids={query}")

        def take(query, role=103):
            return self.ask("DELETE", f"roles/{role}/policies?"
                                      f"policy_ids={query}")

        item = self.one(self.ask("POST", "roles/103/policies?policy_ids=100"))
        self.assertEqual(item, {"id": 103, "name": "role103",
                                "policies": [100], "users": item["users"],
                                "rules": item["rules"]})
        for query, want in (("101,1", [100, 101, 1]),
                            ("102,103&position=1", [100, 102, 103, 101, 1]),
                            ("104&position=50", [100, 102, 103, 101, 1, 104])):
            d = self.data(add(query))
            self.assertEqual(d["affected_items"][0]["policies"], want)
        r = add("100,777,2")
        self.assertEqual(self.fails(r, 2), {4007: [777], 4011: [100]})
        self.assertEqual(self.fails(add("100", 1)), {4008: [1]})
        self.assertEqual(self.fails(add("100,101", 777)), {4002: [777]})
        self.bad(add("all"))
        self.bad(add("100&position=-1"))

        r = take("102,777,3")
        d = self.data(r, 2)
        self.assertEqual(d["affected_items"][0]["policies"],
                         [100, 103, 101, 1, 104, 2])
        self.assertEqual(self.fails(r, 2), {4007: [777], 4010: [3]})
        self.assertEqual(self.fails(take("1", 1)), {4008: [1]})
        self.problem(take("100", 777), 404, "Resource Not Found", error=4002)
        d = self.data(take("all"))
        self.assertEqual((d["total_affected_items"],
                          d["affected_items"][0]["policies"]), (6, []))

    def test_role_rules(self):
        # operation: POST /security/roles/{role_id}/rules
        # operation: DELETE /security/roles/{role_id}/rules
        def add(query, role=104):
            return self.ask("POST", f"roles/{role}/rules?rule_ids={query}")

        def take(query, role=104):
            return self.ask("DELETE", f"roles/{role}/rules?rule_ids={query}")

        d = self.data(add("102,100"))
        self.assertEqual((d["total_affected_items"],
                          d["affected_items"][0]["rules"]), (2, [100, 102]))
        r = add("0101,100,777")
        self.assertEqual(self.fails(r, 2), {4022: [777], 4023: [100]})
        # Here it is the rule that may be one of the product.
        self.assertEqual(self.fails(add("1")), {4008: [104]})
        self.assertEqual(self.data(add("103", 1))["total_affected_items"], 1)
        self.assertEqual(self.fails(add("103", 777)), {4002: [777]})
        self.bad(add("all"))
        self.bad(add("100&position=1"))

        # These ids go back as they came.
        r = take("100,0777,0103")
        self.assertEqual(self.fails(r, 2), {4022: ["0777"], 4024: ["0103"]})
        self.assertEqual(self.fails(take("1", 1)), {4008: [1]})
        self.problem(take("100", 777), 404, "Resource Not Found", error=4002)
        d = self.data(take("all"))
        self.assertEqual(d["affected_items"][0]["rules"], [])
        self.assertEqual(self.data(take("103", 1))["total_affected_items"], 1)


class Rights(Case):
    """Who may change what."""

    POLICIES = [
        (100, ["security:update", "security:delete"],
         ["user:id:101", "role:id:100", "role:id:101"], "allow"),
        (101, ["security:create"], ["*:*:*"], "allow"),
        (102, ["security:delete"], ["policy:id:*", "user:id:*"], "allow"),
        (103, ["security:delete"], ["policy:id:100", "user:id:2"], "deny"),
        (104, ["agent:read"], ["agent:id:001"], "allow"),
        (105, ["security:create_user"], ["*:*:*"], "allow"),
        (106, ["agent:read"], ["agent:id:o'dd"], "deny"),
    ]
    ROLES = [(100, "some", [100], []), (101, "create", [101], []),
             (102, "most", [102, 103], []), (103, "maker", [105], []),
             (104, "odd", [106, 2], [])]
    USERS = [(100, "nobody", []), (101, "some", [100]), (102, "create", [101]),
             (103, "most", [102]), (104, "victim", []), (105, "maker", [103]),
             (106, "prey", []), (107, "odd", [104])]

    def test_a_policy_that_cannot_be_read(self):
        """Nothing is guessed about who has it: no right of theirs holds."""
        token = self.token("odd")
        for path in ("/agents", "/security/users", "/overview/agents"):
            self.problem(self.s.once("GET", path, token=token), 400,
                         "Bad Request", error=4500)
        self.assertEqual(self.s.once("GET", "/", token=token).status, 200)

    def test_nothing(self):
        for method, path, body, kind in (
                ("POST", "users", {"username": "abcd", "password": NEW}, "*:*"),
                ("PUT", "users/100", {"password": NEW}, "user:id"),
                ("PUT", "users/100", {}, "user:id"),
                ("DELETE", "users?user_ids=100", None, "user:id"),
                ("PUT", "users/100/run_as", None, "*:*"),
                ("POST", "roles", {"name": "x"}, "*:*"),
                ("PUT", "roles/100", {"name": "x"}, "role:id"),
                ("DELETE", "roles?role_ids=100", None, "role:id"),
                ("POST", "rules", {"name": "x", "rule": {}}, "*:*"),
                ("PUT", "rules/100", {"name": "x"}, "rule:id"),
                ("DELETE", "rules?rule_ids=100", None, "rule:id"),
                ("POST", "policies", {"name": "x", "policy": ALLOW}, "*:*"),
                ("PUT", "policies/100", {"name": "x"}, "policy:id"),
                ("DELETE", "policies?policy_ids=100", None, "policy:id"),
                ("POST", "users/100/roles?role_ids=1", None, "user:id"),
                ("DELETE", "users/100/roles?role_ids=1", None, "user:id"),
                ("POST", "roles/100/policies?policy_ids=1", None, "role:id"),
                ("DELETE", "roles/100/policies?policy_ids=1", None,
                 "role:id"),
                ("POST", "roles/100/rules?rule_ids=1", None, "role:id"),
                ("DELETE", "roles/100/rules?rule_ids=1", None, "role:id")):
            with self.subTest(path=f"{method} {path}"):
                self.denied(self.ask(method, path, body, user="nobody"), kind)
        # A body that cannot be is one before anybody's rights are.
        self.bad(self.ask("POST", "roles", {}, user="nobody"))
        # Deleting all that one may delete is deleting nothing.
        for kind in ("user", "role", "rule"):
            r = self.ask("DELETE", f"{kind}s?{kind}_ids=all", user="nobody")
            self.assertEqual(self.items(r), [])

    def test_some(self):
        r = self.ask("POST", "users/101/roles?role_ids=100,2,101",
                     user="some")
        self.assertEqual(self.fails(r, 2), {4000: [2], 4017: [100]})
        self.assertEqual(self.items(r, 2)[0]["roles"], [100, 101])
        # It was his own, and so his token is void.
        self.assertFalse(self.works("some"))

    def test_create(self):
        self.one(self.ask("POST", "roles", {"name": "made"}, user="create"))
        self.denied(self.ask("POST", "users", {
            "username": "abcd", "password": NEW}, user="create"), "*:*")
        self.one(self.ask("POST", "users", {
            "username": "abcd", "password": NEW}, user="maker"))

    def test_most(self):
        r = self.ask("DELETE", "policies?policy_ids=100,104,1", user="most")
        self.assertEqual([i["id"] for i in self.items(r, 2)], [104])
        self.assertEqual(self.fails(r, 2), {4000: [100], 4008: [1]})
        self.denied(self.ask("DELETE", "policies?policy_ids=100",
                             user="most"), "policy:id")
        r = self.ask("DELETE", "users?user_ids=104,103,2,1", user="most")
        self.assertEqual(self.fails(r, 2),
                         {4000: [2], 5004: [1], 5008: [103]})
        self.assertEqual([i["id"] for i in self.items(r, 2)], [104])


class File(Case):
    """rbac.db in the hands of others."""

    USERS = [(100, "reader", [1])]

    def lock(self):
        db = self.database()
        db.execute("BEGIN EXCLUSIVE")
        return db

    def test_locked(self):
        self.token("reader")
        self.token()
        db = self.lock()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            changes = [pool.submit(self.ask, "POST", "roles", {
                "name": f"locked{i}"}) for i in range(3)]
            changes.append(pool.submit(self.ask, "POST", "users", {
                "username": "locked", "password": NEW}))
            # Nobody who only reads notices.
            for _ in range(20):
                self.assertEqual(self.ask("GET", "users",
                                          user="reader").status, 200)
                time.sleep(0.02)
            self.assertFalse(any(c.done() for c in changes))
            db.execute("ROLLBACK")
            for c in changes:
                self.one(c.result())
        db.close()

    def test_locked_for_long(self):
        self.token("reader")
        self.token()
        db = self.lock()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            change = pool.submit(self.ask, "POST", "roles", {"name": "never"})
            while not change.done():
                self.assertEqual(self.ask("GET", "roles",
                                          user="reader").status, 200)
                time.sleep(0.05)
        r = change.result()
        self.problem(r, 500, "Wazuh Internal Error", error=2008)
        self.assertIn("locked", r.json()["detail"])
        self.assertNotIn("damaged", r.text())
        db.execute("ROLLBACK")
        db.close()
        self.assertEqual(self.rows("SELECT * FROM roles "
                                   "WHERE name = 'never'"), [])
        self.one(self.ask("POST", "roles", {"name": "later"}))

    def test_changed(self):
        """What others change counts at once for whoever changes something."""
        self.token()
        db = self.database()
        for i in range(5):
            db.execute("INSERT INTO roles VALUES (?, ?, NULL)",
                       (500 + i, f"outside{i}"))
            item = self.one(self.ask("PUT", f"roles/{500 + i}",
                                     {"name": f"inside{i}"}))
            self.assertEqual(item["name"], f"inside{i}")
        db.close()

    def test_at_once(self):
        """One name for many: one gets it."""
        self.token()
        start = threading.Barrier(8)

        def add(i):
            start.wait()
            return self.ask("POST", "users", {"username": "same",
                                              "password": NEW})

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = [r.json() for r in pool.map(add, range(8))]
        made = [a for a in answers if a["error"] == 0]
        self.assertEqual(len(made), 1)
        for a in answers:
            if a["error"]:
                self.assertEqual(
                    a["data"]["failed_items"][0]["error"]["code"], 5000)
