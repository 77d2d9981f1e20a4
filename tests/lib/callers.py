# SPDX-License-Identifier: ISC
"""Users with policies of their own, put into the rbac.db of a stopped
instance."""
import json
import sqlite3

from . import server

NOW = "2024-01-01 00:00:00.000000"


def add(s, name, policies):
    """
    User name with one role and these policies, (effect, actions, resources)
    each, the first one lowest. The password is the one of wazuh. Returns what
    s.token() takes.
    """
    db = sqlite3.connect(s.path("api/configuration/security/rbac.db"))
    with db:
        new = {t: max(100, db.execute(f"SELECT 1 + max(id) FROM {t}")
                      .fetchone()[0])
               for t in ("users", "roles", "policies", "user_roles",
                         "roles_policies")}
        db.execute("INSERT INTO users SELECT ?, ?, password, 0, ? FROM users "
                   "WHERE username = 'wazuh'", (new["users"], name, NOW))
        db.execute("INSERT INTO roles VALUES (?, ?, ?)",
                   (new["roles"], name, NOW))
        db.execute("INSERT INTO user_roles VALUES (?, ?, ?, 0, ?)",
                   (new["user_roles"], new["users"], new["roles"], NOW))
        for level, (effect, actions, resources) in enumerate(policies):
            text = json.dumps({"actions": actions, "resources": resources,
                               "effect": effect})
            found = db.execute("SELECT id FROM policies WHERE policy = ?",
                               (text,)).fetchone()
            i = found[0] if found else new["policies"] + level
            if not found:
                db.execute("INSERT INTO policies VALUES (?, ?, ?, ?)",
                           (i, f"{name}-{level}", text, NOW))
            db.execute("INSERT INTO roles_policies VALUES (?, ?, ?, ?, ?)",
                       (new["roles_policies"] + level, new["roles"], i, level,
                        NOW))
    db.close()
    return (name, server.PASSWORDS["wazuh"])
