# SPDX-License-Identifier: ISC
"""What the tests of the security record share."""
import json
import os
import sqlite3
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from api import base                                      # noqa: E402
from api.base import LOGIN, client, server                # noqa: E402

RUN_AS = LOGIN + "/run_as"
PASSWORD = server.PASSWORDS["wazuh"]
WUI = ("wazuh-wui", server.PASSWORDS["wazuh-wui"])
JSON = ("Content-Type", "application/json")
RBAC = "api/configuration/security/rbac.db"


class Case(base.Case):
    """
    What is there before the start, by SQL: rows of policies (id, actions,
    resources, effect), rules (id, rule), roles (id, policies, rules) and users
    (id, name, roles). All users have wazuh's password. LOGINS: may they try
    as often as they like?
    """

    LOGINS = True
    POLICIES = ()
    RULES = ()
    ROLES = ()
    USERS = ()

    @classmethod
    def setUpClass(cls):
        cls.tokens = {}
        if cls.LOGINS:
            cls.API = server.merge(cls.API, {
                "access": {"max_login_attempts": 1000000}})
        super().setUpClass()

    @classmethod
    def prepare(cls):
        db = sqlite3.connect(cls.s.path(RBAC))
        with db:
            cls.fill(db)
        db.close()

    @classmethod
    def fill(cls, db):
        secret, = db.execute("SELECT password FROM users WHERE id = 1"
                             ).fetchone()
        for i, actions, resources, effect in cls.POLICIES:
            db.execute("INSERT INTO policies VALUES (?, ?, ?, '')",
                       (i, f"policy{i}", json.dumps({
                           "actions": actions, "resources": resources,
                           "effect": effect})))
        for i, rule in cls.RULES:
            db.execute("INSERT INTO rules VALUES (?, ?, ?, '')",
                       (i, f"rule{i}", json.dumps(rule)))
        for i, policies, rules in cls.ROLES:
            db.execute("INSERT INTO roles VALUES (?, ?, '')", (i, f"role{i}"))
            db.executemany(
                "INSERT INTO roles_policies (role_id, policy_id, level) "
                "VALUES (?, ?, ?)", [(i, p, n) for n, p in
                                     enumerate(policies)])
            db.executemany("INSERT INTO roles_rules (role_id, rule_id) "
                           "VALUES (?, ?)", [(i, r) for r in rules])
        for i, name, roles in cls.USERS:
            db.execute("INSERT INTO users VALUES (?, ?, ?, 0, '')",
                       (i, name, secret))
            db.executemany(
                "INSERT INTO user_roles (user_id, role_id, level) "
                "VALUES (?, ?, ?)", [(i, r, n) for n, r in enumerate(roles)])

    def setUp(self):
        self.kept = Kept(self.s)
        self.addCleanup(self.kept.close)

    def rows(self, sql, *args):
        db = sqlite3.connect(self.s.path(RBAC))
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def token(self, user="wazuh"):
        """One that is kept for the class."""
        if user not in self.tokens:
            self.tokens[user] = self.s.token((user, server.PASSWORDS.get(
                user, PASSWORD)))
        return self.tokens[user]

    def ask(self, method, path, body=None, user="wazuh", **kw):
        """body: text, or what is to be sent as JSON."""
        if isinstance(body, (str, bytes)):
            body = body.encode() if isinstance(body, str) else body
            kw.setdefault("headers", [JSON])
        return self.kept.request(method, path, body=body,
                                 token=self.token(user), **kw)

    def works(self, token):
        """Is it good? If not, it has to be the usual 401."""
        r = self.s.once("GET", "/security/users/me", token=token)
        if r.status != 200:
            self.problem(r, 401, "Unauthorized", "Invalid token")
        return r.status == 200

    def logged(self, mark):
        """Lines of the access log with a mark, once one is there."""
        return base.until(lambda: [x for x in self.s.access() if mark in x],
                          10) or []


# Values that are good, by the name of a parameter or a member.
GOOD = {"name": "sample", "username": "sample", "password": "Good.Pass-1",
        "policy": {"actions": ["agent:read"], "resources": ["agent:id:999"],
                   "effect": "allow"},
        "rule": {"MATCH": {"sample": "x"}}, "ip": "any",
        "rbac_mode": "white", "auth_token_exp_timeout": 900,
        "status": "all", "older_than": "7d"}


