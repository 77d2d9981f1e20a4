# SPDX-License-Identifier: ISC
"""A server of a build on a fresh instance, for tests."""
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import client

# Read by the tests, never by a server that someone uses.
PASSWORDS = {"wazuh": "Gatehouse.Test-1", "wazuh-wui": "Gatehouse.Test-2"}
USER = ("wazuh", PASSWORDS["wazuh"])

FIELDS = ("name", "pid", "state", "up", "restarts", "inflight", "requests",
          "memkb", "memkind", "sandbox", "landlock", "program")


def yaml(value, depth=0):
    """Nested dictionaries of scalars and lists, as YAML."""
    out = []
    for k, v in value.items():
        pad = "  " * depth
        if isinstance(v, dict):
            out.append(f"{pad}{k}:\n{yaml(v, depth + 1)}")
        elif isinstance(v, (list, tuple)):
            items = ", ".join(f"'{x}'" for x in v)
            out.append(f"{pad}{k}: [{items}]\n")
        elif isinstance(v, bool):
            out.append(f"{pad}{k}: {'yes' if v else 'no'}\n")
        elif isinstance(v, str):
            out.append(f"{pad}{k}: '{v}'\n")
        else:
            out.append(f"{pad}{k}: {v}\n")
    return "".join(out)


def merge(a, b):
    """a with b laid over it."""
    r = dict(a)
    for k, v in (b or {}).items():
        r[k] = merge(r[k], v) if isinstance(v, dict) and k in r else v
    return r


def free_port():
    """A port that nobody has, below those that the kernel gives to clients:
    one of theirs could be in the way when the server wants it."""
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def alive(pid):
    """Is there such a process, and not as a zombie?"""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def usable_by(build, user):
    """May that user run the programs of a build?"""
    r = subprocess.run([os.path.join(build, "bin", "gatehouse"), "--version"],
                       capture_output=True, user=user, group=user,
                       extra_groups=[], cwd="/")
    return r.returncode == 0


class Failed(Exception):
    """The server did not do what it should; with what it said."""


