# SPDX-License-Identifier: ISC
"""Users, roles, rules and policies as they are; the catalogue; who may what."""
import json
import sqlite3
import urllib.parse

from lib import server

from . import base

PASSWORD = server.PASSWORDS["wazuh"]

# Who asks: a name, and what its one role allows or denies, by number.
POLICIES = {
    100: (["agent:read", "agent:restart"], ["agent:id:001"], "allow"),
    101: (["agent:read"], ["agent:id:002"], "deny"),
    102: (["security:read"], ["user:id:103", "user:id:1", "role:id:*",
                              "policy:id:100", "rule:id:1"], "allow"),
    103: (["security:read"], ["role:id:2", "role:id:101"], "deny"),
    104: (["security:read_config"], ["*:*:*"], "allow"),
}
ROLES = {100: ("night", [100, 101]), 101: ("keeper", [102, 103, 104])}
USERS = {101: ("limited", [100]), 102: ("nobody", []),
         103: ("keeper", [101]), 104: ("both", [101, 100])}
RULES = {100: ("deep", {"AND": [{"MATCH": {"a": ["b", 1.5, None]}},
                                {"NOT": {"FIND$": {"r'x'": True}}}]}, [101, 1])}


def fill(s):
    """Add all of it to a new rbac.db; everyone has wazuh's password."""
    db = sqlite3.connect(s.path("api/configuration/security/rbac.db"))
    hashed = db.execute("SELECT password FROM users WHERE id = 1").fetchone()
    for i, (actions, resources, effect) in POLICIES.items():
        db.execute("INSERT INTO policies VALUES (?, ?, ?, NULL)",
                   (i, f"policy{i}", json.dumps(
                       {"actions": actions, "resources": resources,
                        "effect": effect})))
    for i, (name, rule, roles) in RULES.items():
        db.execute("INSERT INTO rules VALUES (?, ?, ?, NULL)",
                   (i, name, json.dumps(rule)))
        db.executemany("INSERT INTO roles_rules (role_id, rule_id) "
                       "VALUES (?, ?)", [(r, i) for r in roles])
    for i, (name, policies) in ROLES.items():
        db.execute("INSERT INTO roles VALUES (?, ?, NULL)", (i, name))
        db.executemany("INSERT INTO roles_policies (role_id, policy_id, level)"
                       " VALUES (?, ?, ?)",
                       [(i, p, n) for n, p in enumerate(policies)])
    for i, (name, roles) in USERS.items():
        db.execute("INSERT INTO users VALUES (?, ?, ?, 0, NULL)",
                   (i, name, *hashed))
        db.executemany("INSERT INTO user_roles (user_id, role_id, level) "
                       "VALUES (?, ?, ?)",
                       [(i, r, n) for n, r in enumerate(roles)])
    db.commit()
    db.close()


class Case(base.Case):
    @classmethod
    def prepare(cls):
        fill(cls.s)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = {}

    def get(self, path, user="wazuh"):
        if user not in self.tokens:
            self.tokens[user] = self.s.token((user, PASSWORD))
        return self.s.once("GET", "/security/" + path,
                           token=self.tokens[user])

    def ids(self, path, user="wazuh", error=0):
        return [i["id"] for i in self.items(self.get(path, user), error)]

    def fails(self, path, user="wazuh", error=2):
        """{code: ids} of the failed items."""
        d = self.data(self.get(path, user), error)
        return {f["error"]["code"]: f["id"] for f in d["failed_items"]}

    def denied(self, path, user, kind):
        r = self.get(path, user)
        self.problem(r, 403, "Permission Denied",
                     f"Permission denied: Resource type: {kind}", 4000)


