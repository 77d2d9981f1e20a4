# SPDX-License-Identifier: ISC
"""What somebody without a right gets, and takes."""
import base64
import json
import re
import time

from lib import agents, built

from .rig import Case, LOGIN, PASSWORD, RUN_AS, WUI, base, error, server

AGENTS = 6
# What anyone who is logged in may see.
OPEN = {"/", "/openapi.json", "/security/users/me",
        "/security/users/me/policies", "/security/actions",
        "/security/resources", LOGIN}


class CVE_2024_47770(Case):
    """Who may not see agents sees none, whatever he asks."""

    POLICIES = [(101, ["agent:read"], ["agent:id:002"], "allow"),
                (102, ["agent:read"], ["agent:id:*"], "deny"),
                (103, ["security:read"], ["user:id:102"], "allow")]
    ROLES = [(101, [101], []), (102, [4, 102], []), (103, [103], [])]
    USERS = [(101, "nobody", []), (102, "only-two", [101]),
             (103, "denied", [102]), (104, "security", [103])]

    @classmethod
    def prepare(cls):
        super().prepare()
        agents.fill(cls.s, AGENTS)

    def paths(self):
        """Every GET that rights decide on."""
        for path, methods in built.ours().methods.items():
            if "GET" in methods and path not in OPEN:
                yield path.replace("{}", "001")

    def test_every_list(self):
        asked = list(self.paths())
        self.assertGreater(len(asked), 6)
        for user in ("nobody", "denied"):
            for path in asked:
                with self.subTest(user=user, path=path):
                    r = self.ask("GET", path, user=user)
                    self.assertEqual(re.findall(r"agent-\d|wazuh-wui|10\.0\.",
                                                r.text()), [])
                    if r.status == 200:
                        # Without naming anything: what may be seen is empty.
                        self.empty(r.json()["data"])
                    else:
                        self.problem(r, 403, "Permission Denied", error=4000)

    def empty(self, data):
        """Nothing but zeros and nothing in it."""
        if isinstance(data, dict):
            for v in data.values():
                self.empty(v)
        elif isinstance(data, list):
            self.assertEqual(data, [])
        else:
            self.assertEqual(data, 0)

    def test_some(self):
        items = self.items(self.ask("GET", "/agents", user="only-two"))
        self.assertEqual([x["id"] for x in items], ["002"])
        for query in ("?agents_list=001", "?agents_list=001,003,000",
                      "?agents_list=001&select=name", "?q=id=001",
                      "?search=agent-1", "?distinct=true&select=name",
                      "?name=agent-1", "?older_than=1s&sort=-id&limit=500"):
            with self.subTest(query=query):
                r = self.ask("GET", "/agents" + query, user="only-two")
                self.assertNotRegex(r.text(), r"agent-[^2]")
                if "list" in query:
                    self.problem(r, 403, "Permission Denied", error=4000)
                else:
                    self.assertEqual(r.status, 200, r)
        r = self.ask("GET", "/agents?agents_list=001,002,003",
                     user="only-two")
        self.assertEqual([x["id"] for x in self.items(r, 2)], ["002"])
        self.assertEqual(r.json()["data"]["failed_items"][0]["id"],
                         ["001", "003"])
        r = self.ask("GET", "/agents/summary/status", user="only-two")
        self.assertEqual(self.data(r)["connection"]["total"], 1)

    def test_users(self):
        items = self.items(self.ask("GET", "/security/users",
                                    user="security"))
        self.assertEqual([x["id"] for x in items], [102])
        r = self.ask("GET", "/security/users?user_ids=1,102",
                     user="security")
        self.assertEqual([x["id"] for x in self.items(r, 2)], [102])

    def test_changes(self):
        """Nor does he change any."""
        before = self.s.read("etc/client.keys")
        for method, path, body in (
                ("DELETE", "/agents?agents_list=all&status=all&older_than=0s",
                 None),
                ("DELETE", "/agents?agents_list=001&status=all&older_than=0s",
                 None),
                ("POST", "/agents", {"name": "new"})):
            for user in ("nobody", "only-two", "denied", "security"):
                r = self.ask(method, path, body, user)
                if r.status == 200:
                    self.assertEqual(r.json()["data"]["affected_items"], [])
                else:
                    self.problem(r, 403, "Permission Denied", error=4000)
        self.assertEqual(self.s.read("etc/client.keys"), before)


