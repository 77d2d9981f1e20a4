# SPDX-License-Identifier: ISC
"""
Every id of the security record has a test, or a part that it comes with.

LATER: what has to do with parts that are not there yet. Some ids that have a
test here have another side there, as that test says.
"""
import glob
import os
import re
import unittest

from lib import built

PEER = "what a node of the cluster sends: comes with the cluster"
LATER = {
    "CVE-2022-40497": "a command's name: comes with PUT /active-response",
    "CVE-2026-25770": PEER,
    "CVE-2026-30893": PEER,
    "CVE-2026-48024": PEER,
    "CVE-2026-49441": PEER,
    "CVE-2026-61800": PEER,
    "CVE-2026-74040": PEER,
    "CVE-2026-74041": "what a configuration may hold: comes with its upload",
    "CVE-2026-74043": "names of rules, decoders and lists: with their upload, "
                      "and again with the cluster",
}
RECORD = os.path.join(built.SHARED, "facts", "users.md")
ROW = re.compile(r"^\| \**((?:CVE|GHSA)-[\w-]+)")


class Record(unittest.TestCase):
    def covered(self):
        """The ids that classes beside this are named by."""
        ids = set()
        here = os.path.dirname(os.path.abspath(__file__))
        for path in glob.glob(os.path.join(here, "test_*.py")):
            for m in re.finditer(r"^class (CVE_\d+_\d+|GHSA_\w+)",
                                 built.read(path), re.M):
                ids.add(m[1].replace("_", "-"))
        return ids

    @unittest.skipUnless(os.path.exists(RECORD), "the record is not here")
    def test_all(self):
        record = {m[1] for m in map(ROW.match, built.read(
            RECORD).splitlines()) if m}
        self.assertGreater(len(record), 20)
        tested = self.covered()
        self.assertEqual(tested & set(LATER), set())
        self.assertEqual(tested | set(LATER), record)
