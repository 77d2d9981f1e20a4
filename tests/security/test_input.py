# SPDX-License-Identifier: ISC
"""What is in requests is text, wherever it stands and whatever it says."""
import hashlib
import json
import os
import urllib.parse

from lib import agents

from .rig import Case, JSON, LOGIN, RUN_AS, WUI, operations, server

MARK = "canary-of-the-record"


class Everywhere(Case):
    """Sends things in all places of all operations."""

    @classmethod
    def prepare(cls):
        super().prepare()
        agents.fill(cls.s, 3)

    def setUp(self):
        super().setUp()
        self.canary = os.path.join(self.s.top, "canary")

    def send(self, op, path, body):
        kw = {"token": self.token()}
        if op.login:
            kw = {"basic": server.USER}
        if body is not None:
            kw.update(headers=[JSON], body=body if isinstance(body, bytes)
                      else json.dumps(body).encode())
        return self.kept.request(op.method, path, **kw)

    def table(self):
        """Names and contents of all that a request here should not change."""
        out = {}
        for top, dirs, files in os.walk(self.s.top):
            dirs[:] = [d for d in dirs if d not in ("logs", "run")]
            for name in files:
                if name.endswith(("-wal", "-shm", "-journal", ".log")):
                    continue
                path = os.path.join(top, name)
                with open(path, "rb") as f:
                    out[path] = hashlib.sha256(f.read()).hexdigest()
        return out

    def harmless(self, r):
        """Nothing of what was said was done, and nothing broke over it."""
        self.assertLess(r.status, 500, r)
        self.assertFalse(os.path.exists(self.canary))
        self.assertNotIn(MARK, r.text())


def evaluated(canary):
    """Objects that a careless reader would make something of."""
    run = {"__class__": "os.system", "__args__": [f"touch {canary}"]}
    error_class = {"__unhandled_exc__": {"__class__": "exit", "__args__": []}}
    return [{"__unhandled_exc__": run}, error_class,
            {"__unhandled_exc__": {"__class__": "NotImplementedError",
                                   "__args__": []}},
            {"__unhandled_exc__": {"__class__": "exec", "__args__": [
                f"open('{canary}', 'w')"]}}]


def called(canary):
    return [{"__callable__": {"__name__": name, "__module__": module,
                              "__qualname__": name, "__type__": "function"}}
            for name, module in (("system", "os"), ("getoutput", "subprocess"),
                                 ("get_agents", "wazuh.agent"),
                                 ("revoke_tokens", "wazuh.core.security"),
                                 ("eval", "builtins"))] + \
        [{"__callable__": {"__name__": "remove", "__wazuh__": {},
                           "__args__": [canary]}},
         {"__callable__": "os.system", "f": f"touch {canary}"}]


def decoded():
    return [{"__wazuh_exception__": {"__class__": "WazuhError",
                                     "__object__": {"code": 1000}}},
            {"__wazuh_exception__": {"__class__": "__init__",
                                     "__object__": {}}},
            {"__wazuh_result__": {"__class__": "AffectedItemsWazuhResult",
                                  "__object__": {}}},
            {"__wazuh_result__": {"__class__": "os", "__object__": []}},
            {"__wazuh_datetime__": "2031-01-01T00:00:00Z"},
            {"__wazuh_common__": {"__class__": "common"}},
            {"py/object": "os.system"}]


