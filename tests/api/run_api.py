#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Black-box tests of a build: real servers on fresh instances, real clients.

usage: run_api.py [--long] BUILD [NAME...]

NAME: run only the tests whose names hold one of these. --long: the load tests
with their full counts.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import suite                                         # noqa: E402
from api import (base, test_agents, test_auth, test_hostile,  # noqa: E402
                 test_http, test_logs, test_manager, test_openapi, test_server,
                 test_slow, test_summary)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--long", action="store_true")
    ap.add_argument("build")
    ap.add_argument("names", nargs="*")
    a = ap.parse_args()
    base.BUILD = os.path.abspath(a.build)
    base.LONG = a.long
    return suite.main("api", a.names, [test_http, test_openapi, test_auth,
                                       test_agents, test_manager, test_logs,
                                       test_server, test_hostile, test_slow,
                                       test_summary])


if __name__ == "__main__":
    sys.exit(main())
