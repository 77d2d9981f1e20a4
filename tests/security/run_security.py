#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What went wrong in the original and must not here: a test each.

usage: run_security.py [--long] BUILD [NAME...]

NAME: run only the tests whose names hold one of these. --long: the floods with
their full counts.

A class has the id of an advisory in its name; what has none says what it is.
Which ids come later, and why, stands in test_record.py.
"""
import argparse
import glob
import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from lib import suite                                         # noqa: E402
from api import base                                          # noqa: E402

def modules():
    """Every test_*.py beside this."""
    names = sorted(os.path.basename(f)[:-3]
                   for f in glob.glob(os.path.join(HERE, "test_*.py")))
    return [importlib.import_module(f"security.{n}") for n in names]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--long", action="store_true")
    ap.add_argument("build")
    ap.add_argument("names", nargs="*")
    a = ap.parse_args()
    base.BUILD = os.path.abspath(a.build)
    base.LONG = a.long
    return suite.main("security", a.names, modules())


if __name__ == "__main__":
    sys.exit(main())
