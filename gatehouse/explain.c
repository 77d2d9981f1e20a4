/* SPDX-License-Identifier: ISC */
/*
 * gatehouse rbac explain: what a login with an authorization context would
 * give, and why. It asks nobody: rbac.db is read, and the rules are evaluated
 * by the same code as in the server.
 */
#include <sys/types.h>

#include <err.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rbacdb.h"
#include "common/params_decode.h"
#include "gatehouse/explain.h"
#include "gatehouse/gatehouse.h"

#define CONTEXT_MAX 8192 /* bytes, as in a request */
#define WHY_MAX     256

/* A context as somebody wrote it: NUL-ended text, or -1 after saying why. */
static int
explain_read(const char *path, char text[CONTEXT_MAX + 1])
{
	FILE *f = stdin;
	size_t len;
	bool good;

	if (strcmp(path, "-") != 0)
		f = fopen(path, "re");
	if (f == NULL) {
		warn("%s", path);
		return (-1);
	}
	len = fread(text, 1, CONTEXT_MAX + 1, f);
	good = ferror(f) == 0;
	if (!good)
		warn("%s", path);
	if (f != stdin)
		(void)fclose(f);
	if (good && len > CONTEXT_MAX) {
		warnx("%s: more than %d bytes, which the server refuses", path,
		    CONTEXT_MAX);
		good = false;
	}
	if (!good)
		return (-1);
	text[len] = '\0';
	if (strlen(text) == len)
		return (0);
	warnx("%s: a NUL, which the server refuses", path);
	return (-1);
}

static const struct row *
explain_row(void)
{
	size_t i;

	for (i = 0; i < nrows; i++)
		if (rows[i].r_flags & ROWF_RUNAS)
			return (&rows[i]);
	errx(GATEHOUSE_ERROR, "there is no such operation");
}

/* The body of a request is read as http reads it: what it refuses is refused. */
static int
explain_print(const struct rbac *rb, const struct rbac_user *ru,
    const char *path, bool json)
{
	char text[CONTEXT_MAX + 1], why[WHY_MAX];
	struct buf arena, out;
	struct args as;
	int ret = -1;

	if (explain_read(path, text) == -1)
		return (-1);
	args_init(&as);
	buf_init(&arena, CONTEXT_MAX * 2);
	buf_init(&out, EXPLAIN_MAX);
	if (params_body(explain_row(), text, strlen(text), &as, &arena, why,
	        sizeof(why)) != PARAMS_OK)
		warnx("%s: %s", path, why);
	else if (explain_show(rb, ru, args_str(&as, "body", ""), json, &out) ==
	        -1 ||
	    out.b_failed)
		warnx("out of memory");
	else if (fwrite(out.b_data, out.b_len, 1, stdout) == 1 &&
	    fflush(stdout) == 0)
		ret = 0;
	args_free(&as);
	buf_free(&arena);
	buf_free(&out);
	return (ret);
}

static int
explain_open(const char *dir, const char *user, const char *path, bool json)
{
	const struct rbac_user *ru = NULL;
	enum rbacdb_error error;
	char name[PATH_MAX];
	struct rbac *rb;
	int ret = -1;

	if (snprintf(name, sizeof(name),
	        "%s/api/configuration/security/rbac.db",
	        dir) >= (int)sizeof(name)) {
		warnx("%s: too long", dir);
		return (-1);
	}
	rb = rbacdb_look(name, &error);
	if (rb == NULL) {
		warnx("%s: %s", dir, rbacdb_strerror(error));
		return (-1);
	}
	if (user != NULL)
		ru = rbac_user_name(rb, user);
	if (user != NULL && ru == NULL)
		warnx("%s: no such user", user);
	else
		ret = explain_print(rb, ru, path, json);
	rbac_free(&rb);
	return (ret);
}

int
rbac_main(const char *dir, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	const char *user = NULL, *command = argv[0];
	bool json = false;
	int ch;

	if (argc < 2 || strcmp(argv[1], "explain") != 0)
		return (gatehouse_usage(command));
	argc--;
	argv++;
	while ((ch = getopt_long(argc, argv, "u:", options, NULL)) != -1) {
		if (ch == 'u')
			user = optarg;
		else if (ch == 'j')
			json = true;
		else
			return (gatehouse_usage(command));
	}
	if (argc - optind > 1)
		return (gatehouse_usage(command));
	return (explain_open(
	            dir, user, optind < argc ? argv[optind] : "-", json) == 0 ?
	        0 :
	        GATEHOUSE_ERROR);
}
