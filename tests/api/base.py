# SPDX-License-Identifier: ISC
"""What the black-box tests share."""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

from lib import client, server        # noqa: E402

# Set by run_api.py.
BUILD = None
LONG = False

LOGIN = "/security/user/authenticate"
PROBLEM = "application/problem+json; charset=utf-8"

# Every answer has these, in this order; date, type and length come before, an
# answer to another origin has its fields in front of "server".
CONSTANT = [
    ("server", "Wazuh"),
    ("strict-transport-security", "max-age=63072000; includeSubdomains"),
    ("x-frame-options", "deny"),
    ("x-xss-protection", "0"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "none"),
    ("referrer-policy", "no-referrer, strict-origin-when-cross-origin"),
    ("cache-control", "no-store"),
]


class Case(unittest.TestCase):
    """Tests on one server, started with the settings of the class."""

    API = {}
    GATEHOUSE = {}
    SECURITY = {}

    @classmethod
    def setUpClass(cls):
        cls.s = server.Server(BUILD, cls.API, cls.GATEHOUSE, cls.SECURITY)
        try:
            cls.s.init()
            cls.prepare()
            cls.s.start()
        except BaseException:
            cls.s.remove()
            raise

    @classmethod
    def prepare(cls):
        """Between gatehouse init and the start."""

    @classmethod
    def tearDownClass(cls):
        # It has to end in order after whatever the tests did to it, and no
        # process may have died meanwhile.
        try:
            lost = [p["name"] for p in cls.s.status()
                    if p["restarts"] or p["state"] != "up"]
        except OSError as e:
            lost = [str(e)]
        if lost:
            print("".join(cls.s.said()))
        cls.s.stop()
        if lost:
            raise AssertionError(f"processes died: {lost}")

    def problem(self, r, status, title, detail=None, error=None):
        """Is r a problem body of this kind?"""
        self.assertEqual(r.status, status, r)
        self.assertEqual(r.get("content-type"), PROBLEM)
        body = r.json()
        self.assertEqual(body["title"], title)
        if detail is not None:
            self.assertEqual(body["detail"], detail)
        self.assertIsInstance(body["detail"], str)
        self.assertEqual(body.get("error"), error, body)
        known = ["title", "detail", "remediation", "dapi_errors", "error"]
        self.assertEqual(list(body), [k for k in known if k in body])

    def data(self, r, error=0):
        """The data of a good answer, whose layout is checked on the way."""
        self.assertEqual(r.status, 200, r)
        self.assertEqual(r.get("content-type"), "application/json")
        body = r.json()
        self.assertEqual(body["error"], error)
        self.assertEqual(r.text(), json.dumps(body))
        return body["data"]

    def items(self, r, error=0):
        """The same for a list: its affected items."""
        d = self.data(r, error)
        self.assertEqual(list(d), ["affected_items", "total_affected_items",
                                   "total_failed_items", "failed_items"])
        self.assertEqual(list(r.json()), ["data", "message", "error"])
        self.assertEqual(d["total_failed_items"],
                         sum(len(f["id"]) for f in d["failed_items"]))
        return d["affected_items"]


def until(*a, **kw):
    return client.until(*a, **kw)
