/* SPDX-License-Identifier: ISC */
/* gatehouse users list: for people and for programs. */
#include <sys/types.h>

#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "authz/rbac.h"
#include "common/buffer.h"
#include "common/jsonw.h"
#include "common/log.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/users.h"

#define LIST_MOST (64 * 1024 * 1024) /* bytes of the list */
#define NAME_MOST 256 /* bytes of a name that are shown */

/* A name from the database on somebody's terminal. */
static void
list_name(const char *name, struct buf *out)
{
	log_escape(out, name, strlen(name), NAME_MOST);
}

static size_t
list_width(const char *name)
{
	struct buf b;
	size_t n;

	buf_init(&b, NAME_MOST);
	list_name(name, &b);
	n = b.b_len;
	buf_free(&b);
	return (n);
}

/* What a role is called, by its id if it has gone without its links. */
static void
list_roles(const struct rbac *rb, const struct rbac_user *ru, struct buf *out)
{
	const struct rbac_role *ro;
	size_t i;

	if (ru->ru_nroles == 0)
		buf_addc(out, '-');
	for (i = 0; i < ru->ru_nroles; i++) {
		if (i > 0)
			buf_addz(out, ", ");
		ro = rbac_role(rb, ru->ru_roles[i]);
		if (ro != NULL)
			list_name(ro->ro_name, out);
		else
			buf_addf(out, "(%" PRId64 ")", ru->ru_roles[i]);
	}
}

void
users_table(const struct rbac *rb, struct buf *out)
{
	const struct rbac_user *ru;
	size_t i, n, wide = strlen("NAME");

	for (i = 0; i < rb->rb_nusers; i++) {
		n = list_width(rb->rb_users[i].ru_name);
		if (n > wide)
			wide = n;
	}
	buf_addf(out, "%6s  %-*s  %-6s  %s\n", "ID", (int)wide, "NAME",
	    "RUN_AS", "ROLES");
	for (i = 0; i < rb->rb_nusers; i++) {
		ru = &rb->rb_users[i];
		buf_addf(out, "%6" PRId64 "  ", ru->ru_id);
		list_name(ru->ru_name, out);
		n = list_width(ru->ru_name);
		buf_addf(out, "%*s  %-6s  ", (int)(wide - n), "",
		    ru->ru_run_as ? "yes" : "no");
		list_roles(rb, ru, out);
		buf_addc(out, '\n');
	}
}

static void
list_json_role(struct jsonw *j, const struct rbac *rb, int64_t id)
{
	const struct rbac_role *ro = rbac_role(rb, id);

	jsonw_object(j);
	jsonw_key(j, "id");
	jsonw_int(j, id);
	jsonw_key(j, "name");
	if (ro != NULL)
		jsonw_str(j, ro->ro_name);
	else
		jsonw_null(j);
	jsonw_object_end(j);
}

void
users_json(const struct rbac *rb, struct buf *out)
{
	const struct rbac_user *ru;
	struct jsonw j;
	size_t i, k;

	jsonw_init(&j, out, true);
	jsonw_array(&j);
	for (i = 0; i < rb->rb_nusers; i++) {
		ru = &rb->rb_users[i];
		jsonw_object(&j);
		jsonw_key(&j, "id");
		jsonw_int(&j, ru->ru_id);
		jsonw_key(&j, "username");
		jsonw_str(&j, ru->ru_name);
		jsonw_key(&j, "allow_run_as");
		jsonw_bool(&j, ru->ru_run_as);
		jsonw_key(&j, "roles");
		jsonw_array(&j);
		for (k = 0; k < ru->ru_nroles; k++)
			list_json_role(&j, rb, ru->ru_roles[k]);
		jsonw_array_end(&j);
		jsonw_object_end(&j);
	}
	jsonw_array_end(&j);
	buf_addc(out, '\n');
}

static int
list_print(const struct rbac *rb, bool json)
{
	struct buf out;
	int ret = 0;

	buf_init(&out, LIST_MOST);
	if (json)
		users_json(rb, &out);
	else
		users_table(rb, &out);
	if (out.b_failed || fwrite(out.b_data, out.b_len, 1, stdout) != 1)
		ret = -1;
	buf_free(&out);
	return (ret);
}

int
users_list(struct users *us, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	enum rbacdb_error err;
	struct rbac *rb = NULL;
	bool json = false;
	int ch, ret;

	while ((ch = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (ch != 'j')
			return (GATEHOUSE_USAGE);
		json = true;
	}
	if (optind != argc)
		return (GATEHOUSE_USAGE);
	if (users_open(us, us->us_dir, false) == -1 || users_become(us) == -1)
		return (GATEHOUSE_ERROR);
	err = users_load(us, NULL);
	if (err == RBACDB_OK)
		rb = users_snapshot(us, &err);
	if (rb == NULL) {
		warnx("%s", users_why(err));
		return (GATEHOUSE_ERROR);
	}
	ret = list_print(rb, json);
	rbac_free(&rb);
	return (ret == 0 ? 0 : GATEHOUSE_ERROR);
}
