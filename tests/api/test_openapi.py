# SPDX-License-Identifier: ISC
"""The description of the interface, and that it is true."""
import json
import os
import re

from . import base

TABLE = os.path.join(base.TOP, "conf", "openapi.yaml")
METHODS = ("GET", "POST", "PUT", "DELETE")


def extensions(value):
    """Keys anywhere in value that are not for clients."""
    if isinstance(value, list):
        for v in value:
            yield from extensions(v)
    elif isinstance(value, dict):
        for k, v in value.items():
            if k.startswith("x-"):
                yield k
            yield from extensions(v)


def references(value):
    if isinstance(value, list):
        for v in value:
            yield from references(v)
    elif isinstance(value, dict):
        for k, v in value.items():
            if k == "$ref":
                yield v
            else:
                yield from references(v)


class Document(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.doc = cls.s.once("GET", "/openapi.json").json()

    def operations(self):
        for path, item in self.doc["paths"].items():
            for method, op in item.items():
                yield method.upper(), path, op

    def test_answer(self):
        # operation: GET /openapi.json
        r = self.s.once("GET", "/openapi.json")
        self.assertEqual(r.status, 200, r)
        self.assertEqual(r.get("content-type"), "application/json")
        self.assertEqual([(n, v) for n, v in r.headers
                          if n in dict(base.CONSTANT)], base.CONSTANT)
        # Not one blank too many: clients fetch it at every start.
        self.assertEqual(r.text(), json.dumps(self.doc,
                                              separators=(",", ":")))
        h = self.s.once("HEAD", "/openapi.json")
        self.assertEqual((h.status, h.get("content-length")),
                         (200, str(len(r.body))))

    def test_no_credential_is_looked_at(self):
        for kw in ({"token": "junk"}, {"basic": ("wazuh", "wrong")},
                   {"headers": [("Authorization", "Nonsense")]}):
            with self.subTest(kw=str(kw)):
                r = self.s.once("GET", "/openapi.json", **kw)
                self.assertEqual(r.status, 200, r)

    def test_parameters(self):
        for query in ("pretty=true", "wait_for_complete=true", "x=1"):
            r = self.s.once("GET", "/openapi.json?" + query)
            self.problem(r, 400, "Bad Request")
        self.problem(self.s.once("POST", "/openapi.json"), 405,
                     "Method Not Allowed")

    def test_document(self):
        self.assertRegex(self.doc["openapi"], r"^3\.0\.\d$")
        self.assertEqual(list(extensions(self.doc)), [])
        for ref in references(self.doc):
            at = self.doc
            for part in ref.removeprefix("#/").split("/"):
                self.assertIn(part, at, ref)
                at = at[part]
        ids = [op["operationId"] for _, _, op in self.operations()]
        with open(TABLE, encoding="utf-8") as f:
            text = f.read().split("\nx-internal:")[0]
        self.assertEqual(ids, re.findall(r"^ +operationId: (\S+)$", text,
                                         re.M))

    def test_operations_exist(self):
        """Whatever is described is there, and nothing else at its path."""
        for method, path, op in self.operations():
            path = path.replace("{agent_id}", "001")
            with self.subTest(operation=f"{method} {path}"):
                r = self.s.once(method, path)
                self.assertEqual(
                    r.status, 200 if op.get("security") == [] else 401, r)
                r = self.s.once("PATCH", path)
                self.problem(r, 405, "Method Not Allowed")
        for path, item in self.doc["paths"].items():
            path = path.replace("{agent_id}", "001")
            # A word may be a parameter of another path: PUT /security/users/me.
            there = {m.upper() for p, i in self.doc["paths"].items() for m in i
                     if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", p), path)}
            for method in set(METHODS) - there:
                with self.subTest(missing=f"{method} {path}"):
                    self.problem(self.s.once(method, path), 405,
                                 "Method Not Allowed")

    def test_parameters_are_described(self):
        """A parameter that is described is taken, others are refused."""
        token = self.s.token()
        known = self.doc["components"]["parameters"]
        for method, path, op in self.operations():
            if method != "GET" or op.get("security") is not None:
                continue
            names = {known[p["$ref"].rsplit("/", 1)[1]]["name"]
                     for p in op.get("parameters", [])}
            path = path.replace("{agent_id}", "000")
            for name in ("pretty", "wait_for_complete", "distinct"):
                r = self.s.once(method, f"{path}?{name}=false", token=token)
                with self.subTest(path=path, name=name):
                    self.assertEqual(r.status == 400, name not in names, r)


class Window(base.Case):
    API = {"access": {"max_request_per_minute": 3}}

    def test_counted(self):
        self.s.once("GET", "/openapi.json")
        status = [self.s.once("GET", "/openapi.json").status
                  for _ in range(6)]
        self.assertEqual(status[0], 200)
        self.assertEqual(status[-1], 429)
