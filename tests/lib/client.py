# SPDX-License-Identifier: ISC
"""A small HTTP/1.1 client over TLS that shows what was really on the wire."""
import base64
import json
import socket
import ssl
import time


class Closed(Exception):
    """The server closed the connection before an answer was complete."""


class Response:
    def __init__(self, status, reason, headers, body, version):
        self.status = status
        self.reason = reason
        self.headers = headers      # (name, value) as sent, in order
        self.body = body
        self.version = version

    def get(self, name):
        """The value of a header field; None if it is not there."""
        found = [v for n, v in self.headers if n.lower() == name.lower()]
        if len(found) > 1:
            raise AssertionError(f"{len(found)} fields {name}")
        return found[0] if found else None

    def names(self):
        return [n.lower() for n, _ in self.headers]

    def json(self):
        return json.loads(self.body)

    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"<{self.status} {self.body[:200]!r}>"


def context():
    c = ssl.create_default_context()
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    return c


CONTEXT = context()


class Connection:
    """One connection; not reconnected behind the test's back."""

    def __init__(self, port, host="127.0.0.1", timeout=15, tls=None,
                 rcvbuf=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        s = socket.socket(family, socket.SOCK_STREAM)
        s.settimeout(timeout)
        try:
            if rcvbuf is not None:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
            s.connect((host, port))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock = (tls or CONTEXT).wrap_socket(s)
        except BaseException:
            s.close()
            raise
        self.host = f"[{host}]" if ":" in host else host
        self.port = port
        self.rest = b""

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def send(self, data):
        self.sock.sendall(data)

    def recv(self, n=65536):
        """Bytes, or b"" when the server is gone in whatever manner."""
        try:
            return self.sock.recv(n)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError):
            return b""

    def closed(self, seconds=5):
        """Does the server close within so many seconds, sending nothing?"""
        if self.rest:
            return False
        self.sock.settimeout(seconds)
        try:
            return self.recv() == b""
        except (TimeoutError, ssl.SSLError):
            return False

    def _until(self, mark):
        while mark not in self.rest:
            data = self.recv()
            if not data:
                raise Closed(f"closed after {self.rest[:200]!r}")
            self.rest += data
        head, self.rest = self.rest.split(mark, 1)
        return head

    def _take(self, n):
        parts, have = [self.rest[:n]], min(n, len(self.rest))
        self.rest = self.rest[n:]
        while have < n:
            data = self.recv()
            if not data:
                raise Closed(f"closed {n - have} bytes before the end")
            parts.append(data[:n - have])
            self.rest = data[n - have:]
            have += len(parts[-1])
        return b"".join(parts)

    def response(self, method="GET"):
        """Read one answer. method: what was asked (HEAD has no body)."""
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, reason = (head[0].split(" ", 2) + [""])[:3]
        headers = []
        for line in head[1:]:
            name, value = line.split(":", 1)
            headers.append((name, value.strip()))
        r = Response(int(status), reason, headers, b"", version)
        if method == "HEAD" or 100 <= r.status < 200 or r.status == 204:
            return r
        length = r.get("content-length")
        if length is None:
            raise AssertionError(f"no content-length in {head}")
        r.body = self._take(int(length))
        return r

    def build(self, method, path, headers=(), body=None, token=None,
              basic=None):
        lines = [f"{method} {path} HTTP/1.1",
                 f"Host: {self.host}:{self.port}"]
        if token is not None:
            lines.append(f"Authorization: Bearer {token}")
        if basic is not None:
            text = base64.b64encode(":".join(basic).encode()).decode()
            lines.append(f"Authorization: Basic {text}")
        lines += [f"{n}: {v}" for n, v in headers]
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            lines.append("Content-Type: application/json")
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + \
            (body or b"")

    def request(self, method, path, headers=(), body=None, token=None,
                basic=None):
        self.send(self.build(method, path, headers, body, token, basic))
        return self.response(method)


def once(port, method, path, host="127.0.0.1", **kw):
    """One request on a connection of its own."""
    with Connection(port, host) as c:
        return c.request(method, path, **kw)


def until(fn, seconds=10, step=0.05):
    """Call fn until what it returns is true; return that, or the last."""
    end = time.monotonic() + seconds
    while True:
        r = fn()
        if r or time.monotonic() > end:
            return r
        time.sleep(step)
