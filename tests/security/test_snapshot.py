# SPDX-License-Identifier: ISC
"""What is answered from memory is what stands in the file, always."""
import json
import random
import shutil
import sqlite3
import time

from .rig import Case, LOGIN, RBAC, base

KINDS = ("users", "roles", "policies", "rules")
# Ids that may be there or not.
SOME = (1, 2, 4, 5, 33, 100, 101, 102, 105, 110, 998)


class Snapshot(Case):
    """A few hundred changes by chance, with a number to repeat them."""

    SEED = 20260815

    def setUp(self):
        super().setUp()
        self.r = random.Random(self.SEED)
        # Of what is there.
        self.there = {k: [1, 2] for k in KINDS}

    # --- changes ------------------------------------------------------------

    def ids(self, kind, n=None):
        """Some ids of a kind, as a parameter."""
        n = n or self.r.choice((1, 1, 1, 2, 3))
        return ",".join(str(self.some_id(kind)) for _ in range(n))

    def some_id(self, kind):
        """Mostly one that is there and may be changed."""
        own = [i for i in self.there[kind] if i > 99]
        return self.r.choice(own if own and self.r.random() < 0.75 else SOME)

    def name(self):
        return f"name-{self.r.randrange(25)}"

    def policy(self):
        return {"actions": self.r.sample(["agent:read", "agent:delete",
                                          "Security:READ"], 2),
                "resources": [f"agent:id:{self.r.randrange(5):03}"],
                "effect": self.r.choice(["allow", "deny"])}

    def rule(self):
        leaf = {"FIND": {f"k{self.r.randrange(5)}": self.r.choice(
            ["x", 1, 1.5, True, "\u00e9\"\\", ["a", {"b": "c"}], 1e22])}}
        return self.r.choice([leaf, {"NOT": leaf}, {"AND": [leaf, leaf]}])

    def element(self, kind):
        """Something that is made or renamed."""
        body = {"name": self.name()}
        if kind == "policies":
            body["policy"] = self.policy()
        if kind == "rules":
            body["rule"] = self.rule()
        return body

    def change(self):
        """(method, path, body) of a change that may well fail."""
        r, kind = self.r, self.r.choice(KINDS[1:])
        if r.random() < 0.08:
            return r.choice((
                ("POST", "users", {"username": self.name(),
                                   "password": "Random.Pass-1"}),
                ("PUT", f"users/{max(100, self.some_id('users'))}",
                 {"password": "Random.Pass-2"})))
        make = ("POST", kind, self.element(kind))
        body = self.element(kind)
        if kind != "roles" and r.random() < 0.5:
            del body[r.choice(list(body))]
        put = ("PUT", f"{kind}/{self.ids(kind, 1)}", body)
        where = r.choice(("", "", f"&position={r.randrange(4)}"))
        links = r.choice(("policies", "policies", "rules"))
        one = {"policies": "policy_ids", "rules": "rule_ids"}[links]
        link = (f"roles/{self.ids('roles', 1)}/{links}?{one}="
                f"{self.ids(links)}")
        held = f"users/{self.ids('users', 1)}/roles?role_ids="
        return r.choice((
            make, make, make, put, put,
            ("DELETE", f"{kind}?{kind[:-1].replace('ie', 'y')}_ids="
             f"{self.ids(kind)}", None),
            ("DELETE", f"users?user_ids={self.ids('users', 1)}", None),
            ("POST", link + (where if links == "policies" else ""), None),
            ("POST", link + (where if links == "policies" else ""), None),
            ("DELETE", link, None),
            ("POST", held + self.ids("roles") + where, None),
            ("POST", held + self.ids("roles") + where, None),
            ("DELETE", held + self.ids("roles"), None),
            ("PUT", f"users/{self.ids('users', 1)}/run_as?allow_run_as="
             + r.choice(("true", "false")), None)))

    def send(self, method, path, body=None):
        """A request, by a new token where the change ended the last one."""
        for _ in range(5):
            r = self.ask(method, "/security/" + path, body)
            if r.status != 401:
                return r
            del self.tokens["wazuh"]
            time.sleep(0.3)
        return r

    # --- both sides ---------------------------------------------------------

    def lists(self):
        return {k: self.send("GET", f"{k}?limit=1000") for k in KINDS}

    def stored(self):
        """The same by what is in a copy of the file."""
        copy = self.s.top + "/copy.db"
        shutil.copy(self.s.path(RBAC), copy)
        db = sqlite3.connect(copy)

        def links(table, a, b, order):
            out = {}
            for x, y in db.execute(f"SELECT {a}, {b} FROM {table} "
                                   f"ORDER BY {order}"):
                out.setdefault(x, []).append(y)
            return lambda i: out.get(i, [])

        held = links("user_roles", "user_id", "role_id", "level, role_id")
        holders = links("user_roles", "role_id", "user_id", "user_id")
        policies = links("roles_policies", "role_id", "policy_id",
                         "level, policy_id")
        of_policy = links("roles_policies", "policy_id", "role_id", "role_id")
        rules = links("roles_rules", "role_id", "rule_id", "rule_id")
        of_rule = links("roles_rules", "rule_id", "role_id", "role_id")

        def rows(columns, table):
            return db.execute(f"SELECT {columns} FROM {table} ORDER BY id")

        out = {
            "users": [{"id": i, "username": n, "allow_run_as": bool(a),
                       "roles": held(i)} for i, n, a in
                      rows("id, username, allow_run_as", "users")],
            "roles": [{"id": i, "name": n, "policies": policies(i),
                       "users": holders(i), "rules": rules(i)}
                      for i, n in rows("id, name", "roles")],
            "policies": [{"id": i, "name": n, "policy": json.loads(p),
                          "roles": of_policy(i)} for i, n, p in
                         rows("id, name, policy", "policies")],
            "rules": [{"id": i, "name": n, "rule": json.loads(p),
                       "roles": of_rule(i)} for i, n, p in
                      rows("id, name, rule", "rules")]}
        db.close()
        return out

    def same(self):
        """Are they? The lists."""
        told = {k: self.items(r) for k, r in self.lists().items()}
        stored = self.stored()
        for kind in KINDS:
            self.assertEqual(told[kind], stored[kind])
            self.there[kind] = [x["id"] for x in told[kind]]
        return told

    def answered(self, method, path, r, told):
        """Does the answer to a change show what is there from then on?"""
        kind = path.split("?")[0].split("/")[0]
        now = {x["id"]: x for x in told[kind]}
        for item in r.json()["data"]["affected_items"]:
            if method == "DELETE" and "/" not in path:
                self.assertNotIn(item["id"], now)
            else:
                self.assertEqual(item, now[item["id"]])

    # --- the test -----------------------------------------------------------

    def test_changes(self):
        made = failed = 0
        for n in range(2000 if base.LONG else 300):
            method, path, body = self.change()
            with self.subTest(n=n, method=method, path=path, body=body):
                r = self.send(method, path, body)
                told = self.same()
                if r.status == 200:
                    self.answered(method, path, r, told)
                    made += r.json()["error"] != 1
                    failed += r.json()["error"] != 0
                else:
                    self.assertIn(r.status, (400, 403, 404), r)
                    failed += 1
            if n % 100 == 99:
                self.again()
        print(f"load: {n + 1} changes by chance, {made} of them made, "
              f"{failed} refused in whole or in part", flush=True)
        self.assertGreater(made, n // 4)
        self.assertGreater(failed, n // 8)

    def again(self):
        """A new start answers the same, to the byte."""
        before = {k: r.body for k, r in self.lists().items()}
        token = self.token()
        self.kept.close()
        self.s.stop(remove=False)
        self.s.start()
        self.assertTrue(self.works(token))
        self.assertEqual({k: r.body for k, r in self.lists().items()}, before)

    def test_logout(self):
        """A logout changes nothing that is told, and ends the token."""
        before = self.same()
        token = self.s.token()
        self.assertEqual(self.s.once("DELETE", LOGIN, token=token).status,
                         200)
        self.assertFalse(self.works(token))
        self.tokens.clear()
        time.sleep(1.1)
        self.assertEqual(self.same(), before)
