# SPDX-License-Identifier: ISC
"""One agent, and numbers about many."""
import sqlite3

from lib import agents, callers

from . import base

COUNT = 25          # fifteen active, five disconnected, five never heard of


class Summary(base.Case):
    @classmethod
    def prepare(cls):
        agents.fill(cls.s, COUNT)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.s.token()

    def get(self, path):
        return self.s.once("GET", path, token=self.token)

    def test_one_agent(self):
        # operation: GET /agents/{agent_id}
        for i in ("000", "001", f"{COUNT:03d}"):
            with self.subTest(agent=i):
                r = self.get(f"/agents/{i}")
                same = self.get(f"/agents?agents_list={i}")
                self.assertEqual(self.items(r), self.items(same))
                self.assertEqual(len(self.items(r)), 1)
        self.assertEqual(self.items(self.get("/agents/002?select=name")),
                         [{"id": "002", "name": "agent-2"}])
        self.problem(self.get("/agents/998"), 404, "Resource Not Found",
                     error=1701)

    def test_one_agent_adds_no_other_path(self):
        """What is no agent's number is the unknown path it always was."""
        for path in ("/agents/..", "/agents/1", "/agents/abc",
                     "/agents/all", "/agents/001,002", "/agents/nothing"):
            with self.subTest(path=path):
                self.problem(self.get(path + "?limit=x"), 404, "Not Found",
                             "404: Not Found")
        for query in ("limit=1", "q=id=001", "select=internal_key"):
            with self.subTest(query=query):
                self.assertEqual(self.get("/agents/001?" + query).status, 400)

    def test_status(self):
        # operation: GET /agents/summary/status
        d = self.data(self.get("/agents/summary/status"))
        self.assertEqual(list(d["connection"].items()),
                         [("active", 15), ("disconnected", 5),
                          ("never_connected", 5), ("pending", 0),
                          ("total", COUNT)])
        self.assertEqual(list(d["configuration"].items()),
                         [("synced", 20), ("not_synced", 5),
                          ("total", COUNT)])

    def test_overview(self):
        # operation: GET /overview/agents
        d = self.data(self.get("/overview/agents"))
        self.assertEqual(list(d), ["nodes", "groups", "agent_os",
                                   "agent_status", "agent_version",
                                   "last_registered_agent"])
        self.assertEqual(d["agent_status"],
                         self.data(self.get("/agents/summary/status")))
        self.assertEqual({n["node_name"]: n["count"] for n in d["nodes"]},
                         {"node01": 20, "N/A": 5})
        self.assertEqual({v["version"]: v["count"]
                          for v in d["agent_version"]},
                         {"Wazuh v4.14.9": 20, "N/A": 5})
        self.assertEqual({o["os"]["platform"]: o["count"]
                          for o in d["agent_os"]}, {"debian": 20, "N/A": 5})
        self.assertEqual(len(d["last_registered_agent"]), 1)
        self.assertNotEqual(d["last_registered_agent"][0]["id"], "000")

    def test_parameters(self):
        for path in ("/agents/summary/status", "/overview/agents"):
            for query in ("limit=1", "agents_list=001", "pretty=x"):
                with self.subTest(path=path, query=query):
                    self.problem(self.get(f"{path}?{query}"), 400,
                                 "Bad Request")


class Denied(base.Case):
    """The same for callers whose policies leave some agents out."""

    @classmethod
    def prepare(cls):
        agents.fill(cls.s, COUNT)
        db = sqlite3.connect(agents.database(cls.s))
        with db:
            db.execute("INSERT INTO `group` (name) VALUES ('odd'), ('low')")
            for name, where in (("odd", "id % 2 = 1"), ("low", "id <= 10")):
                db.execute("INSERT INTO belongs (id_agent, id_group, priority)"
                           " SELECT a.id, g.id, g.id FROM agent a, `group` g "
                           f"WHERE a.id > 0 AND a.{where} AND g.name = ?",
                           (name,))
        db.close()

        def policy(effect, *resources):
            return effect, ["agent:read"], list(resources)

        cls.users = {
            name: callers.add(cls.s, name, policies)
            for name, policies in {
                "no-odd": [policy("allow", "agent:id:*"),
                           policy("deny", "agent:group:odd", "agent:id:002")],
                "but-one": [policy("allow", "agent:id:*"),
                            policy("deny", "agent:group:odd"),
                            policy("allow", "agent:id:003")],
                "low": [policy("allow", "agent:group:low"),
                        policy("deny", "agent:id:001", "agent:id:x")],
                "none": [policy("deny", "agent:id:*")]}.items()}

    def ids(self, user, query="", error=0):
        r = self.s.once("GET", "/agents?select=id" + query,
                        token=self.s.token(self.users[user]))
        d = self.data(r, error)
        ids = [int(a["id"]) for a in d["affected_items"]]
        if "limit" not in query:
            self.assertEqual(d["total_affected_items"], len(ids))
        return ids

    def test_lists(self):
        even = [i for i in range(COUNT + 1) if i % 2 == 0]
        self.assertEqual(self.ids("no-odd"), [i for i in even if i != 2])
        self.assertEqual(self.ids("but-one"), sorted(even + [3]))
        self.assertEqual(self.ids("low"), list(range(2, 11)))
        self.assertEqual(self.ids("none"), [])
        self.assertEqual(self.ids("low", "&sort=-id&limit=2&offset=1"),
                         [9, 8])
        self.assertEqual(self.ids("but-one", "&q=id%3C6;id!=0"), [2, 3, 4])
        self.assertEqual(self.ids("low", "&status=never_connected"), [4, 9])

    def test_named(self):
        for user, good, bad in (("no-odd", "004", "001,002"),
                                ("but-one", "003,004", "001"),
                                ("low", "002", "001,011")):
            with self.subTest(user=user):
                token = self.s.token(self.users[user])
                r = self.s.once("GET", f"/agents?agents_list={good},{bad}",
                                token=token)
                self.assertEqual([a["id"] for a in self.items(r, error=2)],
                                 good.split(","))
                self.assertEqual(
                    [(f["error"]["code"], f["id"])
                     for f in r.json()["data"]["failed_items"]],
                    [(4000, bad.split(","))])
                r = self.s.once("GET", f"/agents?agents_list={bad}",
                                token=token)
                self.problem(r, 403, "Permission Denied", error=4000)

    def test_numbers(self):
        for user in self.users:
            with self.subTest(user=user):
                token = self.s.token(self.users[user])
                seen = {i for i in self.ids(user) if i != 0}
                d = self.data(self.s.once("GET", "/agents/summary/status",
                                          token=token))
                self.assertEqual(d["connection"]["total"], len(seen))
                self.assertEqual(d["connection"]["never_connected"],
                                 sum(i % 5 == 4 for i in seen))
                d = self.data(self.s.once("GET", "/overview/agents",
                                          token=token))
                self.assertEqual(d["agent_status"]["connection"]["total"],
                                 len(seen))
                self.assertEqual(sum(n["count"] for n in d["nodes"]),
                                 len(seen))
