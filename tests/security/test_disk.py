# SPDX-License-Identifier: ISC
"""rbac.db on a disk that is full, and locked by somebody else."""
import ctypes
import os
import shutil
import sqlite3
import subprocess
import threading
import time
import unittest

from .rig import (Case, Kept, LOGIN, PASSWORD, RBAC, WUI, client, percentile,
                  server)

SECURITY = os.path.dirname(RBAC)
CLONE_NEWNS = 0x20000
SIZE = 1 << 20


def own_mounts():
    """Let what this process mounts be seen by nobody else. Can it be?"""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(CLONE_NEWNS) != 0:
        return False
    return subprocess.run(["mount", "--make-rprivate", "/"],
                          capture_output=True).returncode == 0


def full(r):
    """Does the answer say so?"""
    body = r.json()
    return (r.status, body.get("error")) == (500, 2008) and \
        "no space left" in body["detail"]


class Full(Case):
    """Of 1 MB, and with no byte left."""

    USERS = [(101, "one", [1]), (102, "two", [])]
    LINKED = range(111, 131)
    ROLES = [(i, [], []) for i in LINKED]
    mounted = False

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.place = cls.s.path(SECURITY)
        kept = os.path.join(cls.s.top, "security")
        subprocess.run(["cp", "-a", cls.place, kept], check=True)
        if not own_mounts() or subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs",
                 cls.place], capture_output=True).returncode != 0:
            raise unittest.SkipTest("no file system can be mounted here")
        cls.mounted = True
        # The folder itself as well.
        subprocess.run(["cp", "-a", "-T", kept, cls.place], check=True)
        shutil.rmtree(kept)

    @classmethod
    def setUpClass(cls):
        try:
            super().setUpClass()
        except BaseException:
            cls.unmount()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            cls.unmount()

    @classmethod
    def unmount(cls):
        if cls.mounted:
            subprocess.run(["umount", "-l", cls.place], check=False)
            cls.mounted = False
            cls.s.remove()

    def fill_up(self):
        """Until there is no room for another byte."""
        path = os.path.join(self.place, "ballast")
        with open(path, "ab", buffering=0) as f:
            for n in (65536, 4096, 512, 1):
                try:
                    while f.write(b"x" * n):
                        pass
                except OSError:
                    pass
        v = os.statvfs(self.place)
        self.assertEqual(v.f_bavail, 0)

    def make_room(self):
        os.unlink(os.path.join(self.place, "ballast"))

    def contents(self):
        """All of it, read from a copy, which has to be sound."""
        copy = os.path.join(self.s.top, "copy.db")
        shutil.copy(self.s.path(RBAC), copy)
        db = sqlite3.connect(copy)
        try:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(),
                             [("ok",)])
            names = [n for n, in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' "
                "ORDER BY 1")]
            return {n: db.execute(f"SELECT * FROM {n}").fetchall()
                    for n in names}
        finally:
            db.close()
            os.unlink(copy)

    LISTS = ("/security/users", "/security/roles", "/security/policies",
             "/security/rules")

    def lists(self):
        return [self.ask("GET", p).body for p in self.LISTS]

    # Changes that need more room, and those that could do without.
    CHANGES = (("POST", "/security/users",
                {"username": "fresh", "password": "Changed.Pass-1"}),
               ("PUT", "/security/users/101", {"password": "Changed.Pass-1"}),
               ("POST", "/security/roles", {"name": "fresh"}),
               ("POST", "/security/rules",
                {"name": "fresh", "rule": {"MATCH": {"x": "y" * 60000}}}),
               ("POST", "/security/users/101/roles?role_ids=2", None),
               ("PUT", "/security/users/101/run_as?allow_run_as=true", None),
               ("DELETE", "/security/users?user_ids=101", None),
               ("PUT", "/security/roles/1", {"name": "never"}),
               ("DELETE", LOGIN, None))

    def test_full(self):
        for user in ("wazuh", "one", "two"):
            self.token(user)
        before, lists = self.contents(), self.lists()
        self.fill_up()
        for method, path, body in self.CHANGES:
            with self.subTest(method=method, path=path):
                r = self.ask(method, path, body)
                if path == "/security/roles/1":
                    # Reserved: that is said without writing anything.
                    self.assertEqual(r.json()["error"], 1)
                else:
                    self.assertTrue(full(r), r)
                for word in ("corrupt", "damaged", "restore", "remove",
                             "default"):
                    self.assertNotIn(word, r.text().lower())
                self.still(before, lists)
        # It begins like that, too.
        self.s.stop(remove=False)
        self.s.start()
        self.kept.close()
        self.still(before, lists)
        r = self.ask("POST", "/security/roles", {"name": "fresh"})
        self.assertTrue(full(r), r)
        self.make_room()
        self.works_again()
        # One of the changes was a logout; tokens of its second are void.
        time.sleep(1.1)
        self.tokens.clear()

    def leave(self, pages):
        """So much room, which a file system has in pages."""
        self.fill_up()
        with open(os.path.join(self.place, "ballast"), "r+b") as f:
            f.truncate(f.seek(0, os.SEEK_END) - 4096 * pages)

    def all_or_nothing(self, pages, method, path, body, table, more):
        """With so much room. Whether it was made: then there is that more."""
        self.leave(pages)
        before = self.contents()
        r = self.ask(method, path, body)
        after = self.contents()
        if r.status == 200:
            self.assertEqual(r.json()["error"], 0, r)
            self.assertEqual(len(after[table]), len(before[table]) + more)
        else:
            self.assertTrue(full(r), r)
            self.assertEqual(after, before)
        self.assertFalse(os.path.exists(self.s.path(RBAC + "-journal")))
        items = self.items(self.ask("GET", "/security/roles"))
        self.assertEqual(sum(len(x["policies"]) for x in items),
                         len(after["roles_policies"]))
        items = self.items(self.ask("GET", "/security/rules"))
        self.assertEqual(len(items), len(after["rules"]))
        return r.status == 200

    def test_little_room(self):
        """With some room left all of a change is made, or nothing of it."""
        self.token()
        rooms = range(0, 48, 3)
        made = sum(self.all_or_nothing(
            n, "POST", "/security/rules", {"name": f"little-{n}", "rule": {
                "MATCH": {"x": f"{n}" + "y" * 50000}}}, "rules", 1)
            for n in rooms)
        self.assertIn(made, range(1, len(rooms)))
        # Of many rows.
        ids = ",".join(str(i) for i in range(1, 36))
        rooms = range(len(self.LINKED))
        made = sum(self.all_or_nothing(
            n, "POST", f"/security/roles/{self.LINKED[n]}/policies?policy_ids="
            f"{ids}", None, "roles_policies", 35) for n in rooms)
        self.assertIn(made, range(1, len(rooms)))
        self.assertEqual(self.s.once("POST", LOGIN, basic=WUI).status, 200)
        self.make_room()

    def pair(self):
        """The settings and the keys on disk, which belong together."""
        with open(os.path.join(self.place, "public_key.pem"), "rb") as f:
            public = f.read()
        self.assertEqual(subprocess.run(
            ["openssl", "pkey", "-pubout", "-in",
             os.path.join(self.place, "private_key.pem")], check=True,
            capture_output=True).stdout, public)
        with open(os.path.join(self.place, "security.yaml"), "rb") as f:
            return public, f.read()

    def test_keys(self):
        """Neither the keys nor the settings are lost over it."""
        for n, (method, path, body, pages) in enumerate((
                ("PUT", "user/revoke", None, 0),
                ("PUT", "user/revoke", None, 1),
                ("PUT", "user/revoke", None, 2),
                ("PUT", "config", {"auth_token_exp_timeout": 1001}, 0),
                ("PUT", "config", {"auth_token_exp_timeout": 1002}, 1),
                ("PUT", "config", {"auth_token_exp_timeout": 1003}, 2),
                ("DELETE", "config", None, 2))):
            time.sleep(1.1)
            token = self.s.token()
            timeout, files = self.timeout(token), self.pair()
            self.leave(pages)
            with self.subTest(method=method, path=path, pages=pages):
                r = self.s.once(method, "/security/" + path, body=body,
                                token=token)
                if r.status == 200:
                    self.assertNotEqual(self.pair(), files)
                    self.assertFalse(self.works(token))
                else:
                    # It could not be done: then it was not.
                    self.assertEqual(r.status, 500, r)
                    self.assertEqual(self.pair(), files)
                    self.assertTrue(self.works(token))
                    self.assertEqual(self.timeout(token), timeout)
                self.assertEqual(
                    [x for x in os.listdir(self.place) if x[0] == "."], [])
                token = self.s.token()
                timeout = self.timeout(token)
                if n == 5:
                    self.s.stop(remove=False)
                    self.s.start()
                self.assertTrue(self.works(token))
                self.assertEqual(self.timeout(token), timeout)
            self.make_room()
        r = self.s.once("PUT", "/security/user/revoke", token=token)
        self.assertEqual(r.status, 200, r)
        time.sleep(1.1)
        self.tokens.clear()

    def timeout(self, token):
        r = self.s.once("GET", "/security/config", token=token)
        return self.data(r)["auth_token_exp_timeout"]

    def still(self, before, lists):
        """Everything is as it was and who may log in does."""
        self.assertEqual(self.contents(), before)
        self.assertEqual(self.lists(), lists)
        for user in (server.USER, WUI, ("one", PASSWORD)):
            r = self.s.once("POST", LOGIN, basic=user)
            self.assertTrue(self.works(self.data(r)["token"]))
        r = self.s.once("POST", LOGIN, basic=("one", "Changed.Pass-1"))
        self.assertEqual(r.status, 401)
        for path in ("/", "/agents", "/manager/status", "/security/users/me"):
            self.assertEqual(self.ask("GET", path, user="one").status, 200)

    def works_again(self):
        for method, path, body in self.CHANGES:
            if path == "/security/roles/1":
                continue
            r = self.ask(method, path, body)
            self.assertEqual((r.status, r.json()["error"]), (200, 0), r)
        rows = self.contents()
        self.assertIn("fresh", [u[1] for u in rows["users"]])
        self.assertNotIn("one", [u[1] for u in rows["users"]])
        r = self.s.once("POST", LOGIN, basic=("fresh", "Changed.Pass-1"))
        self.assertEqual(r.status, 200)


