# SPDX-License-Identifier: ISC
"""Clients that are slow, silent, deaf or many: others are served."""
import concurrent.futures
import resource
import select
import socket
import threading
import time

from lib import agents

from . import base
from .base import client


class Slow(base.Case):
    GATEHOUSE = {"timeouts": {"handshake": 1, "header": 1, "body": 1,
                              "write": 2, "idle": 2}}

    @classmethod
    def prepare(cls):
        agents.fill(cls.s, 500)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.s.token()

    def setUp(self):
        """Meanwhile someone else asks all the time."""
        self.end = threading.Event()
        self.others = []
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        while not self.end.is_set():
            t = time.monotonic()
            try:
                status = self.s.once("GET", "/", token=self.token).status
            except (OSError, client.Closed) as e:
                status = repr(e)
            self.others.append((status, time.monotonic() - t))
            self.end.wait(0.02)

    def tearDown(self):
        # A test that is soon over gives them some time more.
        client.until(lambda: len(self.others) > 5, 20)
        self.end.set()
        self.thread.join()
        self.assertGreater(len(self.others), 5)
        self.assertEqual({s for s, _ in self.others}, {200})
        # No aim of speed: only not the deadlines of those above.
        self.assertLess(max(t for _, t in self.others), 5)

    def gone(self, c, seconds):
        """Wait for the end of c; what came before it is let pass."""
        c.sock.settimeout(seconds)
        try:
            while c.recv():
                pass
        except TimeoutError:
            return False
        return True

    def test_silent_before_tls(self):
        with socket.create_connection(("127.0.0.1", self.s.port)) as s:
            s.settimeout(8)
            try:
                self.assertEqual(s.recv(100), b"")
            except ConnectionError:
                pass

    def test_silent_after_tls(self):
        with self.s.connect() as c:
            self.assertTrue(self.gone(c, 8))

    def test_slow_head(self):
        with self.s.connect() as c:
            began = time.monotonic()
            try:
                for ch in b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 200:
                    c.send(bytes([ch]))
                    time.sleep(0.1)
                    if time.monotonic() - began > 8:
                        self.fail("fed a head byte by byte for 8 s")
            except OSError:
                pass
            self.assertTrue(self.gone(c, 5))

    def test_body_that_stops(self):
        with self.s.connect() as c:
            c.send(c.build("POST", "/agents",
                           [("Content-Type", "application/json"),
                            ("Content-Length", "100")], token=self.token)
                   + b'{"name": ')
            self.assertTrue(self.gone(c, 8))

    def test_idle(self):
        with self.s.connect() as c:
            self.assertEqual(c.request("GET", "/", token=self.token).status,
                             200)
            time.sleep(1)
            self.assertEqual(c.request("GET", "/", token=self.token).status,
                             200)
            self.assertTrue(self.gone(c, 8))

    def test_never_reads(self):
        """Deaf clients lose their connection, and hold little memory."""
        cs = [self.s.connect(rcvbuf=4096, timeout=0.5) for _ in range(8)]
        self.addCleanup(lambda: [c.close() for c in cs])
        watch = select.poll()
        for c in cs:
            # Until the kernel's buffers are full and the server stops reading.
            ask = c.build("GET", "/agents?limit=50", token=self.token) * 20
            with self.assertRaises(OSError):
                for _ in range(2000):
                    c.send(ask)
            watch.register(c.sock.fileno(), 0)
        kb = sum(p["memkb"] for p in self.s.status())
        self.assertLess(kb, 200 * 1024)
        # It is reset, as there are requests that nobody will read.
        end, gone = time.monotonic() + 30, set()
        while len(gone) < len(cs) and time.monotonic() < end:
            gone |= {fd for fd, _ in watch.poll(200)}
        self.assertEqual(len(gone), len(cs))

    def test_goes_away(self):
        """Clients that leave in the middle of everything."""
        ask = client.Connection.build
        for cut in (1, 20, None):
            for _ in range(20):
                with self.s.connect() as c:
                    c.send(ask(c, "GET", "/agents", token=self.token)[:cut])
        for _ in range(20):
            socket.create_connection(("127.0.0.1", self.s.port)).close()


class Idle(base.Case):
    GATEHOUSE = {"timeouts": {"idle": 300, "handshake": 60, "header": 60}}

    def test_many_idle_connections(self):
        want = 10000 if base.LONG else 1500
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE,
                        (soft, hard))
        want = min(want, hard - 200)
        token = self.s.token()
        cs = []
        self.addCleanup(lambda: [c.close() for c in cs])
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for c in pool.map(lambda _: self.s.connect(timeout=60),
                              range(want)):
                cs.append(c)
        # Half of them have asked once before they fell silent.
        for c in cs[::2]:
            self.assertEqual(c.request("GET", "/", token=token).status, 200)
        for _ in range(50):
            self.assertEqual(self.s.once("GET", "/", token=token).status,
                             200)
        for c in cs[::37]:
            self.assertEqual(c.request("GET", "/", token=token).status, 200)
        kb = sum(p["memkb"] for p in self.s.status())
        print(f"load: {len(cs)} idle connections, {kb} KiB in all, "
              f"{1024 * kb // len(cs)} bytes each")


class Full(base.Case):
    """More connections than a worker may hold: the idle ones make room."""
    GATEHOUSE = {"limits": {"connections": 64}, "processes": {"http": 1}}

    def test_full(self):
        token = self.s.token()
        cs = []
        self.addCleanup(lambda: [c.close() for c in cs])
        for _ in range(64):
            cs.append(self.s.connect())
        # The newest are in use, so that the oldest have to go.
        for c in cs[32:]:
            self.assertEqual(c.request("GET", "/", token=token).status, 200)
        for _ in range(10):
            self.assertEqual(self.s.once("GET", "/", token=token).status,
                             200)
        for c in cs[32:]:
            self.assertEqual(c.request("GET", "/", token=token).status, 200)
        gone = sum(c.closed(0.05) for c in cs[:32])
        self.assertGreaterEqual(gone, 1)
        self.assertLessEqual(gone, 11)


class Many(base.Case):
    def test_many_at_once(self):
        """More requests in flight than there are executors."""
        token = self.s.token()

        def one(i):
            with client.Connection(self.s.port) as c:
                return [c.request("GET", "/agents", token=token).status
                        for _ in range(20)]

        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            r = [x for rs in pool.map(one, range(64)) for x in rs]
        self.assertEqual((len(r), set(r)), (1280, {200}))