class CVE_2026_28220(Case):
    """Who asks, and what he may, is said by his token and nothing else."""

    POLICIES = [(101, ["agent:read"], ["agent:id:001"], "allow")]
    ROLES = [(101, [101], [])]
    USERS = [(101, "limited", [101])]
    MORE = {"rbac_permissions": {"agent:read": {"agent:id:*": "allow"},
                                 "security:read": {"user:id:*": "allow"},
                                 "rbac_mode": "black"},
            "rbac_mode": "black", "current_user": "wazuh",
            "rbac_roles": [1], "from_cluster": True, "broadcasting": True,
            "auth_context": {"user_name": "admin"}, "user_id": 1,
            "node_id": "master-node", "nodes": [], "f_kwargs": {}}

    @classmethod
    def prepare(cls):
        super().prepare()
        agents.fill(cls.s, 3)

    def test_query(self):
        for name, value in self.MORE.items():
            text = value if isinstance(value, str) else json.dumps(value)
            text = re.sub(r'[{}" ]', lambda m: f"%{ord(m[0]):02X}", text)
            for path in ("/agents", "/security/users", "/manager/info"):
                with self.subTest(path=path, name=name):
                    r = self.ask("GET", f"{path}?{name}={text}",
                                 user="limited")
                    self.problem(r, 400, "Bad Request")

    def test_headers_and_bodies(self):
        heads = [(n.replace("_", "-"), json.dumps(v))
                 for n, v in self.MORE.items()]
        heads += [("X-" + n, v) for n, v in heads]
        heads += [("X-Forwarded-User", "wazuh"), ("Remote-User", "wazuh")]
        body = json.dumps(self.MORE).encode()
        for kw in ({"headers": heads}, {"body": body, "headers": [
                ("Content-Type", "application/json")] + heads}):
            items = self.items(self.ask("GET", "/agents", user="limited",
                                        **kw))
            self.assertEqual([x["id"] for x in items], ["001"])
            self.problem(self.ask("GET", "/manager/info", user="limited",
                                  **kw), 403, "Permission Denied", error=4000)

    def test_claims(self):
        """Nor by a token that somebody wrote into."""
        head, claims, sig = self.token("limited").split(".")
        c = json.loads(base64.urlsafe_b64decode(
            claims + "=" * (-len(claims) % 4)))
        for change in ({"rbac_roles": [1]}, {"sub": "wazuh"},
                       {"rbac_mode": "black"}, {"run_as": True},
                       {"rbac_roles": [1], "sub": "wazuh"}, self.MORE):
            text = json.dumps({**c, **change}, separators=(",", ":"))
            new = base64.urlsafe_b64encode(text.encode()).rstrip(b"=")
            self.assertFalse(self.works(f"{head}.{new.decode()}.{sig}"))


class CVE_2026_33434(Case):
    """/events is counted like every path, and then on top of it."""

    LIMIT = 40
    API = {"access": {"max_request_per_minute": LIMIT}}
    EVENTS = "/events"

    def codes(self, path, count, method="POST"):
        return [error(self.s.once(method, path, token=self.token(), body=b"{}",
                                  headers=[("Content-Type",
                                            "application/json")]))
                for _ in range(count)]

    def test_both(self):
        # The login is the first of the window. 30 of /events go through, as
        # far as anything is there, then their own limit holds ...
        self.token()
        got = self.codes(self.EVENTS, self.LIMIT - 1)
        full = (429, 6005)
        self.assertEqual([x == full for x in got],
                         [False] * 30 + [True] * (self.LIMIT - 31), got)
        self.assertNotIn((429, 6001), got)
        # ... and all of them were counted for everyone.
        over = {(429, 6001)}
        for method, path in (("GET", "/"), ("POST", self.EVENTS),
                             ("GET", self.EVENTS), ("POST", "/%65vents"),
                             ("POST", "//events"), ("POST", "/events?x=y"),
                             ("POST", "/Events"), ("POST", LOGIN)):
            self.assertEqual(set(self.codes(path, 2, method)), over, path)


class CVE_2026_33434_Other_names(Case):
    """Whatever the path is written as, it is counted."""

    API = {"access": {"max_request_per_minute": 20}}

    def test_names(self):
        token = self.token()
        paths = ("/%65vents", "//events", "/events?x=y", "/./events",
                 "/EVENTS", "/events%20", "/security/../events", "/events;x")
        for i in range(19):
            r = self.s.once("POST", paths[i % len(paths)], token=token)
            self.assertNotEqual(r.status, 429)
        r = self.s.once("GET", "/", token=token)
        self.problem(r, 429, "Too Many Requests", error=6001)


