#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Agents by the thousand in a stopped embedded instance, the same every time.

usage: generate.py [--seed S] [--first N] ROOT COUNT

Rows of table agent, memberships and lines of client.keys for the agents
bulk-N with ids from N to COUNT [1]. By the id modulo 5, three of five are
active, one is disconnected and one has never connected; all that have
connected are in the groups default and group1. Each row depends on the seed
and its id alone, so an instance can be filled step by step.
"""
import argparse
import hashlib
import os
import random
import sqlite3
import sys

GROUPS = ("default", "group1")
# name, version, major, minor, codename, platform
SYSTEMS = (("Debian GNU/Linux", "12", "12", "", "bookworm", "debian"),
           ("Ubuntu", "22.04.3 LTS", "22", "04", "Jammy Jellyfish", "ubuntu"),
           ("Ubuntu", "20.04.6 LTS", "20", "04", "Focal Fossa", "ubuntu"),
           ("CentOS Linux", "7.9", "7", "9", "Core", "centos"),
           ("Microsoft Windows Server 2022", "10.0.20348.2113", "10", "0", "",
            "windows"))
VERSIONS = ("Wazuh v4.14.9", "Wazuh v4.14.0", "Wazuh v4.9.2", "Wazuh v4.7.5")
NODES = ("node01", "worker1", "worker2")
SINCE = 1700000000      # epoch seconds that all times lie near

COLUMNS = ("id", "name", "ip", "register_ip", "internal_key", "os_name",
           "os_version", "os_major", "os_minor", "os_codename", "os_platform",
           "os_uname", "os_arch", "version", "config_sum", "merged_sum",
           "manager_host", "node_name", "date_add", "last_keepalive",
           "`group`", "group_hash", "connection_status", "disconnection_time",
           "group_config_status", "status_code")


def digest(kind, seed, i):
    return hashlib.sha256(f"{kind} {seed} {i}".encode()).hexdigest()


def agent(seed, i):
    """The row of one agent, in the order of COLUMNS."""
    r = random.Random(f"{seed} {i}")
    name, key = f"bulk-{i}", digest("key", seed, i)
    added = SINCE - r.randrange(30 * 86400)
    if i % 5 == 4:
        return (i, name, None, "any", key) + (None,) * 12 + \
            ("unknown", added, None, None, None, "never_connected", 0,
             "not synced", 0)
    system = r.choice(SYSTEMS)
    gone = i % 5 == 3
    seen = SINCE + r.randrange(3600)
    csv = ",".join(GROUPS)
    return (i, name, f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", "any", key,
            *system, f"Linux |{name} |6.1.0-18-amd64 |#1 SMP |x86_64",
            "x86_64", r.choice(VERSIONS), digest("config", seed, 0)[:32],
            digest("merged", seed, i % 7)[:32], "manager", r.choice(NODES),
            added, seen, csv, hashlib.sha256(csv.encode()).hexdigest()[:8],
            "disconnected" if gone else "active", seen + 900 if gone else 0,
            "synced" if r.randrange(4) else "not synced", 4 if gone else 0)


def fill(root, first, last, seed=0):
    """Agents first to last, both included; their database must be there."""
    path = os.path.join(root, "queue/db/global.db")
    st = os.stat(path)
    rows = [agent(seed, i) for i in range(first, last + 1)]
    # Opened for writing, so that a missing one is not made.
    db = sqlite3.connect(f"file:{path}?mode=rw", uri=True)
    with db:
        db.executemany("INSERT OR IGNORE INTO `group` (name) VALUES (?)",
                       [(g,) for g in GROUPS])
        db.executemany(
            f"INSERT INTO agent ({', '.join(COLUMNS)}) VALUES ("
            + ", ".join("?" * len(COLUMNS)) + ")", rows)
        for priority, name in enumerate(GROUPS):
            db.execute(
                "INSERT INTO belongs (id_agent, id_group, priority) "
                "SELECT a.id, g.id, ? FROM agent a, `group` g WHERE "
                "g.name = ? AND a.id BETWEEN ? AND ? AND a.`group` NOTNULL",
                (priority, name, first, last))
    db.close()
    os.chown(path, st.st_uid, st.st_gid)
    # In place: the file keeps its owner and mode.
    with open(os.path.join(root, "etc/client.keys"), "a",
              encoding="ascii") as f:
        f.writelines(f"{r[0]:03d} {r[1]} {r[3]} {r[4]}\n" for r in rows)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--first", type=int, default=1)
    ap.add_argument("root")
    ap.add_argument("count", type=int)
    a = ap.parse_args()
    fill(a.root, a.first, a.count, a.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
