# SPDX-License-Identifier: ISC
"""Enrolling, listing and deleting agents in the embedded store."""
import base64
import concurrent.futures
import os
import re
import sqlite3
import unittest

from . import base
from .base import client

FIXTURE = os.path.join(base.TOP, os.pardir, "shared", "fixture")


class Agents(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.s.token()

    def tearDown(self):
        self.call("DELETE", "/agents?agents_list=all&status=all"
                  "&older_than=0s")

    def call(self, method, path, body=None):
        return self.s.once(method, path, token=self.token, body=body)

    def enrol(self, name, ip=None):
        body = {"name": name} | ({"ip": ip} if ip else {})
        d = self.data(self.call("POST", "/agents", body))
        self.assertEqual(list(d), ["id", "key"])
        return d["id"], base64.b64decode(d["key"]).decode()

    def ids(self, query=""):
        return [a["id"] for a in self.items(self.call("GET", "/agents"
                                                      + query))]

    def keys(self):
        """Lines of client.keys; those of removed agents left out."""
        lines = self.s.read("etc/client.keys").splitlines()
        return [x for x in lines if not x.split(" ")[1].startswith("!")]

    def delete(self, ids, status="all", older="0s"):
        return self.call("DELETE", f"/agents?agents_list={ids}"
                         f"&status={status}&older_than={older}")

    def test_life_of_an_agent(self):
        # operation: GET /agents
        # operation: POST /agents
        # operation: DELETE /agents
        self.assertEqual(self.ids(), ["000"])
        a, key = self.enrol("web-01")
        self.assertRegex(key, rf"^{a} web-01 any [0-9a-f]{{64}}$")
        b, other = self.enrol("db.02", "10.0.0.7")
        self.assertRegex(other, rf"^{b} db\.02 10\.0\.0\.7 [0-9a-f]{{64}}$")
        self.assertNotEqual(key[-64:], other[-64:])
        self.assertEqual(self.keys(), [key, other])
        self.assertEqual(self.ids(), ["000", a, b])

        item = self.items(self.call("GET", f"/agents?agents_list={b}"))[0]
        self.assertEqual((item["id"], item["name"], item["status"],
                          item["registerIP"]),
                         (b, "db.02", "never_connected", "10.0.0.7"))
        self.assertRegex(item["dateAdd"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")

        self.assertEqual(self.items(self.delete(a)), [a])
        self.assertEqual(self.keys(), [other])
        self.assertEqual(self.ids(), ["000", b])
        c, _ = self.enrol("web-01")
        self.assertNotEqual(c, a, "an id is not used again")

    def test_ids_are_never_used_again(self):
        a, _ = self.enrol("one")
        self.delete(a)
        b, _ = self.enrol("two")
        self.assertGreater(int(b), int(a))

    def test_refused(self):
        a, _ = self.enrol("twice", "10.1.1.1")
        for body, error in (({"name": "twice"}, 1705),
                            ({"name": "x", "ip": "10.1.1.1"}, 1706),
                            ({"name": "x", "ip": "999.1.1.1"}, 1706),
                            ({"name": "x", "ip": "1.2.3"}, 1706),
                            ({"name": "a" * 129}, None)):
            with self.subTest(body=str(body)[:60]):
                r = self.call("POST", "/agents", body)
                self.assertEqual(r.status, 400, r)
                if error:
                    self.problem(r, 400, "Bad Request", error=error)
        self.assertEqual(self.ids(), ["000", a])
        self.assertEqual(len(self.keys()), 1)

    def test_body(self):
        for body in (b"", b"{", b"[]", b'"x"', b"1", b"null", b"{}",
                     b'{"name": 1}', b'{"name": ""}',
                     b'{"name": "bad name"}', b'{"name": "x", "foo": 1}',
                     b'{"name": null}', b"[" * 5000, b'{"name": "\xff"}'):
            with self.subTest(body=body[:40]):
                r = self.s.once("POST", "/agents", token=self.token,
                                headers=[("Content-Type",
                                          "application/json")], body=body)
                self.problem(r, 400, r.json()["title"])
        r = self.s.once("POST", "/agents", token=self.token,
                        headers=[("Content-Type", "text/plain")],
                        body=b'{"name": "x"}')
        self.problem(r, 415, "Unsupported Media Type")
        self.assertEqual(self.ids(), ["000"])

    def test_addresses(self):
        for ip in ("10.0.0.0/24", "2001:db8::99", "any"):
            with self.subTest(ip=ip):
                self.enrol("a" + re.sub(r"\W", "", ip), ip)

    def test_pages(self):
        ids = ["000"] + [self.enrol(f"a{i}")[0] for i in range(5)]
        self.assertEqual(self.ids("?limit=2"), ids[:2])
        self.assertEqual(self.ids("?offset=4"), ids[4:])
        self.assertEqual(self.ids("?limit=2&offset=3"), ids[3:5])
        self.assertEqual(self.ids("?offset=50"), [])
        d = self.data(self.call("GET", "/agents?limit=1"))
        self.assertEqual(d["total_affected_items"], 6)
        self.assertEqual(self.ids(f"?agents_list={ids[2]},{ids[1]}"),
                         ids[1:3])

    def test_parameters(self):
        for query in ("limit=abc", "limit=0", "limit=-1", "limit=100001",
                      "offset=-1", "offset=x", "agents_list=abc",
                      "nothing=1", "limit=1.5", "limit=",
                      "agents_list=001;DROP"):
            with self.subTest(query=query):
                self.problem(self.call("GET", "/agents?" + query), 400,
                             "Bad Request")
        for query in ("agents_list=001", "status=all",
                      "agents_list=001&status=nothing",
                      "agents_list=001&status=all&older_than=x"):
            with self.subTest(query=query):
                self.problem(self.call("DELETE", "/agents?" + query), 400,
                             "Bad Request")

    def test_unknown_agents(self):
        a, _ = self.enrol("here")
        r = self.call("GET", f"/agents?agents_list={a},998,999")
        self.assertEqual([x["id"] for x in self.items(r, error=2)], [a])
        failed = r.json()["data"]["failed_items"]
        self.assertEqual([(f["error"]["code"], f["id"]) for f in failed],
                         [(1701, ["998", "999"])])
        r = self.delete("000,999")
        self.assertEqual(self.items(r, error=1), [])
        failed = r.json()["data"]["failed_items"]
        self.assertEqual([(f["error"]["code"], f["id"]) for f in failed],
                         [(1701, ["999"]), (1703, ["000"])])

    def test_delete_by_state_and_age(self):
        a, _ = self.enrol("young")
        r = self.delete(a, older="7d")
        self.assertEqual(self.items(r, error=1), [])
        self.assertEqual(r.json()["data"]["failed_items"][0]["error"]["code"],
                         1731)
        r = self.delete(a, status="active")
        self.assertEqual(self.items(r, error=1), [])
        # Those that do not match are no failures where all are meant.
        r = self.delete("all", status="disconnected")
        self.assertEqual(self.items(r), [])
        self.assertEqual(self.ids(), ["000", a])
        self.assertEqual(self.items(self.delete("all",
                                                status="never_connected")),
                         [a])
        self.assertEqual(self.ids(), ["000"])

    def test_parallel_enrolment(self):
        """Nobody gets a number twice, and no line of keys is lost."""
        def one(i):
            with client.Connection(self.s.port) as c:
                return [c.request("POST", "/agents", token=self.token,
                                  body={"name": f"p{i}-{j}"})
                        for j in range(5)]

        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            r = [x for rs in pool.map(one, range(10)) for x in rs]
        self.assertEqual({x.status for x in r}, {200})
        ids = {x.json()["data"]["id"] for x in r}
        self.assertEqual(len(ids), 50)
        lines = self.keys()
        self.assertEqual({x.split(" ")[0] for x in lines}, ids)
        self.assertEqual(set(lines), {
            base64.b64decode(x.json()["data"]["key"]).decode() for x in r})
        self.assertEqual(set(self.ids()), ids | {"000"})

    def test_survives_a_restart(self):
        a, key = self.enrol("stays")
        self.s.stop(remove=False)
        self.s.start()
        type(self).token = self.s.token()
        self.assertEqual(self.ids(), ["000", a])
        self.assertEqual(self.keys(), [key])

    def test_modes(self):
        self.enrol("mode")
        self.assertEqual(os.stat(self.s.path("etc/client.keys")).st_mode
                         & 0o777, 0o640)


@unittest.skipUnless(os.path.isdir(FIXTURE), "no fixture beside the sources")
class Fixture(base.Case):
    """Rows of a real manager, laid over the embedded store."""

    @classmethod
    def prepare(cls):
        with open(os.path.join(FIXTURE, "db", "global_data.sql"),
                  encoding="utf-8") as f:
            sql = f.read()
        path = cls.s.path("queue/db/global.db")
        if not os.path.exists(path):
            # The schema is made by the first start.
            cls.s.start()
            cls.s.stop(remove=False)
        db = sqlite3.connect(path)
        db.executescript(sql)
        cls.rows = [r[0] for r in db.execute("SELECT id FROM agent "
                                             "ORDER BY id")]
        db.close()
        with open(os.path.join(FIXTURE, "etc", "client.keys"),
                  encoding="utf-8") as f:
            # Written in place: the file keeps its owner and mode.
            cls.s.write("etc/client.keys", f.read())

    def test_listed(self):
        token = self.s.token()
        r = self.s.once("GET", "/agents", token=token)
        items = self.items(r)
        self.assertEqual([int(a["id"]) for a in items], self.rows)
        by = {a["id"]: a for a in items}
        one = by["001"]
        self.assertEqual((one["name"], one["ip"], one["status"],
                          one["version"], one["node_name"], one["manager"],
                          one["group"], one["lastKeepAlive"],
                          one["os"]["platform"]),
                         ("wazuh-agent1", "172.17.0.11", "active",
                          "Wazuh v4.14.0", "node01", "wazuh-master",
                          ["default", "group1"],
                          "2023-11-14T22:14:20+00:00", "ubuntu"))
        self.assertEqual(by["012"]["status"], "pending")
        self.assertNotIn("os", by["011"])
        r = self.s.once("GET", "/agents?agents_list=015,003", token=token)
        self.assertEqual([a["id"] for a in self.items(r)], ["003", "015"])

    def test_added_to(self):
        token = self.s.token()
        r = self.s.once("POST", "/agents", token=token,
                        body={"name": "new-agent1"})
        self.assertEqual(self.data(r)["id"], "017")
        r = self.s.once("DELETE", "/agents?agents_list=017&status=all"
                        "&older_than=0s", token=token)
        self.assertEqual(self.items(r), ["017"])
