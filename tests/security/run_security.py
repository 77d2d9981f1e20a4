#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What went wrong in the original and must not here: a test each.

usage: run_security.py [--long] BUILD [NAME...]

NAME: run only the tests whose names hold one of these. --long: the floods with
their full counts.

A class has the id of an advisory in its name; what has none says what it is.
Which ids come later, and why, stands in test_record.py.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from lib import suite                                         # noqa: E402
from api import base                                          # noqa: E402


if __name__ == "__main__":
    sys.exit(suite.folder("security", HERE, base))
