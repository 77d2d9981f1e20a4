#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Every row of conf/openapi.yaml has a test.

A black-box test (a method test_* in tests/api/test_*.py) says which operations
it shows with a comment in its body, one line each:

    # operation: GET /agents

An internal row has no path: its ROW_ number stands in a unit test.
"""
import glob
import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def table():
    """The operations ("GET /agents": its id), and the ids without a path."""
    operations, internal, path, method = {}, [], None, None
    for line in read(os.path.join(TOP, "conf", "openapi.yaml")).splitlines():
        m = re.match(r"(\S[^:]*):", line)
        if m:
            section, path, method = m.group(1), None, None
        m = re.match(r"  (/\S*):$", line)
        if m and section == "paths":
            path, method = m.group(1), None
        m = re.match(r"    (get|post|put|delete):$", line)
        if m and path:
            method = m.group(1).upper()
        m = re.match(r"      operationId: (\S+)$", line)
        if m and method:
            operations[f"{method} {path}"] = m.group(1)
        m = re.match(r"  - operationId: (\S+)$", line)
        if m and section == "x-internal":
            internal.append(m.group(1))
    return operations, internal


def markers():
    """(operation, file, line, name of the test or None) of every comment."""
    for path in sorted(glob.glob(os.path.join(TOP, "tests", "api",
                                              "test_*.py"))):
        test = None
        for n, line in enumerate(read(path).splitlines(), 1):
            m = re.match(r"    def (\w+)", line)
            if m or (line and not line[0].isspace()):
                name = m.group(1) if m else ""
                test = name if name.startswith("test_") else None
            m = re.match(r"\s*# operation: (\S.*\S)\s*$", line)
            if m:
                yield m.group(1), os.path.relpath(path, TOP), n, test


class Rows(unittest.TestCase):
    def setUp(self):
        self.operations, self.internal = table()

    def test_table_is_read_whole(self):
        text = read(os.path.join(TOP, "conf", "openapi.yaml"))
        self.assertEqual(len(re.findall(r"\boperationId:", text)),
                         len(self.operations) + len(self.internal))
        self.assertEqual(len(re.findall(r"^ +x-calls:", text, re.M)),
                         len(self.operations) + len(self.internal))

    def test_operations(self):
        seen = set()
        for operation, path, n, test in markers():
            with self.subTest(f"{path}:{n}"):
                self.assertIn(operation, self.operations,
                              "there is no such operation")
                self.assertIsNotNone(test, "stands in no test")
            if test:
                seen.add(operation)
        self.assertEqual(sorted(set(self.operations) - seen), [],
                         "operations without a test in tests/api")

    def test_internal_rows(self):
        text = "".join(read(p) for p in glob.glob(
            os.path.join(TOP, "tests", "unit", "test_*.c"))
            if not p.endswith("test_table.c"))
        for name in self.internal:
            self.assertRegex(text, rf"\bROW_{name.upper()}\b",
                             "row without a unit test")


if __name__ == "__main__":
    unittest.main()
