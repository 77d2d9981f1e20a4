# SPDX-License-Identifier: ISC
"""Agents by the thousand, put into a stopped embedded instance."""
import hashlib
import os
import sqlite3


def database(s):
    """The path of global.db, made by a first start if need be."""
    path = s.path("queue/db/global.db")
    if not os.path.exists(path):
        s.start()
        s.stop(remove=False)
    return path


def fill(s, count, first=1):
    """Add count agents to the stopped server s: rows and keys."""
    states = ("active", "active", "disconnected", "active", "never_connected")
    rows, keys = [], []
    for i in range(first, first + count):
        key = hashlib.sha256(b"agent %d" % i).hexdigest()
        keys.append(f"{i:03d} agent-{i} any {key}\n")
        state = states[i % 5]
        if state == "never_connected":
            rows.append((i, f"agent-{i}", None, "any", key) + (None,) * 12
                        + (1700000000, None, state, "synced", "not synced",
                           0))
            continue
        rows.append((
            i, f"agent-{i}", f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", "any",
            key, "Debian GNU/Linux", "12", "12", "0", "bookworm", "debian",
            f"Linux |agent-{i} |6.1.0-18-amd64 |#1 SMP |x86_64", "x86_64",
            "Wazuh v4.14.9", hashlib.md5(b"c%d" % i).hexdigest(),
            hashlib.md5(b"m%d" % i).hexdigest(), "node01", 1700000000,
            1700000000 + i, state, "synced", "synced", 0))
    db = sqlite3.connect(database(s))
    with db:
        db.executemany(
            "INSERT INTO agent (id, name, ip, register_ip, internal_key, "
            "os_name, os_version, os_major, os_minor, os_codename, "
            "os_platform, os_uname, os_arch, version, config_sum, merged_sum, "
            "node_name, date_add, last_keepalive, connection_status, "
            "sync_status, group_config_status, status_code) VALUES ("
            + ", ".join("?" * 23) + ")", rows)
    db.close()
    # In place: the file keeps its owner and mode.
    with open(s.path("etc/client.keys"), "a", encoding="utf-8") as f:
        f.writelines(keys)