class Lists(Case):
    def test_users(self):
        # operation: GET /security/users
        self.assertEqual(self.items(self.get("users")), [
            {"id": 1, "username": "wazuh", "allow_run_as": True, "roles": [1]},
            {"id": 2, "username": "wazuh-wui", "allow_run_as": True,
             "roles": [1]},
            {"id": 101, "username": "limited", "allow_run_as": False,
             "roles": [100]},
            {"id": 102, "username": "nobody", "allow_run_as": False,
             "roles": []},
            {"id": 103, "username": "keeper", "allow_run_as": False,
             "roles": [101]},
            {"id": 104, "username": "both", "allow_run_as": False,
             "roles": [101, 100]}])
        self.assertEqual(self.ids("users?user_ids=103,2,103"), [2, 103, 103])
        self.assertEqual(self.fails("users?user_ids=1,100,0099"),
                         {5001: [99, 100]})
        self.assertEqual(
            self.fails("users?user_ids=99999999999999999999", error=1),
            {5001: [99999999999999999999]})

    def test_roles(self):
        # operation: GET /security/roles
        items = {i["id"]: i for i in self.items(self.get("roles"))}
        self.assertEqual(list(items), [1, 2, 3, 4, 5, 6, 7, 100, 101])
        self.assertEqual(list(items[1]),
                         ["id", "name", "policies", "users", "rules"])
        self.assertEqual(items[1]["policies"][:8],
                         [1, 2, 3, 6, 7, 8, 29, 30])
        self.assertEqual(items[1]["users"], [1, 2])
        self.assertEqual(items[1]["rules"], [1, 2, 100])
        self.assertEqual(items[101], {"id": 101, "name": "keeper",
                                      "policies": [102, 103, 104],
                                      "users": [103, 104], "rules": [100]})
        self.assertEqual(self.fails("roles?role_ids=1,99,8"), {4002: [8, 99]})

    def test_rules(self):
        # operation: GET /security/rules
        items = self.items(self.get("rules"))
        self.assertEqual([i["id"] for i in items], [1, 2, 100])
        self.assertEqual(items[2], {"id": 100, "name": "deep",
                                    "rule": RULES[100][1], "roles": [1, 101]})
        # Only here an id that is not there is text, just as it was sent.
        self.assertEqual(self.fails("rules?rule_ids=5716,1,100100,0009"),
                         {4022: ["0009", "5716", "100100"]})

    def test_policies(self):
        # operation: GET /security/policies
        items = {i["id"]: i for i in self.items(self.get("policies"))}
        self.assertEqual(list(items), list(range(1, 36)) + list(POLICIES))
        self.assertEqual(items[103], {
            "id": 103, "name": "policy103", "policy": {
                "actions": ["security:read"],
                "resources": ["role:id:2", "role:id:101"],
                "effect": "deny"}, "roles": [101]})
        self.assertEqual(items[4]["roles"], [2, 4])
        self.assertEqual(self.fails("policies?policy_ids=1,999"),
                         {4007: [999]})

    def test_pages(self):
        for path, n in (("users", 6), ("roles", 9), ("rules", 3),
                        ("policies", 40)):
            with self.subTest(path):
                d = self.data(self.get(path + "?limit=2&offset=1"))
                self.assertEqual(len(d["affected_items"]), 2)
                self.assertEqual(d["total_affected_items"], n)
                self.assertEqual(self.ids(path + "?offset=99999"), [])
                for bad in ("limit=0", "limit=100001", "offset=-1",
                            "distinct=x", "wait_for_complete=1", "nothing=1",
                            "sort=a%3Bb", "select=a%20b"):
                    self.problem(self.get(f"{path}?{bad}"), 400,
                                 "Bad Request")
                for bad in ("", "x", "-1", "1.5", "all", "1,x", "*"):
                    name = "rule_ids" if path == "rules" else \
                        path.replace("ies", "y").rstrip("s") + "_ids"
                    self.problem(self.get(f"{path}?{name}={bad}"), 400,
                                 "Bad Request")

    def test_queries(self):
        self.assertEqual(self.ids("users?sort=-username"),
                         [2, 1, 102, 101, 103, 104])
        self.assertEqual(self.ids("users?search=LIM"), [101])
        self.assertEqual(self.ids("users?search=-wazuh&sort=username"),
                         [104, 103, 101, 102])
        self.assertEqual(self.ids("users?q=id>2;username~i"), [101])
        self.assertEqual(self.ids("roles?q=id>100"), [101])
        self.assertEqual(self.ids("policies?q=policy.effect=deny"),
                         [101, 103])
        self.assertEqual(self.items(self.get("users?select=roles&limit=1")),
                         [{"roles": [1], "id": 1}])
        self.assertEqual(
            self.items(self.get("users?select=allow_run_as&distinct=true")),
            [{"allow_run_as": True}, {"allow_run_as": False}])
        self.assertEqual(
            self.items(self.get("rules?select=rule.AND&rule_ids=100")),
            [{"rule": {"AND": RULES[100][1]["AND"]}, "id": 100}])
        for query, code in (("sort=allow_run_as", 1403), ("q=bad", 1407),
                            ("select=password", 1724), ("q=id=zz", 1407)):
            with self.subTest(query):
                self.problem(self.get("users?" + query), 400, "Bad Request",
                             error=code)

    def test_no_password(self):
        for path in ("users", "users?select=id,username", "users/me",
                     "users?search=scrypt", "users?q=password~scrypt"):
            self.assertNotIn("scrypt", self.get(path).text())

    def test_pretty(self):
        r = self.get("users?pretty=true&limit=1")
        self.assertEqual(r.text(), json.dumps(r.json(), indent=3))