class CVE_2025_24016(Everywhere):
    """__unhandled_exc__ in a body or a parameter makes no exception."""

    def things(self):
        return evaluated(self.canary)

    def refused(self, op, r):
        self.problem(r, 400, "Bad Request")
        self.harmless(r)

    def test_bodies(self):
        """A member that is not one, or is of another kind, is refused."""
        before, seen = self.table(), 0
        for op in operations(self.s):
            if op.body is None:
                continue
            free = not op.members()
            path, good = op.good()
            for thing in self.things():
                with self.subTest(operation=str(op), thing=thing):
                    r = self.send(op, path, thing)
                    if free:
                        # An authorization context: it may say anything.
                        self.assertEqual(r.status, 200, r)
                        self.harmless(r)
                        continue
                    self.refused(op, r)
                    self.refused(op, self.send(op, path, {**good, **thing}))
                    self.refused(op, self.send(op, path, [thing]))
                    for name in good:
                        r = self.send(op, path, {**good, name: thing})
                        if name == "rule":
                            continue        # test_stored
                        self.assertEqual(r.status, 400, r)
                        self.harmless(r)
                        seen += 1
        self.assertGreater(seen, 30)
        after = self.table()
        # Rules are stored; nothing else is.
        self.assertEqual({p for p in after if after[p] != before.get(p)} -
                         {self.s.path("api/configuration/security/rbac.db")},
                         set())

    def test_parameters(self):
        for op in operations(self.s):
            for p in op.params:
                for thing in self.things():
                    value = urllib.parse.quote(json.dumps(thing), safe="")
                    with self.subTest(operation=str(op), name=p["name"],
                                      thing=thing):
                        path, body = op.good(**{p["name"]: value})
                        r = self.send(op, path, body)
                        self.harmless(r)
                        if {"format", "pattern", "enum"} & set(p["schema"]) \
                                and p["schema"].get("format") != "search" or \
                                p["schema"]["type"] in ("integer", "boolean"):
                            self.assertEqual(r.status, 400 if p["in"] !=
                                             "path" or r.status != 404
                                             else 404, r)
        self.assertFalse(os.path.exists(self.canary))

    def test_logins(self):
        """Nor in a name, a password, a token or a field."""
        for thing in self.things():
            text = json.dumps(thing)
            r = self.s.once("POST", LOGIN, basic=(text, text))
            self.problem(r, 401, "Unauthorized", "Invalid credentials")
            r = self.s.once("GET", "/", headers=[
                ("Authorization", "Bearer " + text), ("X-Any", text)])
            self.problem(r, 401, "Unauthorized")
            r = self.s.once("POST", RUN_AS, basic=WUI, body=thing)
            self.harmless(r)
            me = self.s.once("GET", "/security/users/me",
                             token=self.data(r)["token"])
            self.assertEqual(self.items(me)[0]["roles"], [])
        self.assertFalse(os.path.exists(self.canary))

    def test_stored(self):
        """A rule may say so; it comes back as it was."""
        for i, thing in enumerate(self.things()):
            rule = {"FIND": {f"{type(self).__name__}{i}": thing}}
            name = f"{type(self).__name__[-5:]}-{i}"
            r = self.ask("POST", "/security/rules", {"name": name,
                                                     "rule": rule})
            item, = self.items(r)
            self.assertEqual(item["rule"], rule)
            r = self.ask("GET", f"/security/rules?rule_ids={item['id']}")
            self.assertEqual(self.items(r)[0]["rule"], rule)
            text, = self.rows("SELECT rule FROM rules WHERE id = ?",
                              item["id"])
            self.assertEqual(text[0], json.dumps(rule))
        self.assertFalse(os.path.exists(self.canary))


class CVE_2026_25769(CVE_2025_24016):
    """__callable__ names no function, here or of a module."""

    def things(self):
        return called(self.canary)

    def test_names_are_no_paths(self):
        """Nor does the name of a call, or of a row that only nodes have."""
        names = {"wazuh.agent.get_agents", "wazuh.security.get_users",
                 "wazuh.core.security.revoke_tokens", "dapi", "dapi_fwd",
                 "agents_info", "gatehouse.security.login"}
        for name in names:
            for path in ("/" + name, "/" + name.replace(".", "/")):
                for method in ("GET", "POST", "PUT", "DELETE"):
                    r = self.ask(method, path, {"f_kwargs": {}})
                    self.problem(r, 404, "Not Found", "404: Not Found")


class CVE_2026_44901(CVE_2025_24016):
    """Nor do marks of results, exceptions and dates make any."""

    def things(self):
        return decoded()


# Ways out of a folder, as names.
WAYS = ("../../../canary", "..%2f..%2f..%2fcanary", "/etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd", "....//....//canary", "..\\..\\canary",
        "..%5c..%5ccanary", "%252e%252e/canary", "x/../../canary",
        "..%00/canary", "etc/../../canary", "%c0%ae%c0%ae%c0%afcanary",
        "file:///etc/passwd", "..%ef%bc%8fcanary", "/proc/self/environ",
        "~/canary", "../", "etc/client.keys%00.json")


