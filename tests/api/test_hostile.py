# SPDX-License-Identifier: ISC
"""Text that would break out of a statement, a path, a log line or a document,
in every parameter of every operation: refused in order, or taken as text."""
import base64
import hashlib
import json
import os
import re
import sqlite3
import time
import urllib.parse

from lib import agents

from . import base
from .base import client

MIB = 1 << 20
COUNT = 10          # agents that have to be left
FORGED = b"FORGED"  # begins a line where a line break gets through
# What ends a literal or a statement, and what only looks like it.
VALUES = (b"'", b'"', b"`", b"\\", b"\\'", b"%", b"%%", b"_", b"*", b";",
          b"--", b";--", b"/*", b"' OR '1'='1", b'" OR ""="', b"') OR 1=1;--",
          b"1;DROP TABLE agent;--", b"x' UNION SELECT 1,2,3--", b"?1", b":a",
          b"%s%s%n", b"{}", b"[]", b"null", b"-1", b"1e309", b"0x10",
          b"99999999999999999999", b"../../../etc/passwd", b"<b>&amp;",
          b"$(id)", b"\0", b"a\0b", b"001\0", b"\n", b"a\r\n" + FORGED,
          b"a\n" + FORGED, b"\t", b"\x7f", b"\x1b[2J", b"\xff", b"\xc0\x80",
          b"\xed\xa0\x80", b"\xf4\x90\x80\x80", "\u2028\u202e".encode(),
          b"A" * 2000, b"'" * 2000, b"(" * 2000)
# So much of a request's line is read; what is percent-encoded counts thrice.
LONG = (b"A" * 60000, b"'" * 20000, b"%" * 20000, b"\0" * 20000)
# Not even percent-encoding.
BROKEN = (b"%", b"%2", b"%zz", b"%u0041", b"a%00%", b"'", b"+", b"a=b=c")
ANSWERS = (200, 400, 401, 403, 404, 405, 406, 413, 414, 415, 431)
# What a parameter can hold that is there only to let the others be looked at.
FILL = {"agents_list": "999", "status": "all", "agent_id": "999"}
# Where a value means something only inside of others.
FORMS = {"q": (b"%s", b"name=%s", b"name~%s", b"(id=%s,name!=%s)", b"%s=1",
               b"name%s1", b"dateAdd<%s"),
         "sort": (b"%s", b"-%s", b"name,%s"),
         "search": (b"%s", b"-%s"),
         "select": (b"%s", b"id,%s")}


def quoted(value):
    return urllib.parse.quote_from_bytes(value, safe="").encode()


def form_of(form, value):
    return form.replace(b"%s", value)