class CVE_2026_74035(Case):
    """A password that is empty is one that is refused, not one left out."""

    POLICIES = [(101, ["security:update", "security:create_user"],
                 ["user:id:*"], "allow"),
                (102, ["security:create_user", "security:edit_run_as"],
                 ["*:*:*"], "allow")]
    ROLES = [(101, [101, 102], [])]
    USERS = [(101, "keeper", [101]), (102, "other", [])]
    EMPTY = ('{"password": ""}', '{"password": null}', "{}",
             '{"password": " "}', '{"password": []}', '{"password": {}}',
             '{"password": 0}', '{"password": false}',
             '{"password": "", "allow_run_as": true}',
             '{"password": "", "username": "wazuh"}',
             '{"password": "Good.Pass-1", "password": ""}',
             '{"password": "\\u0000Good.Pass-1"}')

    def everything(self):
        return [self.rows(f"SELECT * FROM {t} ORDER BY 1")
                for t in ("users", "user_roles", "users_token_blacklist")]

    def test_empty(self):
        before = self.everything()
        for user in ("keeper", "wazuh"):
            self.token(user)
            for at in (1, 2, 101, 102, 999):
                for body in self.EMPTY:
                    with self.subTest(user=user, at=at, body=body):
                        r = self.ask("PUT", f"/security/users/{at}", body,
                                     user)
                        self.problem(r, 400, "Bad Request" if "error" not in
                                     r.json() else r.json()["title"],
                                     error=r.json().get("error"))
                        self.assertEqual(self.everything(), before)
        for body in self.EMPTY:
            b = body.replace("{", '{"username": "fresh", ', 1).replace(
                ", }", "}")
            r = self.ask("POST", "/security/users", b, "keeper")
            self.assertEqual(r.status, 400, b)
        self.assertEqual(self.everything(), before)

    def test_reserved(self):
        """And a good one does not make the two users his either."""
        before = self.everything()
        for at in (1, 2):
            r = self.ask("PUT", f"/security/users/{at}",
                         {"password": "Taken.Over-1"}, "keeper")
            self.assertEqual(error(r)[1], 5011, r)
        self.assertEqual(self.everything(), before)
        for user in (("wazuh", PASSWORD), ("wazuh-wui", server.PASSWORDS[
                "wazuh-wui"])):
            self.assertEqual(self.s.once("POST", LOGIN, basic=user).status,
                             200)
            self.assertEqual(self.s.once("POST", LOGIN, basic=(
                user[0], "Taken.Over-1")).status, 401)

    def test_login(self):
        """Nor does an empty one log in."""
        for name in ("wazuh", "wazuh-wui", "keeper", "nobody", ""):
            for text in (f"{name}:", name, f"{name}: ", f"{name}:\0"):
                head = "Basic " + base64.b64encode(text.encode()).decode()
                r = self.s.once("POST", LOGIN,
                                headers=[("Authorization", head)])
                self.problem(r, 401, "Unauthorized", "Invalid credentials")


class CVE_2026_74035_Other_empties(Case):
    """The same of whatever else may be changed."""

    ROLES = [(101, [4], [101])]
    POLICIES = [(101, ["agent:read"], ["agent:id:001"], "allow")]
    RULES = [(101, {"MATCH": {"a": "b"}})]

    def roles(self, context):
        r = self.s.once("POST", RUN_AS, basic=WUI, body=context)
        me = self.s.once("GET", "/security/users/me",
                         token=self.data(r)["token"])
        return [x["id"] for x in self.items(me)[0]["roles"]]

    def test_empty_rule(self):
        """The original takes it; it is met by nobody."""
        self.assertEqual(self.roles({"a": "b"}), [101])
        for rule in ({}, {"MATCH": {"a": "b"}}):
            r = self.ask("PUT", "/security/rules/101", {"rule": rule})
            self.assertEqual(self.data(r)["affected_items"][0]["rule"], rule)
            # Tokens of this second are void.
            time.sleep(1.1)
            for context in ({"a": "b"}, {"x": {}}, {"": ""}, {"a": []}):
                self.assertEqual(self.roles(context), [101] if rule and
                                 context == {"a": "b"} else [])

    def everything(self):
        return [self.rows(f"SELECT * FROM {t} ORDER BY 1") for t in (
            "users", "roles", "policies", "rules", "user_roles",
            "roles_policies", "roles_rules")]

    def test_empties(self):
        before = self.everything()
        for what, member in (("roles", "name"), ("policies", "name"),
                             ("policies", "policy"), ("rules", "name"),
                             ("rules", "rule")):
            for value in ('""', "null", "[]", "{}", "0", "false"):
                if (member, value) == ("rule", "{}"):
                    continue
                for at in (1, 101):
                    with self.subTest(what=what, member=member, value=value):
                        r = self.ask("PUT", f"/security/{what}/{at}",
                                     '{"%s": %s}' % (member, value))
                        self.assertFalse(r.status == 200 and
                                         r.json()["error"] == 0, r)
                        self.assertLess(r.status, 500, r)
        for path in ("users?user_ids=", "roles?role_ids=", "users",
                     "roles/101/policies", "roles/101/policies?policy_ids=",
                     "policies", "rules?rule_ids="):
            r = self.ask("DELETE", "/security/" + path)
            self.problem(r, 400, "Bad Request")
        self.assertEqual(self.everything(), before)
