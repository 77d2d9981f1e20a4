#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Look into the built programs: is each hardened as configure was told, and
linked with no library that it does not need?

usage: run_hardening.py BUILD
"""
import os
import platform
import re
import subprocess
import sys

# What each program may be linked with, beyond the C library.
LIBRARIES = {
    "apid": {"event_core", "ssl", "crypto", "yaml-0", "seccomp", "json-c",
             "pcre2-8", "z"},
    "authz": {"event_core", "crypto", "jwt", "sqlite3", "seccomp", "json-c",
              "yaml-0", "pcre2-8"},
    "dapi": {"event_core", "sqlite3", "seccomp", "yaml-0", "pcre2-8",
             "crypto", "json-c", "m"},
    "clusterd": {"event_core", "seccomp", "yaml-0"},
    "gatehouse": {"crypto", "sqlite3", "yaml-0", "pcre2-8", "json-c", "m"},
}
# TLS belongs to the process that speaks to clients, tokens and the database of
# users to authz: never anywhere else.
NEVER = {
    "apid": {"sqlite3", "jwt"},
    "authz": {"ssl", "event_openssl"},
    "dapi": {"ssl", "event_openssl", "jwt"},
    "clusterd": {"ssl", "event_openssl", "jwt", "sqlite3"},
    "gatehouse": {"ssl", "event_openssl"},
}


ENDBR64 = b"\xf3\x0f\x1e\xfa"


def readelf(path, *args):
    return subprocess.run(["readelf", "-W", *args, path], check=True,
                          capture_output=True, text=True).stdout


def checks(name, path):
    header, dynamic = readelf(path, "-h"), readelf(path, "-d")
    segments, symbols = readelf(path, "-l"), readelf(path, "--dyn-syms")
    yield "position independent", bool(
        re.search(r"Type:\s+DYN", header) and re.search(r"FLAGS_1.*PIE",
                                                        dynamic))
    yield "relocations read-only", "GNU_RELRO" in segments
    yield "bound at start", bool(re.search(r"BIND_NOW|FLAGS_1.*NOW", dynamic))
    yield "stack not executable", bool(
        re.search(r"GNU_STACK\s.*\sRW\s", segments))
    yield "stack protector", "__stack_chk_fail" in symbols
    yield "fortified calls", bool(re.search(r"\b__\w+_chk@", symbols))
    yield "no segment both writable and executable", not re.search(
        r"LOAD\s.*\sRWE\s", segments)
    if platform.machine() == "x86_64":
        # Debian's start files have no marks, so the note of the whole program
        # is lost; the instruction at the head of each function is there.
        with open(path, "rb") as f:
            yield "control flow marks", f.read().count(ENDBR64) > 100
    libs = set(re.findall(r"\(NEEDED\).*\[lib([\w+-]+?)(?:-2\.1)?\.so", dynamic))
    libs -= {"c", "m", "pthread", "dl", "rt"}
    extra = libs - LIBRARIES[name] | libs & NEVER[name]
    yield "libraries" + (f" ({', '.join(sorted(extra))})" if extra else ""), \
        not extra
    yield "no search path", not re.search(r"\((RPATH|RUNPATH)\)", dynamic)


def main():
    build = sys.argv[1]
    passed = failed = 0
    for name in LIBRARIES:
        path = os.path.join(build, "bin", name)
        if not os.path.exists(path):
            print(f"hardening: {name}: there is no {path}")
            failed += 1
            continue
        for what, good in checks(name, path):
            passed += good
            failed += not good
            if not good:
                print(f"hardening: {name}: not {what}")
    print(f"SUITE hardening: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