class Permissions(Case):
    def test_nothing_allowed(self):
        for user in ("limited", "nobody"):
            for path in ("users", "roles", "rules", "policies"):
                with self.subTest(user=user, path=path):
                    self.assertEqual(self.ids(path, user), [])
                    self.assertEqual(self.fails(path, user, 0), {})
            self.denied("users?user_ids=101", user, "user:id")
            self.denied("roles?role_ids=1,999", user, "role:id")
            self.denied("rules?rule_ids=1", user, "rule:id")
            self.denied("policies?policy_ids=1", user, "policy:id")

    def test_some_allowed(self):
        self.assertEqual(self.ids("users", "keeper"), [1, 103])
        self.assertEqual(self.ids("users?user_ids=103", "keeper"), [103])
        self.assertEqual(self.ids("roles", "keeper"),
                         [1, 3, 4, 5, 6, 7, 100])
        self.assertEqual(self.ids("rules", "keeper"), [1])
        self.assertEqual(self.fails("users?user_ids=101,1,2", "keeper"),
                         {4000: [2, 101]})
        # All roles are allowed, also those that are not there; two are not.
        self.assertEqual(
            self.fails("roles?role_ids=999,2,101,1,8", "keeper"),
            {4000: [2, 101], 4002: [8, 999]})
        self.denied("roles?role_ids=2", "keeper", "role:id")
        self.assertEqual(self.fails("rules?rule_ids=1,0002,2", "keeper"),
                         {4000: [2]})
        # A total is of what may be seen.
        d = self.data(self.get("policies?search=agent", "keeper"))
        self.assertEqual(d["total_affected_items"], 1)

    def test_config(self):
        # operation: GET /security/config
        for user in ("wazuh", "keeper"):
            self.assertEqual(
                list(self.data(self.get("config", user)).items()),
                [("auth_token_exp_timeout", 900), ("rbac_mode", "white")])
        self.denied("config", "limited", "*:*")

    def test_me_policies(self):
        # operation: GET /security/users/me/policies
        r = self.get("users/me/policies", "limited")
        self.assertEqual(list(r.json()), ["data", "message", "error"])
        self.assertEqual(json.dumps(self.data(r)), json.dumps({
            "agent:read": {"agent:id:001": "allow", "agent:id:002": "deny"},
            "agent:restart": {"agent:id:001": "allow"},
            "rbac_mode": "white"}))
        self.assertEqual(self.data(self.get("users/me/policies", "nobody")),
                         {"rbac_mode": "white"})
        # The first role's actions stand first.
        self.assertEqual(
            json.dumps(self.data(self.get("users/me/policies", "both"))),
            json.dumps({
                "security:read": {
                    "user:id:103": "allow", "user:id:1": "allow",
                    "role:id:*": "allow", "policy:id:100": "allow",
                    "rule:id:1": "allow", "role:id:2": "deny",
                    "role:id:101": "deny"},
                "security:read_config": {"*:*:*": "allow"},
                "agent:read": {"agent:id:001": "allow",
                               "agent:id:002": "deny"},
                "agent:restart": {"agent:id:001": "allow"},
                "rbac_mode": "white"}))
        for query in ("wait_for_complete=true", "user_ids=1"):
            self.problem(self.get("users/me/policies?" + query), 400,
                         "Bad Request")