class Locked(Case):
    """By somebody who writes it for three seconds."""

    USERS = [(101, "one", [1]), (102, "two", [1])]
    RATE, THREADS, SECONDS = 200, 4, 3
    PATHS = ("/security/users", "/security/users/me", "/agents", "/",
             "/security/roles?limit=5", "/manager/status")

    def read(self, n, end, took, wrong):
        """Requests of one of the readers, at its part of the rate."""
        kept, at = Kept(self.s), time.monotonic()
        try:
            while time.monotonic() < end:
                n += 1
                began = time.monotonic()
                r = kept.request("GET", self.PATHS[n % len(self.PATHS)],
                                 token=self.token())
                took.append(time.monotonic() - began)
                if r.status != 200:
                    wrong.append(r)
                at += self.THREADS / self.RATE
                time.sleep(max(0, at - time.monotonic()))
        except (client.Closed, OSError) as e:
            wrong.append(e)
        finally:
            kept.close()

    def lock(self):
        db = sqlite3.connect(self.s.path(RBAC), isolation_level=None)
        db.execute("BEGIN EXCLUSIVE")
        return db

    def test_reads(self):
        self.token()
        took, wrong, got = [], [], []
        db = self.lock()
        end = time.monotonic() + self.SECONDS
        threads = [threading.Thread(target=self.read, args=(
            i, end, took, wrong)) for i in range(self.THREADS)]
        threads.append(threading.Thread(target=lambda: got.append(
            (self.s.once("POST", "/security/roles", token=self.token(),
                         body={"name": "meanwhile"}), time.monotonic()))))
        for t in threads:
            t.start()
        # Who logs in needs nothing of the file.
        for user in (server.USER, WUI, ("one", PASSWORD)):
            self.assertEqual(self.s.once("POST", LOGIN, basic=user).status,
                             200)
        for t in threads[:-1]:
            t.join()
        db.rollback()
        released = time.monotonic()
        db.close()
        threads[-1].join()
        self.assertEqual(wrong, [])
        # They went on while it was locked.
        self.assertGreater(len(took), 10 * self.THREADS)
        ms = [1000 * t for t in took]
        print(f"load: rbac.db locked for {self.SECONDS} s: {len(ms)} reads "
              f"took p50 {percentile(ms, .5):.1f}, p99 "
              f"{percentile(ms, .99):.1f}, at most {max(ms):.1f} ms",
              flush=True)
        self.change(got[0][0], got[0][1] > released)

    def change(self, r, waited):
        """It waits for the end of the lock, or says what it was about."""
        made = self.rows("SELECT count(*) FROM roles "
                         "WHERE name = 'meanwhile'")[0][0]
        if r.status == 200:
            self.assertTrue(waited)
            self.assertEqual((r.json()["error"], made), (0, 1))
        else:
            self.busy(r)
            self.assertEqual(made, 0)
        print("load: rbac.db locked: a change "
              + ("waited and was made" if made else "was refused as busy"),
              flush=True)

    def busy(self, r):
        self.assertEqual((r.status, r.json()["error"]), (500, 2008), r)
        self.assertIn("locked by another program", r.json()["detail"])
        self.assertNotRegex(r.text().lower(), "corrupt|damaged")

    def test_long(self):
        """One that does not end is told, and hinders nobody afterwards."""
        db = self.lock()
        try:
            for method, path, body in (
                    ("POST", "/security/roles", {"name": "too-late"}),
                    ("PUT", "/security/users/101",
                     {"password": "Changed.Pass-1"})):
                self.busy(self.ask(method, path, body))
        finally:
            db.rollback()
            db.close()
        r = self.ask("POST", "/security/roles", {"name": "in-time"})
        self.assertEqual(len(self.items(r)), 1)
        self.assertEqual(self.s.once("POST", LOGIN, basic=("one", PASSWORD))
                         .status, 200)

    def test_changed_outside(self):
        """What somebody else writes is seen, and nothing of it undone."""
        self.token("one")
        db = self.lock()
        db.execute("INSERT INTO roles VALUES (150, 'outside', '')")
        db.execute("COMMIT")
        db.close()
        r = self.ask("POST", "/security/roles", {"name": "after"})
        self.assertEqual(self.items(r)[0]["id"], 151)
        names = [x["name"] for x in self.items(self.ask(
            "GET", "/security/roles?limit=500"))]
        self.assertEqual(names[-2:], ["outside", "after"])

    def test_rights_taken_outside(self):
        """A change is made by who may at that moment, not a second before."""
        self.assertEqual(self.ask("GET", "/security/users",
                                  user="two").status, 200)
        db = sqlite3.connect(self.s.path(RBAC))
        with db:
            db.execute("DELETE FROM user_roles WHERE user_id = 102")
        db.close()
        r = self.ask("POST", "/security/roles", {"name": "stolen"}, "two")
        self.assertIn(r.status, (401, 403), r)
        self.assertEqual(self.rows("SELECT * FROM roles "
                                   "WHERE name = 'stolen'"), [])
