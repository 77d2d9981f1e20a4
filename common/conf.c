/* SPDX-License-Identifier: ISC */
/*
 * The configuration as an object: defaults, copies, the files of a tree, and
 * the way over a link. Parsing is in conf_yaml.c, printing in conf_print.c.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/conf_rows.h"
#include "common/msg.h"
#include "common/path.h"

#define FILE_MAX 1048576 /* bytes of a file of ours */

/* Set a row to its default. The texts of the table pass every check. */
static int
conf_default(struct conf *cf, const struct conf_row *row)
{
	const char *s;
	size_t n;

	if (row->cr_type == CONF_T_OLD)
		return (0);
	s = row->cr_def;
	if (row->cr_type != CONF_T_LIST)
		return (conf_value_set(cf, row, s, strlen(s),
		            row->cr_type <= CONF_T_NUM) == NULL ?
		        0 :
		        -1);
	for (; *s != '\0'; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		if (conf_value_set(cf, row, s, n, false) != NULL)
			return (-1);
	}
	return (0);
}

struct conf *
conf_new(void)
{
	struct conf *cf;
	size_t i;

	cf = calloc(1, sizeof(*cf));
	if (cf == NULL)
		return (NULL);
	for (i = 0; i < CONF_NROWS; i++) {
		if (conf_default(cf, &conf_rows[i]) == -1) {
			conf_free(&cf);
			return (NULL);
		}
	}
	return (cf);
}

void
conf_free(struct conf **cfp)
{
	size_t i;

	if (*cfp == NULL)
		return;
	for (i = 0; i < CONF_NROWS; i++)
		conf_value_clear(*cfp, &conf_rows[i]);
	free(*cfp);
	*cfp = NULL;
}

/* --- files -------------------------------------------------------------- */

/*
 * The file of option -c: the administrator names it, so it may stand outside
 * the tree and behind links.
 */
