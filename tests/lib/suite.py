# SPDX-License-Identifier: ISC
"""Run unittest cases and end on the line that scripts/test adds up."""
import argparse
import glob
import importlib
import os
import sys
import time
import unittest


class Result(unittest.TestResult):
    """One line a test, with its time; traces at once, not at the end."""

    def __init__(self):
        super().__init__()
        self.outcome = {}
        self.began = time.monotonic()

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.outcome[test.id()] = "passed"

    def stopTest(self, test):
        super().stopTest(test)
        took = time.monotonic() - self.began
        print(f"{self.outcome[test.id()]:7} {test.id()} ({took:.2f} s)",
              flush=True)

    def _bad(self, test, err, where):
        # Of a subtest, the test that it is part of; of a class that could not
        # be set up, the class.
        self.outcome[getattr(test, "test_case", test).id()] = "failed"
        print(f"--- {where}\n" + self._exc_info_to_string(err, test),
              flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._bad(test, err, test.id())

    def addError(self, test, err):
        super().addError(test, err)
        self._bad(test, err, test.id())

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._bad(test, err, subtest.id())

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcome[test.id()] = "skipped"
        print(f"skipped: {test.id()}: {reason}", flush=True)

    def count(self, word):
        return list(self.outcome.values()).count(word)


def report(name, passed, failed, skipped=0):
    line = f"SUITE {name}: {passed} passed, {failed} failed"
    print(line + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed or not passed else 0


def run(name, suite):
    """Run a suite of unittest and report it. Returns the exit status."""
    result = Result()
    suite.run(result)
    return report(name, result.count("passed"), result.count("failed"),
                  result.count("skipped"))


def main(name, argv, modules):
    """run() over the cases of modules; argv: names to choose from them."""
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.loadTestsFromModule(m) for m in modules)
    if argv:
        suite = unittest.TestSuite(
            t for t in flat(suite) if any(a in t.id() for a in argv))
    return run(name, suite)


def folder(name, path, base):
    """
    main() over every test_*.py in a folder of tests, with the arguments of the
    command: [--long] BUILD [NAME...], of which base gets BUILD and LONG.
    """
    ap = argparse.ArgumentParser()
    ap.add_argument("--long", action="store_true")
    ap.add_argument("build")
    ap.add_argument("names", nargs="*")
    a = ap.parse_args()
    base.BUILD = os.path.abspath(a.build)
    base.LONG = a.long
    package = os.path.basename(path)
    names = sorted(os.path.basename(f)[:-3]
                   for f in glob.glob(os.path.join(path, "test_*.py")))
    return main(name, a.names,
                [importlib.import_module(f"{package}.{n}") for n in names])


def flat(suite):
    for t in suite:
        if isinstance(t, unittest.TestSuite):
            yield from flat(t)
        else:
            yield t


if __name__ == "__main__":
    sys.exit("not a program")