class Hostile(base.Case):
    # No attempt is to be the last one.
    API = {"access": {"max_login_attempts": 100000000}}

    @classmethod
    def prepare(cls):
        agents.fill(cls.s, COUNT)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.doc = cls.s.once("GET", "/openapi.json").json()
        cls.token = cls.s.token()
        cls.conn = None

    @classmethod
    def tearDownClass(cls):
        if cls.conn is not None:
            cls.conn.close()
        super().tearDownClass()

    def tearDown(self):
        # Of each test by itself; those of the class are looked at once more.
        self.assertEqual([p["name"] for p in self.s.status()
                          if p["restarts"] or p["state"] != "up"], [])
        for top, _, names in os.walk(self.s.path("logs")):
            for name in names:
                with open(os.path.join(top, name), "rb") as f:
                    for line in f:
                        self.assertFalse(line.startswith(FORGED), name)
                        # SQLite has never anything to say about a text.
                        self.assertNotIn(b"syntax error", line)
                        self.assertNotIn(b"unrecognized token", line)
        self.assertEqual(self.agents(), COUNT)

    # --- the table ----------------------------------------------------------

    def known(self, value):
        """Behind a reference."""
        while "$ref" in value:
            at = self.doc
            for part in value["$ref"].removeprefix("#/").split("/"):
                at = at[part]
            value = at
        return value

    def operations(self):
        for path, item in self.doc["paths"].items():
            for method, op in item.items():
                params = [self.known(p) for p in op.get("parameters", [])]
                yield method.upper(), path, op, params

    def members(self, op):
        """Names of the members of a JSON body; None: it takes none."""
        body = op.get("requestBody", {}).get("content", {})
        schema = body.get("application/json", {}).get("schema")
        if schema is None:
            return None
        return list(self.known(schema).get("properties", {}))

    def target(self, path, params, hostile=None, raw=b""):
        """The target with one parameter as it is given, others harmless."""
        query = []
        for p in params:
            name = p["name"]
            if name == hostile:
                value = raw
            elif p.get("required"):
                value = FILL.get(name, "nothing").encode()
            else:
                continue
            if p["in"] == "path":
                path = path.replace("{" + name + "}", value.decode("latin-1"))
            else:
                query.append(name.encode() + b"=" + value)
        return path + ("?" + b"&".join(query).decode("latin-1") if query
                       else "")

    # --- asking -------------------------------------------------------------

    def ask(self, method, target, op=None, **kw):
        """The answer, with a new token where the last one was ended."""
        login = op is not None and {"basicAuth": []} in op.get("security", [])
        if login or "headers" in kw and kw["headers"][0][0] == "Authorization":
            return self.ask_once(method, target, **kw, **(
                {"basic": base.server.USER} if login else {}))
        r = self.ask_once(method, target, token=self.token, **kw)
        end = time.monotonic() + 3
        # One made in the second of its predecessor's end is void too.
        while r.status == 401 and time.monotonic() < end:
            time.sleep(0.1)
            type(self).token = self.s.token()
            r = self.ask_once(method, target, token=self.token, **kw)
        return r

    def ask_once(self, method, target, **kw):
        """On one connection as long as the server keeps it open."""
        cls = type(self)
        while True:
            fresh = cls.conn is None
            if fresh:
                cls.conn = client.Connection(self.s.port)
            try:
                cls.conn.send(cls.conn.build(method, target, **kw))
                r = cls.conn.response(method)
            except (client.Closed, OSError):
                cls.conn.close()
                cls.conn = None
                if fresh:
                    raise
                continue
            if r.get("connection") == "close":
                cls.conn.close()
                cls.conn = None
            return r

    def fits(self, r, method="GET"):
        """One of the answers that there are, in its form."""
        self.assertIn(r.status, ANSWERS, r)
        if r.status == 200 or method == "HEAD":
            return
        self.assertEqual(r.get("content-type"), base.PROBLEM)
        body = r.json()
        self.assertIsInstance(body["title"], str)
        self.assertIsInstance(body["detail"], str)

    # --- what must not change -----------------------------------------------

    def agents(self):
        return len(self.s.read("etc/client.keys").splitlines())

    def state(self, names):
        """A digest of what the databases say, and of client.keys."""
        h = hashlib.sha256()
        for name in names:
            path = self.s.path(name)
            if not name.endswith(".db"):
                with open(path, "rb") as f:
                    h.update(f.read())
                continue
            db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            for line in db.iterdump():
                h.update(line.encode("utf-8", "surrogatepass"))
            db.close()
        return h.hexdigest()

    KEPT = ("queue/db/global.db", "etc/client.keys")
    RBAC = "api/configuration/security/rbac.db"

    def unchanged(self, method, op):
        """Names of files that an operation has to leave as they are."""
        if method == "GET" or not op.get("security", True):
            return self.KEPT + (self.RBAC,)
        # What does not exist is asked for: nothing is deleted.
        return self.KEPT if method in ("DELETE", "PUT") else ()

    # --- tests --------------------------------------------------------------

    def values_of(self, method, name):
        for value in VALUES + LONG:
            for form in FORMS.get(name, (b"%s",)):
                # It may match anything, as "name~%" does: not by itself.
                if method == "DELETE" and name == "q" and form != b"%s":
                    form = b"name=nobody;(" + form + b")"
                yield quoted(form_of(form, value))
        yield from BROKEN

    def test_parameters(self):
        """Each parameter of each operation."""
        asked = 0
        for method, path, op, params in self.operations():
            kept = self.unchanged(method, op)
            before = self.state(kept)
            for p in params:
                for raw in self.values_of(method, p["name"]):
                    target = self.target(path, params, p["name"], raw)
                    body = b"{}" if self.members(op) is not None else None
                    r = self.ask(method, target, op, body=body)
                    with self.subTest(op=f"{method} {path}", name=p["name"],
                                      raw=raw[:60]):
                        self.fits(r, method)
                    asked += 1
            with self.subTest(op=f"{method} {path}"):
                self.assertEqual(self.state(kept), before)
        self.assertGreater(asked, 1000)

    def test_names_of_parameters(self):
        """What is hostile is the name, or what stands around it."""
        for method, path, op, params in self.operations():
            start = self.target(path, params)
            sep = "&" if "?" in start else "?"
            for value in VALUES + LONG:
                v = quoted(value).decode()
                for extra in (v, v + "=1", "&".join([v] * 3),
                              "=" + v, f"limit=1&{v}=1&limit=1"):
                    if len(extra) > 60000:
                        continue
                    r = self.ask(method, start + sep + extra, op)
                    with self.subTest(op=f"{method} {path}",
                                      extra=extra[:60]):
                        self.fits(r, method)
                        # A blank query is no parameter.
                        self.assertNotEqual(r.status, 200)

    def test_paths(self):
        for value in VALUES + LONG:
            v = quoted(value).decode()
            for target in ("/" + v, "/agents/" + v, f"/agents/{v}/key",
                           f"/{v}/agents", "/agents/001" + v,
                           "/security/users/" + v):
                with self.subTest(target=target[:60]):
                    r = self.ask("GET", target)
                    self.fits(r)
                    self.assertNotEqual(r.status, 200)

    def test_too_long(self):
        """A megabyte is no request's line, nor a header's."""
        for size in (70000, MIB):
            for method, path, op, params in self.operations():
                names = [p["name"] for p in params if p["in"] == "query"]
                targets = [f"{path}/" + "'" * size]
                if names:
                    targets.append(f"{path}?{names[-1]}="
                                   + "%27" * (size // 3))
                for target in targets:
                    with self.subTest(op=f"{method} {path}", size=size):
                        self.overflow(method, target, self.token, size)
            self.overflow("GET", "/agents", "'" * size, size)

    def overflow(self, method, target, token, size):
        """431 before all of it was read."""
        with client.Connection(self.s.port) as c:
            try:
                c.send(c.build(method, target, token=token))
                r = c.response()
            except (client.Closed, OSError):
                # The rest came after the answer, and the connection was reset.
                self.assertEqual(size, MIB)
                return
        self.fits(r, method)
        self.assertEqual(r.status, 431)

    # --- bodies -------------------------------------------------------------

    JSON = [("Content-Type", "application/json")]

    def bodies(self, member):
        """JSON texts with one hostile member."""
        texts = [v.decode("utf-8", "replace") for v in VALUES]
        texts += ["\ud800", "\udfff\ud800", "\0" * 1000, "'" * MIB,
                  "%" * MIB, "\\" * MIB, "\0" * (MIB // 6), "\u00e4" * MIB]
        for text in texts:
            yield json.dumps({member: text}).encode()
        for value in VALUES:
            # The bytes as they are, whatever they make of the document.
            yield b'{"%s": "%s"}' % (member.encode(), value)
            yield b'{"%s": %s}' % (member.encode(), value)
        for value in (None, True, -1, 1e300, [], {}, ["'"] * 1000,
                      {"'": {"'": "'"}}):
            yield json.dumps({member: value}).encode()
        yield b'{"%s": 1%s}' % (member.encode(), b"0" * MIB)
        yield b'{"%s": %s}' % (member.encode(), b"[" * MIB)
        yield b'{"%s": "a", "%s": "\'"}' % ((member.encode(),) * 2)

    def test_members_of_bodies(self):
        asked = 0
        for method, path, op, params in self.operations():
            for member in self.members(op) or ():
                target = self.target(path, params)
                for body in self.bodies(member):
                    keys = self.s.read("etc/client.keys")
                    r = self.ask(method, target, op, headers=self.JSON,
                                 body=body)
                    with self.subTest(op=f"{method} {path}", member=member,
                                      body=body[:60], long=len(body)):
                        self.fits(r, method)
                        if (method, path) == ("POST", "/agents"):
                            self.enrolled(r, keys, member, body)
                    asked += 1
        self.assertGreater(asked, 100)

    def enrolled(self, r, keys, member, body):
        """Refused, or one line more, of that name; it is deleted again."""
        if r.status != 200:
            self.assertIn(r.status, (400, 413))
            self.assertEqual(self.s.read("etc/client.keys"), keys)
            return
        self.assertEqual(member, "name")
        name = json.loads(body)["name"]
        new = self.s.read("etc/client.keys")
        self.assertTrue(new.startswith(keys))
        self.assertRegex(new[len(keys):], r"\A\d{3,} " + re.escape(name) +
                         r" any [0-9a-f]{64}\n\Z")
        agent = r.json()["data"]["id"]
        r = self.ask("DELETE", "/agents?status=all&older_than=0s&purge=true"
                     "&agents_list=" + agent)
        self.assertEqual(self.items(r), [agent])
        self.assertEqual(self.s.read("etc/client.keys"), keys)

    def test_names_of_members(self):
        for method, path, op, params in self.operations():
            if self.members(op) is None:
                continue
            target = self.target(path, params)
            for value in VALUES + (b"'" * MIB, b"A" * MIB):
                name = value.decode("utf-8", "replace")
                for body in (json.dumps({name: "x"}).encode(),
                             json.dumps({"name": "x", name: 1}).encode(),
                             b'{"%s": 1}' % value, value):
                    r = self.ask(method, target, op, headers=self.JSON,
                                 body=body)
                    with self.subTest(op=f"{method} {path}", body=body[:60]):
                        self.fits(r, method)
                        # A context may have members of any name.
                        if not path.endswith("/authenticate/run_as"):
                            self.assertNotEqual(r.status, 200)

    def test_bodies_nobody_asked_for(self):
        """A megabyte where no body is read, and types that are none."""
        for method, path, op, params in self.operations():
            kept = self.unchanged(method, op)
            before = self.state(kept)
            target = self.target(path, params)
            for kind, body in ((b"application/json", b"'" * MIB),
                               (b"application/json", b'{"q": "\'"}'),
                               (b"application/json", b"{}"),
                               (b"application/json; charset='--", b"{}"),
                               (b"text/plain", b"'" * MIB),
                               (b"'", b"\0"), (b"a/b;c='", b"{}"),
                               (b"A" * 1000, b"\0" * MIB)):
                headers = [("Content-Type", kind.decode())]
                r = self.ask(method, target, op, headers=headers, body=body)
                with self.subTest(op=f"{method} {path}", kind=kind[:40],
                                  long=len(body)):
                    self.fits(r, method)
                if (method, path) == ("DELETE", base.LOGIN):
                    # A second goes by until there is a token again.
                    break
            with self.subTest(op=f"{method} {path}"):
                self.assertEqual(self.state(kept), before)

    # --- credentials --------------------------------------------------------

    def test_credentials(self):
        before = self.state(self.KEPT + (self.RBAC,))
        for i, value in enumerate(VALUES):
            # Each costs a whole hash.
            for method in ("POST", "GET") if i < 5 else ("POST",):
                text = base64.b64encode(value + b":" + value).decode()
                r = self.ask(method, base.LOGIN, headers=[
                    ("Authorization", "Basic " + text)])
                with self.subTest(value=value[:40]):
                    self.fits(r)
                    self.assertIn(r.status, (400, 401))
            for text in ("Bearer ", "Bearer a.", "Basic ", ""):
                # Bytes that a field cannot have end the request.
                head = f"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: {text}"
                with client.Connection(self.s.port) as c:
                    c.send(head.encode() + value.replace(b"\r\n", b" ") +
                           b"\r\n\r\n")
                    r = c.response()
                with self.subTest(text=text, value=value[:40]):
                    self.fits(r)
                    self.assertIn(r.status, (400, 401))
        self.assertEqual(self.state(self.KEPT + (self.RBAC,)), before)
