# SPDX-License-Identifier: ISC
"""One agent, and numbers about many."""
from lib import agents

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
