# SPDX-License-Identifier: ISC
"""Logins with an authorization context."""
import base64
import hashlib
import json
import sqlite3

from . import base
from .base import LOGIN, server

RUN_AS = LOGIN + "/run_as"
WUI = ("wazuh-wui", server.PASSWORDS["wazuh-wui"])
JSON = ("Content-Type", "application/json")

RULES = {
    100: {"FIND": {"r'^auth.*''": ["admin"]}},
    101: {"AND": [{"MATCH": {"realm": {"name": "saml"}}},
                  {"NOT": {"FIND": {"locked": True}}}]},
    102: {"FIND$": {"groups": ["a", "b"]}},
    103: {"FIND": {"r'.*''": "r'(z|z)*$''"}},
}
# Role: its rules.
LINKS = {5: [100], 3: [101], 4: [100, 102], 7: [103]}


def claims(token):
    text = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def blake(context):
    return hashlib.blake2b(json.dumps(context).encode(),
                           digest_size=16).hexdigest()


def nested(n):
    return '{"a":' * n + "1" + "}" * n


class Case(base.Case):
    API = {"access": {"max_request_per_minute": 0,
                      "max_login_attempts": 10000}}

    @classmethod
    def prepare(cls):
        db = sqlite3.connect(cls.s.path("api/configuration/security/rbac.db"))
        with db:
            for i, rule in RULES.items():
                db.execute("INSERT INTO rules VALUES (?, ?, ?, '')",
                           (i, f"rule{i}", json.dumps(rule)))
            for role, rules in LINKS.items():
                for rule in rules:
                    db.execute("INSERT INTO roles_rules "
                               "(role_id, rule_id, created_at) "
                               "VALUES (?, ?, '')", (role, rule))
            # Somebody with the password of wazuh, who may not do this.
            db.execute("INSERT INTO users SELECT 100, 'plain', password, 0, "
                       "'' FROM users WHERE id = 1")
            db.execute("INSERT INTO user_roles VALUES (9, 100, 2, 0, '')")
        db.close()

    def post(self, body, user=WUI, query="", headers=(JSON,)):
        if not isinstance(body, (str, bytes, type(None))):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        return self.s.once("POST", RUN_AS + query, basic=user,
                           headers=list(headers), body=body)

    def claims(self, context, user=WUI):
        c = claims(self.data(self.post(context, user))["token"])
        self.assertEqual(list(c), ["iss", "aud", "nbf", "exp", "sub",
                                   "run_as", "rbac_roles", "rbac_mode",
                                   "hash_auth_context"])
        self.assertEqual((c["sub"], c["run_as"]), (user[0], True))
        return c