class CVE_2021_26814(Everywhere):
    """No name that a client sends leads anywhere."""

    def setUp(self):
        super().setUp()
        self.canary = "/nonexistent"
        for place in ("", "instance/", "instance/etc/", "instance/etc/shared/",
                      "instance/api/configuration/"):
            path = os.path.join(self.s.top, place + "canary")
            with open(path, "w", encoding="ascii") as f:
                f.write(MARK)
            os.chmod(path, 0o644)
        self.before = self.table()

    def tearDown(self):
        self.assertEqual(self.table(), self.before)

    def unseen(self, r):
        self.harmless(r)
        for line in ("root:x:0", "PRIVATE KEY", "agent-1 any"):
            self.assertNotIn(line, r.text())

    def test_paths(self):
        """As the path, and below or above each path that there is."""
        paths = {op.path.replace("{", "").replace("}", "")
                 for op in operations(self.s)}
        for base in sorted(paths) + ["/manager/files", "/cluster/node01/files",
                                     "/groups/default/files"]:
            for way in WAYS:
                path = base.rstrip("/") + "/" + way
                with self.subTest(path=path):
                    r = self.ask("GET", path)
                    self.unseen(r)
                    self.assertIn(r.status, (307, 400, 404, 405), r)

    def test_detours(self):
        """Nor is there another way to a path than itself."""
        for path in ("/x/../manager/info", "/../manager/info",
                     "/./manager/info", "/manager/./info",
                     "/manager/status/../info", "//manager/info",
                     "/manager//info", "/manager/info/.", "/manager/info/..",
                     "/manager%252finfo", "/manager\\info",
                     "/manager/info;x", "/manager/info%00", "/Manager/Info",
                     "/security/user/authenticate/../../../manager/info",
                     "/openapi.json/../manager/info"):
            with self.subTest(path=path):
                r = self.ask("GET", path)
                self.assertIn(r.status, (400, 404), r)

    def test_gone_endpoint(self):
        """What the advisory is about is not there at all."""
        for method in ("GET", "PUT", "DELETE"):
            for way in WAYS:
                r = self.ask(method, "/manager/files?path=" + way)
                self.assertEqual(r.status, 404, r)

    def test_decoded_once(self):
        """What is a name once decoded is not decoded again."""
        for name in ("%252e%252e%252fcanary", "%252fetc%252fpasswd"):
            for path in ("/security/users?select=", "/agents/",
                         "/security/actions?endpoint=GET%20/"):
                self.unseen(self.ask("GET", path + name))
            # Once decoded it is a name that an agent's node may have.
            r = self.ask("GET", "/agents?node_name=" + name)
            self.assertEqual(self.items(r), [])
            r = self.ask("GET", "/agents?select=" + name)
            self.problem(r, 400, "Bad Request", error=1724)
            self.assertIn(urllib.parse.unquote(name), r.json()["detail"])
        plain = {"name": "%2e%2e%2fcanary"}
        item, = self.items(self.ask("POST", "/security/roles", plain))
        self.assertEqual(item["name"], plain["name"])
        r = self.ask("DELETE", f"/security/roles?role_ids={item['id']}")
        self.assertEqual(len(self.items(r)), 1)
        self.before = self.table()

    def test_parameters(self):
        for op in operations(self.s):
            for p in op.params:
                schema = p["schema"]
                # What is searched for may be any text.
                free = schema["type"] == "string" and not (
                    {"format", "pattern", "enum"} & set(schema)) or \
                    schema.get("format") == "search"
                for way in WAYS:
                    with self.subTest(operation=str(op), name=p["name"],
                                      way=way):
                        path, body = op.good(**{p["name"]: way})
                        if free and op.method != "GET":
                            continue
                        r = self.send(op, path, body)
                        self.unseen(r)
                        if p["in"] == "path":
                            self.assertIn(r.status, (307, 400, 404, 405), r)
                        elif not free:
                            self.problem(r, 400, "Bad Request")


class CVE_2026_74033(CVE_2021_26814):
    """
    Nor does one in a body; what lists, rules and decoders are called comes
    with their rows.
    """

    test_paths = test_gone_endpoint = test_parameters = None
    test_decoded_once = test_detours = None

    def test_bodies(self):
        seen = 0
        for op in operations(self.s):
            if op.body is None:
                continue
            path, good = op.good()
            for name, schema in op.members().items():
                if schema.get("type") != "string" or name == "password":
                    continue
                for way in WAYS:
                    way = urllib.parse.unquote(way, errors="replace")
                    with self.subTest(operation=str(op), name=name, way=way):
                        r = self.send(op, path, {**good, name: way})
                        self.unseen(r)
                        self.assertEqual(r.status, 400, r)
                        seen += 1
        self.assertGreater(seen, 100)
