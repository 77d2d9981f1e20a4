#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Black-box tests of a build: real servers on fresh instances, real clients.

usage: run_api.py [--long] BUILD [NAME...]

NAME: run only the tests whose names hold one of these. --long: the load tests
with their full counts.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from lib import suite                                         # noqa: E402
from api import base                                          # noqa: E402


if __name__ == "__main__":
    sys.exit(suite.folder("api", HERE, base))