class Black(Case):
    """What no policy mentions is allowed."""

    SECURITY = {"rbac_mode": "black", "auth_token_exp_timeout": 800}

    def test_lists(self):
        self.assertEqual(self.ids("users", "nobody"),
                         [1, 2, 101, 102, 103, 104])
        self.assertEqual(self.fails("users?user_ids=1,9", "nobody"),
                         {5001: [9]})
        self.assertEqual(self.ids("roles", "keeper"),
                         [1, 3, 4, 5, 6, 7, 100])
        self.assertEqual(self.fails("roles?role_ids=2,3,9", "keeper"),
                         {4000: [2], 4002: [9]})
        self.denied("roles?role_ids=101,2", "keeper", "role:id")

    def test_config(self):
        self.assertEqual(
            list(self.data(self.get("config", "nobody")).items()),
            [("auth_token_exp_timeout", 800), ("rbac_mode", "black")])
        self.assertEqual(
            self.data(self.get("users/me/policies", "nobody")),
            {"rbac_mode": "black"})


class Catalogue(Case):
    def test_actions(self):
        # operation: GET /security/actions
        d = self.data(self.get("actions"))
        self.assertEqual(list(d)[:3], ["active-response:command",
                                       "agent:delete", "agent:read"])
        for name, action in d.items():
            with self.subTest(name):
                self.assertEqual(list(action), ["description", "resources",
                                                "example",
                                                "related_endpoints"])
                self.assertEqual(list(action["example"]),
                                 ["actions", "resources", "effect"])
                self.assertRegex(action["description"], r"\S\.$")
        self.assertEqual(d["security:read"]["related_endpoints"],
                         [f"GET /security/{x}" for x in
                          ("users", "roles", "rules", "policies")])
        # It tells nothing of this server.
        self.assertEqual(self.data(self.get("actions", "nobody")), d)

    def test_actions_of_one_endpoint(self):
        def ask(endpoint):
            return self.get("actions?endpoint=" + urllib.parse.quote(endpoint))

        whole = self.data(self.get("actions"))
        self.assertEqual(self.data(ask("")), whole)
        d = self.data(ask("DELETE /agents/{agent_id}/group"))
        self.assertEqual(list(d), ["agent:modify_group",
                                   "group:modify_assignments"])
        self.assertEqual(
            d["agent:modify_group"], dict(
                whole["agent:modify_group"],
                related_endpoints=["DELETE /agents/{agent_id}/group"]))
        self.assertEqual(self.data(ask("GET /security/users/me")), {})
        for bad in ("GET /agent", "get /agents", "/agents", "GET /agents ",
                    "GET /agents/001/key", "x" * 3000):
            self.problem(ask(bad), 400, "Bad Request", error=4020)

    def test_every_endpoint(self):
        """Each one that an action names is one that can be asked for."""
        whole = self.data(self.get("actions"))
        for endpoint in {e for a in whole.values()
                         for e in a["related_endpoints"]}:
            d = self.data(self.get("actions?endpoint=" +
                                   urllib.parse.quote(endpoint)))
            self.assertEqual(
                list(d), [n for n, a in whole.items()
                          if endpoint in a["related_endpoints"]])

    def test_resources(self):
        # operation: GET /security/resources
        d = self.data(self.get("resources"))
        self.assertEqual(list(d), [
            "*:*", "agent:group", "agent:id", "group:id", "node:id",
            "decoder:file", "list:file", "rule:file", "policy:id", "role:id",
            "rule:id", "user:id"])
        self.assertEqual(self.data(self.get("resources", "nobody")), d)
        for name, resource in d.items():
            self.assertEqual(list(resource), ["description"])
            r = self.get("resources?resource=" + urllib.parse.quote(name))
            # The one that the original forgot in its list.
            if name == "rule:id":
                self.problem(r, 400, "Bad Request")
            else:
                self.assertEqual(self.data(r), {name: resource})
        self.problem(self.get("resources?resource="), 400, "Bad Request")
        self.problem(self.get("resources?wait_for_complete=true"), 400,
                     "Bad Request")
