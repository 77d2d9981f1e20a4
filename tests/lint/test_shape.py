#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The rules of scripts/lint that need no other program, over this tree: so
that they hold in "make check" and in the tarball too."""
import os
import subprocess
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


class Shape(unittest.TestCase):
    def test_tree(self):
        r = subprocess.run([sys.executable, "-B",
                            os.path.join(TOP, "scripts", "lint"), "--text"],
                           capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)


if __name__ == "__main__":
    unittest.main()