class Operation:
    """One of GET /openapi.json, with references resolved."""

    def __init__(self, doc, path, method, what):
        self.doc, self.path, self.method = doc, path, method.upper()
        self.params = [self.look(p) for p in what.get("parameters", ())]
        for p in self.params:
            p["schema"] = self.look(p["schema"])
            if "items" in p["schema"]:
                p["schema"] = self.look(p["schema"]["items"])
        self.login = what.get("security") == [{"basicAuth": []}]
        self.body = None
        if "requestBody" in what:
            kinds = self.look(what["requestBody"])["content"]
            schema = kinds.get("application/json", {}).get("schema")
            self.body = schema and self.merged(schema)

    def look(self, x):
        while "$ref" in x:
            name = x["$ref"].split("/")[2:]
            x = self.doc["components"]
            for n in name:
                x = x[n]
        return dict(x)

    def merged(self, schema):
        """With its members from all of allOf."""
        s = self.look(schema)
        for part in s.pop("allOf", ()):
            s = server.merge(self.merged(part), s)
        return s

    def members(self):
        return {n: self.look(v) for n, v in
                self.body.get("properties", {}).items()}

    def good(self, **kw):
        """(path, body) of a request that names nothing that is there."""
        path, query = self.path, []
        for p in self.params:
            name = p["name"]
            if p["in"] == "path":
                path = path.replace("{%s}" % name, kw.get(name, "998"))
            elif name in kw or p.get("required"):
                query.append((name, kw.get(name, GOOD.get(name, "998"))))
        body = None
        if self.body is not None:
            body = {n: GOOD[n] for n in self.members()}
        return path + ("?" if query else "") + "&".join(
            f"{n}={v}" for n, v in query), body

    def __str__(self):
        return f"{self.method} {self.path}"


def operations(s):
    doc = s.once("GET", "/openapi.json").json()
    return [Operation(doc, path, method, what)
            for path, methods in doc["paths"].items()
            for method, what in methods.items()]


def error(r):
    """Status and number of a problem, or status alone."""
    if r.status < 400:
        return r.status
    return (r.status, r.json().get("error"))


def together(s, requests):
    """
    Send each of (method, path, keywords) on a connection that is open already,
    all at one moment. The answers in order.
    """
    conns = [s.connect() for _ in requests]
    start = threading.Barrier(len(requests))
    out = [None] * len(requests)

    def one(i):
        method, path, kw = requests[i]
        start.wait()
        out[i] = conns[i].request(method, path, **kw)

    threads = [threading.Thread(target=one, args=(i,))
               for i in range(len(requests))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for c in conns:
        c.close()
    return out


class Kept:
    """Requests on one connection, for as long as the server keeps it."""

    def __init__(self, s):
        self.s, self.c = s, None

    def request(self, method, path, **kw):
        if self.c is None:
            self.c = self.s.connect()
        r = self.c.request(method, path, **kw)
        if r.get("connection") == "close":
            self.close()
        return r

    def close(self):
        if self.c is not None:
            self.c.close()
        self.c = None


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


class Neighbour:
    """Somebody whose requests go on meanwhile, at a rate, on a connection."""

    def __init__(self, s, token, path="/security/users/me", rate=50):
        self.s, self.token, self.path, self.rate = s, token, path, rate
        self.wrong, self.took = [], []
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.end.set()
        self.thread.join()

    def run(self):
        at = time.monotonic()
        try:
            with self.s.connect() as c:
                while not self.end.is_set():
                    began = time.monotonic()
                    r = c.request("GET", self.path, token=self.token)
                    self.took.append(time.monotonic() - began)
                    if r.status != 200:
                        self.wrong.append(r)
                    at += 1 / self.rate
                    time.sleep(max(0, at - time.monotonic()))
        except (client.Closed, OSError) as e:
            self.wrong.append(e)

    def say(self, what):
        """For scripts/test, which shows lines that begin like this."""
        ms = [1000 * t for t in self.took]
        print(f"load: {what}: a neighbour's {len(ms)} requests took p50 "
              f"{percentile(ms, .5):.1f}, p99 {percentile(ms, .99):.1f}, at "
              f"most {max(ms):.1f} ms", flush=True)
