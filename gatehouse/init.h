/* SPDX-License-Identifier: ISC */
/* The parts of gatehouse init. */
#ifndef GATEHOUSE_INIT_H
#define GATEHOUSE_INIT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "authz/password.h"

struct buf;

#define INIT_USERS	2	/* wazuh and wazuh-wui */
#define INIT_PASSWORD	64	/* most bytes of a password */

/* Who owns what is made; (uid_t)-1: nothing is given away. */
struct init_owner {
	uid_t	 io_uid;
	gid_t	 io_gid;
};

/* --- init.c ----------------------------------------------------------- */

/*
 * Who has a tree that is there already; as the server itself looks for it.
 * false: root, or nobody.
 */
bool	init_owner_present(int rootfd, struct init_owner *);

/* --- init_text.c: pure ------------------------------------------------ */

/*
 * Replace the line of a YAML key that stands at the left margin. Returns 0,
 * or -1 when the text has no such line.
 */
int	init_set_line(struct buf *text, const char *key, const char *value);

/* Passwords of the default users; "" where none was given. */
struct init_passwords {
	char	 ip_plain[INIT_USERS][INIT_PASSWORD + 1];
};

extern const char *const init_users[INIT_USERS];

/*
 * Read lines "user:password". Returns NULL, or what is wrong (static text)
 * with the number of the line in *line_r.
 */
const char *init_parse_passwords(const char *text, size_t len,
	    struct init_passwords *, size_t *line_r);

/* --- init_tree.c ------------------------------------------------------ */

enum init_state {
	INIT_FOREIGN,		/* files that are none of an instance's */
	INIT_EMPTY,
	INIT_TREE,		/* an instance, or a part of one */
	INIT_MANAGER		/* bin/wazuh-db is there */
};

/* What is in the directory? -1 after saying why. */
int	init_look(int rootfd, const char *dir, enum init_state *);

/* Make what is missing of the directories. *made_r counts. 0, or -1. */
int	init_dirs(int rootfd, const struct init_owner *, unsigned int *made_r);

/* Is there a file? 1, 0, or -1 after saying why. */
int	init_exists(int rootfd, const char *path);

/* The settings that a fresh api.yaml gets. */
struct init_settings {
	const char	*is_port;	/* NULL: the default */
	const char	*is_hosts;	/* YAML list, NULL: the default */
};

/* Make the files that are missing. *made_r counts. 0, or -1. */
int	init_files(int rootfd, const struct init_owner *,
	    const struct init_settings *, unsigned int *made_r);

/* --- init_users.c ----------------------------------------------------- */

/* Passwords of the default users and their hashes; to be wiped by the caller. */
struct init_secrets {
	struct init_passwords	 se_pw;
	char			 se_encoded[INIT_USERS][PASSWORD_ENCODED];
	bool			 se_random[INIT_USERS];
};

/* Take those of a file; NULL: none. 0, or -1 after saying why. */
int	init_secrets_read(struct init_secrets *, const char *path);
/*
 * Random ones for users that have none; warn of weak ones; the hashes. 0, or
 * -1 after saying why.
 */
int	init_secrets_make(struct init_secrets *);
/* Print the random ones. -1 after saying that it failed. */
int	init_secrets_tell(const struct init_secrets *);

#define INIT_RBAC	"api/configuration/security/rbac.db"

/*
 * Make rbac.db with the passwords of a file, or, where file is NULL or lacks
 * a user, random ones, which are printed. 0, or -1 after saying why.
 */
int	init_rbac(int rootfd, const char *dir, const char *file,
	    const struct init_owner *);

#endif
