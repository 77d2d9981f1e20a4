# SPDX-License-Identifier: ISC
"""HTTP itself: what a client may send, and what comes back."""
import glob
import json
import os
import re
import socket
import ssl
import time

from . import base
from .base import CONSTANT, LOGIN, client, server


class Http(base.Case):
    API = {"max_upload_size": 2000}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.s.token()

    def get(self, path, **kw):
        return self.s.once("GET", path, token=self.token, **kw)

    # --- answers ------------------------------------------------------------

    def test_root(self):
        # operation: GET /
        d = self.data(self.get("/"))
        self.assertEqual(list(d), ["title", "api_version", "revision",
                                   "license_name", "license_url", "hostname",
                                   "timestamp"])
        self.assertEqual(d["title"], "Wazuh API REST")
        self.assertEqual(d["api_version"], "4.14.9")
        self.assertEqual(d["hostname"], socket.gethostname())
        self.assertRegex(d["timestamp"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_pretty(self):
        r = self.get("/?pretty=true")
        self.assertEqual(r.text(), json.dumps(r.json(), indent=3))
        # On errors only where the value is exactly that.
        r = self.get("/agents?limit=x&pretty=true")
        self.problem(r, 400, "Bad Request")
        self.assertEqual(r.text(), json.dumps(r.json(), indent=3))

    def test_header_fields(self):
        answers = {
            200: self.get("/"),
            400: self.get("/agents?limit=x"),
            401: self.s.once("GET", "/"),
            404: self.s.once("GET", "/nothing/here"),
            405: self.s.once("PATCH", "/agents"),
        }
        for status, r in answers.items():
            with self.subTest(status=status):
                self.assertEqual(r.status, status)
                self.assertEqual(r.version, "HTTP/1.1")
                want = ["date", "content-type", "content-length"] + \
                    [n for n, _ in CONSTANT]
                have = [n for n in r.names() if n != "x-request-id"]
                self.assertEqual(have, want)
                for n, v in CONSTANT:
                    self.assertEqual(r.get(n), v)
                self.assertRegex(
                    r.get("date"), r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), "
                    r"\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_request_id(self):
        ids = {self.get("/").get("x-request-id") for _ in range(20)}
        self.assertEqual(len(ids), 20)
        self.assertNotIn(None, ids)

    def test_head(self):
        with self.s.connect() as c:
            g = c.request("GET", "/", token=self.token)
            h = c.request("HEAD", "/", token=self.token)
            self.assertEqual(h.status, 200)
            self.assertEqual(h.get("content-length"), str(len(g.body)))
            self.assertEqual(h.names(), g.names())
            # Nothing of a body on the connection: the next answer is whole.
            self.assertEqual(c.request("GET", "/", token=self.token).status,
                             200)
            h = c.request("HEAD", "/agents")
            self.assertEqual(h.status, 401)
            self.assertEqual(c.request("HEAD", "/none").status, 404)

    def test_not_found(self):
        for path in ("/nonexistent", "//agents", "/AGENTS", "/agents/..",
                     "/agents/001/key/extra", "/./agents"):
            with self.subTest(path=path):
                self.problem(self.get(path), 404, "Not Found",
                             "404: Not Found")
        self.problem(self.s.once("OPTIONS", "/nonexistent"), 404,
                     "Not Found", "404: Not Found")

    def test_method(self):
        for method, path in (("POST", "/"), ("PATCH", "/agents"),
                             ("FOO", "/agents"), ("OPTIONS", "/agents"),
                             ("PUT", LOGIN), ("DELETE", "/")):
            with self.subTest(method=method):
                self.problem(self.s.once(method, path), 405,
                             "Method Not Allowed", "405: Method Not Allowed")

    def test_trailing_slash(self):
        at = f"https://127.0.0.1:{self.s.port}"
        for path, to in (("/agents/", "/agents"),
                         ("/agents/?limit=1&offset=2",
                          "/agents?limit=1&offset=2")):
            r = self.s.once("GET", path)
            self.assertEqual((r.status, r.get("location"), r.body),
                             (307, at + to, b""))
        r = self.s.once("POST", LOGIN + "/", body=b"x")
        self.assertEqual((r.status, r.get("location")), (307, at + LOGIN))

    def test_order_of_checks(self):
        # A bad parameter is no business of someone unknown.
        self.problem(self.s.once("GET", "/agents?limit=abc"), 401,
                     "Unauthorized", "No authorization token provided")
        self.problem(self.s.once("GET", "/?foo=bar"), 401, "Unauthorized")
        self.problem(self.get("/?foo=bar"), 400, "Bad Request")

    # --- connections --------------------------------------------------------

    def test_keep_alive_with_bodies(self):
        """The dashboard sends {} with every request on a kept connection."""
        with self.s.connect() as c:
            for _ in range(5):
                r = c.request("GET", "/", token=self.token, body={})
                self.assertEqual(r.status, 200)
                r = c.request("DELETE", "/agents?agents_list=999&status=all",
                              token=self.token, body={})
                self.assertEqual(r.status, 200)
                r = c.request("GET", "/agents?limit=1", token=self.token,
                              body={})
                self.assertEqual(r.status, 200)

    def test_pipelining(self):
        with self.s.connect() as c:
            c.send(c.build("GET", "/", token=self.token)
                   + c.build("GET", "/nothing")
                   + c.build("HEAD", "/", token=self.token)
                   + c.build("POST", LOGIN, basic=server.USER, body=b"{}")
                   + c.build("GET", "/agents", token=self.token)
                   + c.build("GET", "/"))
            want = [("GET", 200), ("GET", 404), ("HEAD", 200), ("POST", 200),
                    ("GET", 200), ("GET", 401)]
            have = [(m, c.response(m).status) for m, _ in want]
            self.assertEqual(have, want)

    def test_split_anywhere(self):
        whole = b"".join([
            client.Connection.build(self, "GET", "/", token=self.token,
                                    body=b"{}"),
            client.Connection.build(self, "GET", "/nothing")])
        for step in (1, 7, 61):
            with self.subTest(step=step), self.s.connect() as c:
                for i in range(0, len(whole), step):
                    c.send(whole[i:i + step])
                self.assertEqual(c.response().status, 200)
                self.assertEqual(c.response().status, 404)

    # What build() needs of a connection.
    host, port = "localhost", 55000

    def test_close(self):
        with self.s.connect() as c:
            r = c.request("GET", "/", [("Connection", "close")],
                          token=self.token)
            self.assertEqual(r.status, 200)
            self.assertEqual(r.get("connection"), "close")
            self.assertTrue(c.closed())

    def test_http_1_0(self):
        with self.s.connect() as c:
            c.send(f"GET / HTTP/1.0\r\nAuthorization: Bearer {self.token}"
                   "\r\n\r\n".encode())
            self.assertEqual(c.response().status, 200)
            self.assertTrue(c.closed())
        with self.s.connect() as c:
            for _ in range(2):
                c.send(f"GET / HTTP/1.0\r\nConnection: keep-alive\r\n"
                       f"Authorization: Bearer {self.token}\r\n\r\n".encode())
                self.assertEqual(c.response().status, 200)

    def test_many_on_one_connection(self):
        with self.s.connect() as c:
            for i in range(500):
                self.assertEqual(
                    c.request("GET", "/", token=self.token).status, 200, i)

    def test_half_closed(self):
        """Who says that nothing follows still gets the answer."""
        with self.s.connect() as c:
            c.send(c.build("GET", "/", [("Connection", "close")],
                           token=self.token))
            self.assertEqual(c.response().status, 200)

    # --- bodies -------------------------------------------------------------

    def test_chunked(self):
        auth = [("Authorization", f"Bearer {self.token}"),
                ("Transfer-Encoding", "chunked")]
        with self.s.connect() as c:
            c.send(c.build("POST", "/agents",
                           auth + [("Content-Type", "application/json")])
                   + b'6;x="y"\r\n{"name\r\n')
            time.sleep(0.05)
            c.send(b'A\r\n": "piece"\r\n1\r\n}\r\n0\r\nTrailer: t\r\n\r\n')
            r = c.response()
            self.assertEqual(r.status, 200, r)
            self.assertEqual(list(r.json()["data"]), ["id", "key"])
            c.send(c.build("GET", "/", auth) + b"2\r\n{}\r\n0\r\n\r\n")
            self.assertEqual(c.response().status, 200)
            c.send(c.build("GET", "/", auth) + b"0\r\n\r\n")
            self.assertEqual(c.response().status, 200)
        for bad in (b"G\r\n", b"-1\r\n", b"0x2\r\n{}\r\n0\r\n\r\n",
                    b"2\r\n{}}\r\n", b"fffffffffffffffff\r\n", b"2\n{}\n0\n\n",
                    b" 2\r\n{}\r\n0\r\n\r\n"):
            with self.subTest(chunk=bad), self.s.connect() as c:
                c.send(c.build("GET", "/", auth) + bad)
                self.assertEqual(c.response().status, 400)
                self.assertTrue(c.closed())

    def test_expect(self):
        with self.s.connect() as c:
            c.send(c.build("POST", "/agents", [
                ("Authorization", f"Bearer {self.token}"),
                ("Content-Type", "application/json"),
                ("Content-Length", "18"), ("Expect", "100-continue")]))
            self.assertEqual(c.response().status, 100)
            c.send(b'{"name": "expect"}')
            self.assertEqual(c.response().status, 200)
        r = self.get("/", headers=[("Expect", "the unexpected")])
        self.problem(r, 417, "Expectation failed", "Unknown Expect")
        r = self.s.once("GET", "/", headers=[("Expect", "something")])
        self.problem(r, 401, "Unauthorized")

    def test_too_large(self):
        """Over max_upload_size: a 413, or a 417 to those who ask first."""
        body = b'{"name": "' + b"a" * 2000 + b'"}'
        json_type = [("Content-Type", "application/json")]
        with self.s.connect() as c:
            r = c.request("POST", "/agents", json_type, body=body,
                          token=self.token)
            self.problem(r, 413, "Content size exceeded.")
        with self.s.connect() as c:
            c.send(c.build("POST", "/agents", json_type + [
                ("Content-Length", "2012"), ("Expect", "100-continue")],
                token=self.token))
            self.problem(c.response(), 417, "Expectation failed")
        with self.s.connect() as c:
            c.send(c.build("POST", "/agents",
                           [("Authorization", f"Bearer {self.token}"),
                            ("Content-Type", "application/json"),
                            ("Transfer-Encoding", "chunked")]))
            c.send(b"800\r\n" + b" " * 2048 + b"\r\n0\r\n\r\n")
            self.problem(c.response(), 413, "Content size exceeded.")
        self.assertEqual(self.get("/").status, 200)

    # --- what is no HTTP ----------------------------------------------------

    def refused(self, data, status):
        """Does data get this status, and the connection its end?"""
        with self.s.connect() as c:
            c.send(data)
            r = c.response()
            self.assertEqual(r.status, status, (data[:80], r))
            self.assertTrue(c.closed(), data[:80])

    # A coding that is well formed and not known is said to be so.
    UNKNOWN = ("te-identity.req", "te-list-gzip-chunked.req",
               "te-xchunked.req")

    def test_smuggling(self):
        names = sorted(glob.glob(os.path.join(
            base.TOP, "tests", "fuzz", "corpus", "smuggling", "*.req")))
        self.assertGreaterEqual(len(names), 20)
        for name in names:
            with open(name, "rb") as f:
                data = f.read()
            name = os.path.basename(name)
            with self.subTest(name=name):
                self.refused(data, 501 if name in self.UNKNOWN else 400)

    def test_smuggled_request_is_not_run(self):
        """What follows a refused request is never looked at."""
        inner = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        data = ("POST /agents HTTP/1.1\r\nHost: x\r\nContent-Length: "
                f"{len(inner)}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + inner).encode()
        with self.s.connect() as c:
            c.send(data)
            self.assertEqual(c.response().status, 400)
            self.assertTrue(c.closed())

    def test_broken_requests(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET\r\n\r\n",
                     b"GET /\r\n\r\n", b"GET / HTTP/1.1 \r\n\r\n",
                     b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET / HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/x.y\r\nHost: x\r\n\r\n",
                     b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1,1"
                     b"\r\n\r\na"):
            with self.subTest(data=data):
                self.refused(data, 400)
        self.refused(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505)
        self.refused(b"GET / HTTP/1.1\r\nHost: x\r\n"
                     b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501)

    def test_head_too_large(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 70000
                     + b"\r\n\r\n", 431)
        self.refused(b"GET /" + b"a" * 70000, 431)
        with self.s.connect() as c:
            c.send(b"GET /nothing HTTP/1.1\r\nHost: x\r\n"
                   + b"".join(b"A%d: x\r\n" % i for i in range(90))
                   + b"\r\n")
            self.assertEqual(c.response().status, 404)
        with self.s.connect() as c:
            c.send(b"GET / HTTP/1.1\r\nHost: x\r\n"
                   + b"".join(b"A%d: x\r\n" % i for i in range(200))
                   + b"\r\n")
            self.assertIn(c.response().status, (400, 431))
            self.assertTrue(c.closed())

    def test_bad_path(self):
        for path in ("/%zz", "/%00", "/agents%"):
            with self.subTest(path=path):
                self.assertIn(self.get(path).status, (400, 404))
        # An encoded slash is one: that is how the original routes.
        self.problem(self.get("/agents%2Fnothing"), 404, "Not Found")

    # --- TLS, addresses -----------------------------------------------------

    def test_tls_versions(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            tls = client.context()
            tls.minimum_version = tls.maximum_version = version
            with self.s.connect(tls=tls) as c:
                self.assertEqual(c.request("GET", "/", token=self.token)
                                 .status, 200)
        old = client.context()
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.s.connect(tls=old)

    def test_tls_resumption(self):
        tls = client.context()
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.s.connect(tls=tls) as c:
            c.request("GET", "/nothing")
            session = c.sock.session
        reused = 0
        for _ in range(8):
            s = socket.create_connection(("127.0.0.1", self.s.port), 10)
            with tls.wrap_socket(s, session=session) as t:
                reused += t.session_reused
        # Ticket keys belong to the server, not to one of its processes.
        self.assertEqual(reused, 8)

    def test_no_tls(self):
        with socket.create_connection(("127.0.0.1", self.s.port), 5) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            data = b""
            try:
                while True:
                    d = s.recv(4096)
                    if not d:
                        break
                    data += d
            except ConnectionError:
                pass
            self.assertNotIn(b"HTTP/1.1 200", data)
        self.assertEqual(self.get("/").status, 200)

    def test_ipv6(self):
        if not server.has_ipv6():
            self.skipTest("no IPv6 on this machine")
        r = self.s.once("GET", "/", host="::1", token=self.token)
        self.assertEqual(r.status, 200)
        r = self.s.once("GET", "/agents/", host="::1")
        self.assertEqual(r.get("location"),
                         f"https://[::1]:{self.s.port}/agents")

    def test_certificate(self):
        """Made at the first start: for localhost, a year, RSA 2048."""
        pem = ssl.get_server_certificate(("127.0.0.1", self.s.port))
        names = {"cert": "api/configuration/ssl/server.crt",
                 "key": "api/configuration/ssl/server.key"}
        self.assertEqual(self.s.read(names["cert"]).strip(), pem.strip())
        for name in names.values():
            mode = os.stat(self.s.path(name)).st_mode & 0o777
            self.assertEqual(mode, 0o400, name)
        tls = client.context()
        tls.load_verify_locations(self.s.path(names["cert"]))
        tls.verify_mode = ssl.CERT_REQUIRED
        with self.s.connect(tls=tls) as c:
            cert = c.sock.getpeercert()
        subject = dict(x[0] for x in cert["subject"])
        self.assertEqual(subject, {
            "countryName": "US", "stateOrProvinceName": "California",
            "localityName": "San Francisco", "organizationName": "Wazuh",
            "commonName": "wazuh.com"})
        self.assertEqual(cert["subjectAltName"], (("DNS", "localhost"),))
        days = (ssl.cert_time_to_seconds(cert["notAfter"])
                - ssl.cert_time_to_seconds(cert["notBefore"])) / 86400
        self.assertAlmostEqual(days, 365, delta=1)


class Cors(base.Case):
    API = {"cors": {"enabled": True,
                    "source_route": "https://dash.example.org",
                    "expose_headers": ["x-one", "x-two"],
                    "allow_headers": ["Authorization"],
                    "allow_credentials": True}}
    HERE = "https://dash.example.org"

    def preflight(self, origin, method, *more):
        return self.s.once("OPTIONS", "/agents", headers=[
            ("Origin", origin), ("Access-Control-Request-Method", method),
            *more])

    def test_preflight(self):
        r = self.preflight(self.HERE, "GET",
                           ("Access-Control-Request-Headers",
                            "Authorization"))
        self.assertEqual((r.status, r.text()), (200, "OK"))
        self.assertTrue(r.get("content-type").startswith("text/plain"))
        self.assertEqual(r.get("access-control-allow-origin"), self.HERE)
        self.assertEqual(r.get("access-control-max-age"), "600")
        self.assertEqual(r.get("access-control-allow-methods"), "GET")
        self.assertEqual(r.get("access-control-allow-credentials"), "true")
        self.assertIn("authorization",
                      r.get("access-control-allow-headers").lower())

    def test_preflight_refused(self):
        r = self.preflight("https://evil.example.net", "GET")
        self.assertEqual(r.status, 400)
        self.assertIsNone(r.get("access-control-allow-origin"))
        self.assertEqual(self.preflight(self.HERE, "DELETE").status, 400)

    def test_answer(self):
        r = self.s.once("GET", "/", headers=[("Origin", self.HERE)])
        self.assertEqual(r.status, 401)
        self.assertEqual(r.get("access-control-allow-origin"), self.HERE)
        self.assertEqual(r.get("access-control-allow-credentials"), "true")
        names = r.names()
        self.assertLess(names.index("access-control-allow-origin"),
                        names.index("server"))
        self.assertRegex(r.get("access-control-expose-headers"),
                         re.compile("x-one.*x-two", re.I))
        r = self.s.once("GET", "/",
                        headers=[("Origin", "https://evil.example.net")])
        self.assertIsNone(r.get("access-control-allow-origin"))
        self.assertIsNone(self.s.once("GET", "/")
                          .get("access-control-allow-origin"))

    def test_plain_options(self):
        # Without the two header fields it is no preflight.
        self.problem(self.s.once("OPTIONS", "/agents"), 405,
                     "Method Not Allowed")
