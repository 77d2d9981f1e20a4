/* SPDX-License-Identifier: ISC */
/*
 * rbac.db with the two default users. It is made in a directory that only the
 * caller can enter and then moved to its place: what stands there is whole.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/password.h"
#include "authz/rbacdb.h"
#include "common/buffer.h"
#include "common/path.h"
#include "gatehouse/init.h"

#define RANDOM_LEN 24 /* characters of a random password */
#define FILE_MOST  4096 /* bytes of a file of passwords */

int
init_secrets_read(struct init_secrets *se, const char *path)
{
	char text[FILE_MOST + 1];
	const char *why;
	size_t len, line;
	FILE *f;

	memset(se, 0, sizeof(*se));
	if (path == NULL)
		return (0);
	f = fopen(path, "re");
	if (f == NULL) {
		warn("%s", path);
		return (-1);
	}
	/* No second copy of the secrets in stdio's buffer. */
	(void)setvbuf(f, NULL, _IONBF, 0);
	len = fread(text, 1, sizeof(text), f);
	if (ferror(f) || len > FILE_MOST) {
		warnx("%s: cannot be read, or has more than %d bytes", path,
		    FILE_MOST);
		why = "";
	} else {
		why = init_parse_passwords(text, len, &se->se_pw, &line);
		if (why != NULL)
			warnx("%s:%zu: %s", path, line, why);
	}
	(void)fclose(f);
	explicit_bzero(text, sizeof(text));
	return (why == NULL ? 0 : -1);
}

int
init_secrets_make(struct init_secrets *se)
{
	char *plain;
	size_t i;

	for (i = 0; i < INIT_USERS; i++) {
		plain = se->se_pw.ip_plain[i];
		se->se_random[i] = plain[0] == '\0';
		if (se->se_random[i] &&
		    password_random(plain, RANDOM_LEN) == -1) {
			warnx("no random password can be made");
			return (-1);
		}
		if (password_refuse(plain) != 0)
			warnx("the password of %s is weak: not 8 to 64 "
			      "characters, or not lower and upper case, digits "
			      "and others",
			    init_users[i]);
		if (password_make(plain, se->se_encoded[i]) == -1) {
			warnx("no password hash can be made");
			return (-1);
		}
	}
	return (0);
}

/* Make the database below tmp, a directory of our own. */
static int
init_database(
    const char *tmp, const struct init_secrets *se, const struct init_owner *io)
{
	const char *encoded[INIT_USERS];
	enum rbacdb_error error;
	struct rbacdb *db;
	char path[4096];
	size_t i;

	for (i = 0; i < INIT_USERS; i++)
		encoded[i] = se->se_encoded[i];
	snprintf(path, sizeof(path), "%s/rbac.db", tmp);
	db = rbacdb_open(path, encoded, &error);
	if (db == NULL) {
		warnx("%s: %s", INIT_RBAC, rbacdb_strerror(error));
		return (-1);
	}
	rbacdb_close(&db);
	if (io->io_uid != (uid_t)-1 &&
	    chown(path, io->io_uid, io->io_gid) == -1) {
		warn("%s", path);
		return (-1);
	}
	return (0);
}

/* Move it to its place, where nothing may be. */
static int
init_place(int rootfd, const char *tmp)
{
	char path[4096];
	int dirfd, ret;

	snprintf(path, sizeof(path), "%s/rbac.db", tmp);
	dirfd = path_open(
	    rootfd, "api/configuration/security", O_RDONLY | O_DIRECTORY, 0);
	ret = dirfd == -1 ?
	    -1 :
	    renameat2(AT_FDCWD, path, dirfd, "rbac.db", RENAME_NOREPLACE);
	if (ret == -1)
		warn("%s", INIT_RBAC);
	else if (fsync(dirfd) == -1)
		warn("%s", INIT_RBAC);
	if (dirfd != -1)
		(void)close(dirfd);
	return (ret);
}

int
init_secrets_tell(const struct init_secrets *se)
{
	size_t i;

	for (i = 0; i < INIT_USERS; i++)
		if (se->se_random[i])
			printf("user %s: %s\n", init_users[i],
			    se->se_pw.ip_plain[i]);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return (0);
	warn("the passwords cannot be printed");
	return (-1);
}

/*
 * Nobody can learn these passwords later. If they could not be shown, the
 * database that has them is of no use.
 */
static int
init_tell(int rootfd, const struct init_secrets *se)
{
	if (init_secrets_tell(se) == 0)
		return (0);
	warnx("%s is taken back", INIT_RBAC);
	if (path_unlink(rootfd, INIT_RBAC, 0) == -1)
		warn("%s", INIT_RBAC);
	return (-1);
}

int
init_rbac(
    int rootfd, const char *dir, const char *file, const struct init_owner *io)
{
	struct init_secrets se;
	char tmp[4000], left[4096];
	int n, ret;

	n = snprintf(tmp, sizeof(tmp), "%s/.init.XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof(tmp)) {
		warnx("%s: too long a name", dir);
		return (-1);
	}
	ret = init_secrets_read(&se, file);
	if (ret == 0)
		ret = init_secrets_make(&se);
	if (ret == 0 && mkdtemp(tmp) == NULL) {
		warn("%s", tmp);
		ret = -1;
	} else if (ret == 0) {
		ret = init_database(tmp, &se, io);
		if (ret == 0)
			ret = init_place(rootfd, tmp);
		/* There only when it could not be moved. */
		snprintf(left, sizeof(left), "%s/rbac.db", tmp);
		(void)unlink(left);
		if (rmdir(tmp) == -1)
			warn("%s", tmp);
	}
	if (ret == 0)
		ret = init_tell(rootfd, &se);
	explicit_bzero(&se, sizeof(se));
	return (ret);
}