static int
conf_read_any(const char *path, struct buf *out)
{
	uint8_t *p;
	ssize_t n;
	int fd, error;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return (-1);
	do {
		n = -1;
		p = buf_room(out, 65536);
		if (p == NULL)
			errno = EFBIG;
		else
			n = read(fd, p, 65536);
		if (n > 0)
			out->b_len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	error = errno;
	(void)close(fd);
	errno = error;
	return (n == 0 ? 0 : -1);
}

/* Read and parse one file. A missing one of the tree leaves the defaults. */
static int
conf_load_file(struct conf *cf, enum conf_file file, int rootfd,
    const char *path, bool any, struct buf *err, struct buf *warn)
{
	struct buf text;
	int ret;

	buf_init(&text, FILE_MAX + 65536);
	if (any)
		ret = conf_read_any(path, &text);
	else
		ret = path_read(rootfd, path, FILE_MAX, &text);
	if (ret == 0)
		ret = conf_parse(cf, file, path, (const char *)text.b_data,
		    text.b_len, err, warn);
	else if (!any && errno == ENOENT)
		ret = 0;
	else
		buf_addf(err, "%s: cannot be read: %s", path, strerror(errno));
	buf_free(&text);
	return (ret);
}

struct conf *
conf_load(int rootfd, const char *api_path, struct buf *err, struct buf *warn)
{
	static const char *const paths[] = {
		[CONF_API] = "api/configuration/api.yaml",
		[CONF_SECURITY] = "api/configuration/security/security.yaml",
		[CONF_GATEHOUSE] = "api/configuration/gatehouse.yaml",
	};
	struct conf *cf;
	const char *path;
	bool any;
	int i;

	cf = conf_new();
	if (cf == NULL) {
		buf_addz(err, "out of memory");
		return (NULL);
	}
	for (i = CONF_API; i <= CONF_GATEHOUSE; i++) {
		any = i == CONF_API && api_path != NULL;
		path = any ? api_path : paths[i];
		if (conf_load_file(cf, (enum conf_file)i, rootfd, path, any,
		        err, warn) == -1) {
			conf_free(&cf);
			return (NULL);
		}
	}
	return (cf);
}

/* --- links -------------------------------------------------------------- */

/*
 * CONF_VALUES: u16 number of values, then each as u16 row and the value: u8
 * for a bool, i64 for a whole number, u64 (the bits) for one with a fraction,
 * str for a text, u16 and so many str for a list. Rows ascend. Both ends are
 * of one build, so that a row's number means the same to both.
 */
static void
conf_put_value(
    struct msgw *mw, const struct conf *cf, const struct conf_row *row)
{
	const struct conf_list *cl;
	uint64_t bits;
	size_t i;

	switch (row->cr_type) {
	case CONF_T_BOOL:
		msg_put_u8(mw, *(const bool *)conf_cat(cf, row));
		break;
	case CONF_T_INT:
		msg_put_i64(mw, *(const int64_t *)conf_cat(cf, row));
		break;
	case CONF_T_NUM:
		memcpy(&bits, conf_cat(cf, row), sizeof(bits));
		msg_put_u64(mw, bits);
		break;
	case CONF_T_LIST:
		cl = conf_cat(cf, row);
		msg_put_u16(mw, (uint16_t)cl->cl_n);
		for (i = 0; i < cl->cl_n; i++)
			msg_put_str(mw, cl->cl_v[i]);
		break;
	default:
		msg_put_str(mw, *(char *const *)conf_cat(cf, row));
		break;
	}
}

int
conf_put(struct msgw *mw, const struct conf *cf, enum role role)
{
	size_t i;
	uint16_t n;

	for (n = 0, i = 0; i < CONF_NROWS; i++)
		n += (conf_rows[i].cr_roles & ROLE_BIT(role)) != 0;
	msg_put_u16(mw, n);
	for (i = 0; i < CONF_NROWS; i++) {
		if (!(conf_rows[i].cr_roles & ROLE_BIT(role)))
			continue;
		msg_put_u16(mw, (uint16_t)i);
		conf_put_value(mw, cf, &conf_rows[i]);
	}
	return (mw->mw_failed ? -1 : 0);
}

static int
conf_get_str(struct msg *m, struct conf *cf, const struct conf_row *row)
{
	const char *s;

	if (msg_get_strn(m, &s, CONF_STRING) == -1)
		return (-1);
	return (conf_value_set(cf, row, s, strlen(s), false) == NULL ? 0 : -1);
}

static int
conf_get_list(struct msg *m, struct conf *cf, const struct conf_row *row)
{
	uint16_t n;

	if (msg_get_u16(m, &n) == -1)
		return (-1);
	if (n == 0 && (row->cr_flags & CONF_F_SOME))
		return (-1);
	conf_value_clear(cf, row);
	while (n-- > 0)
		if (conf_get_str(m, cf, row) == -1)
			return (-1);
	return (0);
}

static int
conf_get_value(struct msg *m, struct conf *cf, const struct conf_row *row)
{
	int64_t i;
	uint64_t bits;
	double d;
	uint8_t b;

	switch (row->cr_type) {
	case CONF_T_BOOL:
		if (msg_get_u8(m, &b) == -1 || b > 1)
			return (-1);
		*(bool *)conf_at(cf, row) = b == 1;
		return (0);
	case CONF_T_INT:
		if (msg_get_i64(m, &i) == -1)
			return (-1);
		return (conf_value_int(cf, row, i) == NULL ? 0 : -1);
	case CONF_T_NUM:
		if (msg_get_u64(m, &bits) == -1)
			return (-1);
		memcpy(&d, &bits, sizeof(d));
		return (conf_value_num(cf, row, d) == NULL ? 0 : -1);
	case CONF_T_LIST:
		return (conf_get_list(m, cf, row));
	case CONF_T_OLD:
		return (-1);
	default:
		return (conf_get_str(m, cf, row));
	}
}

int
conf_get(struct msg *m, struct conf *cf)
{
	uint16_t n, i, last;

	if (msg_get_u16(m, &n) == -1)
		return (-1);
	for (last = 0; n > 0; n--, last = i + 1) {
		if (msg_get_u16(m, &i) == -1 || i < last || i >= CONF_NROWS)
			return (-1);
		if (conf_get_value(m, cf, &conf_rows[i]) == -1)
			return (-1);
	}
	return (0);
}