class Server:
    """
    build: folder of a build. api, gatehouse, security: settings over those
    that tests start from. The instance lies in a new folder below TMPDIR and
    is removed by stop(). user: number of the user that runs all of it, where
    the tests themselves are root's.
    """

    def __init__(self, build, api=None, gatehouse=None, security=None,
                 user=None):
        self.build = os.path.abspath(build)
        self.bin = os.path.join(self.build, "bin")
        self.top = tempfile.mkdtemp(prefix="gatehouse-test-")
        # The roles run as users of their own and have to find their folder.
        os.chmod(self.top, 0o755)
        self.ids = {}
        if user is not None:
            os.chown(self.top, user, user)
            self.ids = {"user": user, "group": user, "extra_groups": []}
        self.root = os.path.join(self.top, "instance")
        self.port = free_port()
        self.api = merge({"host": ["127.0.0.1"] +
                          (["::1"] if has_ipv6() else []),
                          "port": self.port,
                          "access": {"max_request_per_minute": 0}}, api)
        self.gatehouse = merge({"store": "embedded"}, gatehouse)
        self.security = security or {}
        self.proc = None
        self.errors = os.path.join(self.top, "stderr")

    # --- life -------------------------------------------------------------

    def tool(self, *args, **kw):
        """bin/gatehouse on this instance; a CompletedProcess with text."""
        return subprocess.run([os.path.join(self.bin, "gatehouse"), "-H",
                               self.root, *args], capture_output=True,
                              text=True, timeout=60, **self.ids, **kw)

    def init(self):
        secrets = os.path.join(self.top, "passwords")
        with open(secrets, "w", encoding="utf-8") as f:
            f.writelines(f"{u}:{p}\n" for u, p in PASSWORDS.items())
        r = self.tool("init", "--passwords", secrets)
        if r.returncode != 0:
            raise Failed(f"init: {r.returncode}: {r.stdout}{r.stderr}")
        self.configure()
        return self

    def configure(self):
        """Write the settings. A running server reads them on reload()."""
        for name, value in (("api.yaml", self.api),
                            ("gatehouse.yaml", self.gatehouse),
                            ("security/security.yaml", self.security)):
            if value:
                self.write("api/configuration/" + name, yaml(value))

    def command(self, *args):
        return [os.path.join(self.bin, "wazuh-apid"), "-f", "-H", self.root,
                *args]

    def start(self, wait=True, args=()):
        with open(self.errors, "ab") as err:
            self.proc = subprocess.Popen(self.command(*args), stderr=err,
                                         stdout=err, stdin=subprocess.DEVNULL,
                                         start_new_session=True, **self.ids)
        if wait:
            self.wait()
        return self

    def wait(self, seconds=15):
        """Until it answers a request and all its processes are up."""
        end = time.monotonic() + seconds
        while not self.ready():
            if self.proc.poll() is not None:
                raise Failed(f"ended with {self.proc.returncode}:\n"
                             + self.said())
            if time.monotonic() > end:
                raise Failed(f"not up in {seconds} s:\n" + self.said())
            time.sleep(0.01)

    def ready(self):
        try:
            # Answered by http alone: counted nowhere.
            client.once(self.port, "OPTIONS", "/")
            return all(p["state"] == "up" for p in self.status())
        except (OSError, client.Closed, Failed):
            return False

    def stop(self, remove=True, seconds=15):
        """SIGTERM; it has to end in order, and its children with it."""
        problem = None
        if self.proc is not None and self.proc.poll() is None:
            try:
                pids = [p["pid"] for p in self.status()]
            except (OSError, Failed):
                pids = []
            self.proc.send_signal(signal.SIGTERM)
            try:
                self.proc.wait(seconds)
            except subprocess.TimeoutExpired:
                # Its children go when their links end.
                self.proc.kill()
                self.proc.wait()
                problem = f"still there {seconds} s after SIGTERM"
            else:
                if self.proc.returncode != 0:
                    problem = f"ended with {self.proc.returncode}"
                if not client.until(lambda: not any(map(alive, pids)), 2):
                    problem = "children outlived the parent"
        elif self.proc is not None:
            problem = f"was gone already: {self.proc.returncode}"
        said = self.said() if problem else ""
        if remove:
            shutil.rmtree(self.top, ignore_errors=True)
        if problem:
            raise Failed(problem + ":\n" + said)

    def __enter__(self):
        try:
            self.init()
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
            return
        # The test has failed already: show what the server said.
        print(self.said())
        self.remove()

    def remove(self):
        if self.proc is not None and self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        shutil.rmtree(self.top, ignore_errors=True)

    # --- looking at it ------------------------------------------------------

    def path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text):
        # In place: a file that is there keeps its owner and mode.
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    def said(self):
        """The standard error and the ends of the logs."""
        out = []
        files = [self.errors]
        for top, _, names in os.walk(self.path("logs")):
            files += [os.path.join(top, n) for n in sorted(names)]
        for name in files:
            try:
                with open(name, encoding="utf-8", errors="replace") as f:
                    lines = f.readlines()[-25:]
            except OSError:
                continue
            if lines and not name.endswith(".gz"):
                out.append(f"== {os.path.relpath(name, self.top)}\n"
                           + "".join(lines))
        return "".join(out)

    def access(self):
        """Lines of the access log."""
        try:
            return self.read("logs/api.log").splitlines()
        except FileNotFoundError:
            return []

    def control(self, line, seconds=60):
        """What the control socket answers, as lines."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(seconds)
            s.connect(self.path("var/run/gatehouse.sock"))
            s.sendall(line.encode() + b"\n")
            data = b""
            while True:
                d = s.recv(65536)
                if not d:
                    return data.decode().splitlines()
                data += d

    def status(self):
        """A dictionary for each process."""
        lines = self.control("status")
        if not lines or lines[-1] != "ok":
            raise Failed(f"status: {lines}")
        out = []
        for line in lines:
            # "server" and "proc" lines; the blank after the word may be a tab.
            word, rest = re.split(r"[ \t]", line, maxsplit=1) \
                if line != "ok" else ("ok", "")
            if word == "proc":
                p = dict(zip(FIELDS, rest.split("\t")))
                for k in ("pid", "up", "restarts", "inflight", "requests",
                          "memkb"):
                    p[k] = int(p[k])
                p["role"] = p["name"].split("[")[0]
                out.append(p)
        return out

    def children(self):
        return [p for p in self.status() if p["role"] != "parent"]

    def reload(self):
        self.configure()
        lines = self.control("reload")
        if lines[-1:] != ["ok"]:
            raise Failed(f"reload: {lines}")

    # --- talking to it ------------------------------------------------------

    def connect(self, host="127.0.0.1", **kw):
        return client.Connection(self.port, host, **kw)

    def once(self, method, path, **kw):
        return client.once(self.port, method, path, **kw)

    def token(self, user=USER):
        r = self.once("POST", "/security/user/authenticate?raw=true",
                      basic=user)
        if r.status != 200:
            raise Failed(f"login: {r}\n" + self.said())
        return r.text()