class RunAs(Case):
    # --- roles ----------------------------------------------------------------

    def test_roles(self):
        # operation: POST /security/user/authenticate/run_as
        for context, roles in (
                ({"user_name": "admin"}, [1]),
                ({"username": "elastic", "name": "x"}, [1]),
                ({"a": 1}, []),
                ({"user": {"auth_roles": ["x", "admin"]}}, [4, 5]),
                ({"realm": {"name": "saml"}, "groups": ["b", "a"]}, [3, 4]),
                ({"realm": {"name": "saml"}, "x": [{"locked": True}]}, []),
                ({"groups": ["b", "a", "c"]}, [])):
            with self.subTest(context=context):
                c = self.claims(context)
                self.assertEqual(c["rbac_roles"], roles)
                self.assertEqual(c["hash_auth_context"], blake(context))
        # The rules that come with the product are for wazuh-wui alone.
        c = self.claims({"user_name": "admin"}, server.USER)
        self.assertEqual(c["rbac_roles"], [])
        c = self.claims({"authority": ["admin"]}, server.USER)
        self.assertEqual(c["rbac_roles"], [4, 5])

    def test_empty(self):
        """The roles are those of the user."""
        for context, roles in (({}, [1]), ({"n": None}, [1]),
                               ({"n": {"m": None}, "o": None}, [])):
            with self.subTest(context=context):
                c = self.claims(context)
                self.assertEqual(c["rbac_roles"], roles)
                self.assertEqual(c["hash_auth_context"], blake(context))
        plain = ("plain", server.USER[1])
        self.assertEqual(self.claims({}, plain)["rbac_roles"], [2])

    def test_hash(self):
        """Of the context as Python spells it, not as it was sent."""
        for text in ('{ "a" :\t[1.50,1E5 , -0,-0.0,1e16,1e-5],"b":{}}',
                     '{"\\u00e9\\/":"\\ud83d\\ude00","x":"\xe9\\n\\u007f"}',
                     '{"a":1,"b":2,"a":{"c":null}}',
                     '{"a":[true,false,null,"",[],9223372036854775807]}'):
            with self.subTest(text=text):
                c = self.claims(text)
                self.assertEqual(c["hash_auth_context"],
                                 blake(json.loads(text)))

    def test_token(self):
        r = self.post({"user": {"auth_roles": ["admin"]}}, query="?raw=true")
        self.assertEqual((r.status, r.get("content-type")),
                         (200, "text/plain"))
        token = r.text()
        me = self.items(self.s.once("GET", "/security/users/me",
                                    token=token))[0]
        self.assertEqual(me["username"], "wazuh-wui")
        self.assertEqual([x["id"] for x in me["roles"]], [4, 5])
        self.assertEqual([x["id"] for x in me["roles"][0]["rules"]],
                         [100, 102])
        # It has the rights of its roles, not those of its user.
        r = self.s.once("GET", "/agents", token=token)
        self.assertEqual(r.status, 200)
        r = self.s.once("GET", "/manager/info", token=token)
        self.problem(r, 403, "Permission Denied", error=4000)

    # --- refused ----------------------------------------------------------------

    def test_not_allowed(self):
        plain = ("plain", server.USER[1])
        r = self.post({"a": 1}, plain)
        self.problem(r, 403, "Permission Denied", error=6004)
        self.assertEqual(list(r.json()), ["title", "detail", "remediation",
                                          "dapi_errors", "error"])
        error = list(r.json()["dapi_errors"].values())
        self.assertEqual([list(e) for e in error], [["error"]])

    def test_infinite(self):
        """A number that only Python has a name for."""
        r = self.post('{"a": 1e999}')
        self.problem(r, 403, "Permission Denied", error=4000)

    def test_bad_bodies(self):
        for body, title in (
                (None, "Bad Request"), ("", "Bad Request"),
                ("[]", "Bad Request"), ("null", "Bad Request"),
                ('"x"', "Bad Request"), ("notjson", "Bad Request"),
                ('{"a": NaN}', "Bad Request"),
                (nested(65), "Maximum recursion depth exceeded."),
                ("[" * 4000, "Maximum recursion depth exceeded.")):
            with self.subTest(body=body and body[:20]):
                r = self.post(body)
                self.assertEqual((r.status, r.json()["title"]), (400, title))

    def test_not_json(self):
        self.assertEqual(self.post("x=1", headers=[
            ("Content-Type", "text/plain")]).status, 415)
        # Without a type it is taken for what it has to be.
        self.assertEqual(self.post({"a": 1}, headers=[]).status, 200)
        for method in ("GET", "PUT", "DELETE"):
            self.problem(self.s.once(method, RUN_AS, basic=WUI), 405,
                         "Method Not Allowed", "405: Method Not Allowed")

    def test_size(self):
        fill = '{"a":"%s"}'
        room = 8192 - len(fill % "")
        self.assertEqual(self.post(fill % ("x" * room)).status, 200)
        r = self.post(fill % ("x" * (room + 1)))
        self.problem(r, 413, "Request Entity Too Large", error=413)

    def test_bad_password(self):
        r = self.post({"user_name": "admin"}, ("wazuh-wui", "wrong"))
        self.problem(r, 401, "Unauthorized", "Invalid credentials")

    # --- bounds ------------------------------------------------------------------

    def test_depth(self):
        """FIND looks through eight levels; what needs more gives nothing."""
        deep = {"authority": ["admin"], "x": json.loads(nested(10))}
        self.assertEqual(self.claims(deep)["rbac_roles"], [4, 5])
        deep = {"x": json.loads(nested(10)), "y": {"authority": ["admin"]}}
        self.assertEqual(self.claims(deep)["rbac_roles"], [])
        self.assertEqual(self.claims(nested(64))["rbac_roles"], [])
        base.until(lambda: "8 levels" in self.s.said(), 3)
        self.assertIn("8 levels", self.s.said())

    def test_slow_pattern(self):
        context = {"k": "z" * 60 + "!"}
        self.assertEqual(self.claims(context)["rbac_roles"], [])
        context["groups"] = ["a", "b"]
        self.assertEqual(self.claims(context)["rbac_roles"], [4])
        # Quick ones are met.
        self.assertEqual(self.claims({"k": "zz"})["rbac_roles"], [7])

    def test_many_groups(self):
        context = {"backend_roles": [f"team-{i:04}" for i in range(500)],
                   "zauth": ["x", "admin"], "groups": ["b", "a"]}
        self.assertEqual(self.claims(json.dumps(context, separators=(
            ",", ":")))["rbac_roles"], [4])
        context["auth"] = context.pop("zauth")
        self.assertEqual(self.claims(json.dumps(context, separators=(
            ",", ":")))["rbac_roles"], [4, 5])

    # --- around it ---------------------------------------------------------------

    def test_log(self):
        context = {"who": "somebody in the log"}
        self.claims(context)
        want = f"wazuh-wui ({blake(context)}) 127.0.0.1 \"POST {RUN_AS}\""
        base.until(lambda: any(want in x for x in self.s.access()), 3)
        self.assertTrue(any(want in x for x in self.s.access()))

    def test_new_rule(self):
        """A rule that somebody else writes counts within a second."""
        db = sqlite3.connect(self.s.path(
            "api/configuration/security/rbac.db"))
        with db:
            db.execute("INSERT INTO rules VALUES (150, 'new', "
                       "'{\"MATCH\": {\"fresh\": 1}}', '')")
            db.execute("INSERT INTO roles_rules VALUES (150, 6, 150, '')")
        db.close()
        base.until(lambda: self.claims({"fresh": 1})["rbac_roles"] == [6], 3)
        self.assertEqual(self.claims({"fresh": True})["rbac_roles"], [6])

    def test_explain(self):
        """The command line says the same, and why."""
        for user, context in ((WUI, {"user_name": "admin"}),
                              (server.USER, {"user_name": "admin"}),
                              (server.USER, {"p": [{"auth": ["admin"]}]}),
                              (WUI, {"k": "z" * 60 + "!", "x": 1}),
                              (WUI, {})):
            with self.subTest(user=user[0], context=context):
                r = self.s.tool("rbac", "explain", "-u", user[0], "--json",
                                input=json.dumps(context))
                self.assertEqual((r.returncode, r.stderr), (0, ""))
                said = json.loads(r.stdout)
                c = self.claims(context, user)
                self.assertEqual([x["id"] for x in said["roles"]],
                                 c["rbac_roles"])
                self.assertEqual(said["hash_auth_context"],
                                 c["hash_auth_context"])
                self.assertIsNone(said["refused"])
        r = self.s.tool("rbac", "explain", input='{"q": {"auth": ["admin"]}}')
        self.assertIn("role 5 agents_admin: given by rule 100 rule100\n"
                      "    rule 100 rule100: met\n"
                      "        FIND: yes, by q.auth[0]\n", r.stdout)
        for args, text, status in (
                (("-u", "nobody"), "{}", 1), ((), "[]", 1), ((), "{", 1),
                ((), nested(65), 1), ((), '{"a":"%s"}' % ("x" * 9000), 1),
                (("a", "b"), "", 2), (("-x",), "", 2),
                (("there/is/none",), "", 1)):
            with self.subTest(args=args, text=text[:20]):
                r = self.s.tool("rbac", "explain", *args, input=text)
                self.assertEqual((r.returncode, r.stdout), (status, ""))
                self.assertNotEqual(r.stderr, "")
        self.assertEqual(self.s.tool("rbac").returncode, 2)
        self.assertEqual(self.s.tool("rbac", "other").returncode, 2)


class Attempts(Case):
    API = {"access": {"max_request_per_minute": 0, "max_login_attempts": 3}}

    def test_attempts(self):
        plain = ("plain", server.USER[1])
        # With the right password nobody guesses: also not who is told no.
        for _ in range(4):
            self.assertEqual(self.post({"a": 1}).status, 200)
            self.problem(self.post({"a": 1}, plain), 403,
                         "Permission Denied", error=6004)
        # What fails before the rules are asked counts, on both paths.
        self.assertEqual(self.post("notjson").status, 400)
        self.assertEqual(self.s.once("POST", LOGIN, basic=(
            "wazuh", "wrong")).status, 401)
        self.assertEqual(self.post({"a": 1}, ("wazuh", "wrong")).status, 401)
        for path in (LOGIN, RUN_AS):
            r = self.s.once("POST", path, basic=WUI, headers=[JSON],
                            body=b"{}")
            self.problem(r, 403, "Permission Denied", error=6000)
