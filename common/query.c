/* SPDX-License-Identifier: ISC */
/*
 * Queries parsed once: see query.h. What a client may name comes from the map
 * alone; the conditions are made by query_db.c and query_array.c.
 */
#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/query_array.h"
#include "common/query_db.h"
#include "common/query_parts.h"

void *
query_alloc(struct query *q, size_t n)
{
	return (query_pool_get(&q->q_pool, n));
}

char *
query_copy(struct query *q, const char *s, size_t n)
{
	return (query_pool_copy(&q->q_pool, s, n));
}

/* --- names and errors -------------------------------------------------- */

const struct query_field *
query_find(const struct query_map *qm, const char *name, size_t len)
{
	const struct query_field *qf;
	size_t i;

	for (i = 0; i < qm->qm_n; i++) {
		qf = &qm->qm_fields[i];
		if (strncmp(qf->qf_name, name, len) == 0 &&
		    qf->qf_name[len] == '\0')
			return (qf);
	}
	return (NULL);
}

/* Cut the text at the last whole character if it filled its room. */
static void
query_trim(char *s, size_t room)
{
	size_t n = strlen(s);

	if (n + 1 < room)
		return;
	while (n > 0 && ((unsigned char)s[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && ((unsigned char)s[n - 1] & 0x80))
		n--;
	s[n] = '\0';
}

int
query_fail(struct query_error *qe, uint16_t code, const char *fmt, ...)
{
	va_list ap;

	qe->qe_code = code;
	va_start(ap, fmt);
	vsnprintf(qe->qe_extra, sizeof(qe->qe_extra), fmt, ap);
	va_end(ap);
	query_trim(qe->qe_extra, sizeof(qe->qe_extra));
	return (-1);
}

int
query_fail_names(struct query_error *qe, uint16_t code,
    const struct query_map *qm, unsigned int flags, const char *before,
    const char *after, const char *text, size_t len)
{
	const struct query_field *qf, *next;
	const char *last = "";
	struct buf b;
	size_t i;

	buf_init(&b, sizeof(qe->qe_extra));
	/* The maps are short, and this is nothing that has to be fast. */
	do {
		next = NULL;
		for (i = 0; i < qm->qm_n; i++) {
			qf = &qm->qm_fields[i];
			if ((qf->qf_flags & flags) &&
			    strcmp(qf->qf_name, last) > 0 &&
			    (next == NULL ||
			        strcmp(qf->qf_name, next->qf_name) < 0))
				next = qf;
		}
		if (next != NULL) {
			buf_addf(&b, "%s%s", *last == '\0' ? "" : ", ",
			    next->qf_name);
			last = next->qf_name;
		}
	} while (next != NULL);
	query_fail(qe, code, "%s: %.*s. %s: %.*s", before, (int)b.b_len,
	    b.b_data == NULL ? "" : (char *)b.b_data, after, (int)len, text);
	buf_free(&b);
	return (-1);
}

int
query_check_page(const struct query *q, struct query_error *qe)
{
	if (q->q_limit != QUERY_NOLIMIT) {
		if (q->q_limit > QUERY_LIMIT_MAX)
			return (query_fail(
			    qe, 1405, "%lld", (long long)q->q_limit));
		if (q->q_limit == 0)
			return (query_fail(qe, 1406, "%s", ""));
	}
	if (q->q_offset < 0)
		return (query_fail(qe, 1400, "%s", ""));
	if (q->q_limit != QUERY_NOLIMIT && q->q_limit < 1)
		return (query_fail(qe, 1401, "%s", ""));
	return (0);
}

/* --- select and sort --------------------------------------------------- */

static int
query_select(
    struct query *q, const struct query_args *qa, struct query_error *qe)
{
	size_t i;

	if (qa->qa_nselect > QUERY_NAMES)
		return (query_fail(qe, 1724, "%s", ""));
	q->q_select = query_alloc(q, (qa->qa_nselect + 1) * sizeof(char *));
	if (q->q_select == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	for (i = 0; i < qa->qa_nselect; i++) {
		q->q_select[i] =
		    query_copy(q, qa->qa_select[i], strlen(qa->qa_select[i]));
		if (q->q_select[i] == NULL)
			return (query_fail(qe, 1000, "%s", ""));
	}
	q->q_nselect = qa->qa_nselect;
	return (0);
}

/* The first character, if it is a sign, is meant for all names behind it. */
static int
query_sort(struct query *q, const char *sort, struct query_error *qe)
{
	const char *comma;
	size_t n;

	if (sort == NULL)
		return (0);
	q->q_desc = *sort == '-';
	if (*sort == '-' || *sort == '+')
		sort++;
	q->q_sort = query_alloc(q, QUERY_NAMES * sizeof(char *));
	while (q->q_sort != NULL) {
		if (q->q_norder == QUERY_NAMES)
			return (query_fail(qe, 1403, "%s", ""));
		comma = strchr(sort, ',');
		n = comma == NULL ? strlen(sort) : (size_t)(comma - sort);
		q->q_sort[q->q_norder] = query_copy(q, sort, n);
		if (q->q_sort[q->q_norder++] == NULL)
			break;
		if (comma == NULL)
			return (0);
		sort = comma + 1;
	}
	return (query_fail(qe, 1000, "%s", ""));
}

/* Mark one name of select among the fields that are shown. */
static int
query_mark(
    struct query *q, const char *name, bool *shown, struct query_error *qe)
{
	const struct query_map *qm = q->q_map;
	const struct query_field *qf;

	qf = query_find(qm, name, strlen(name));
	if (qf == NULL || !(qf->qf_flags & QF_SELECT))
		return (query_fail_names(qe, 1724, qm, QF_SELECT,
		    "Allowed select fields", "Fields", name, strlen(name)));
	shown[qf - qm->qm_fields] = true;
	return (0);
}

/* db: what is shown: what is selected, or all that may be. */
static int
query_shown(struct query *q, struct query_error *qe)
{
	const struct query_map *qm = q->q_map;
	bool *shown;
	size_t i;

	shown = query_alloc(q, qm->qm_n * sizeof(*shown));
	q->q_show = query_alloc(q, qm->qm_n * sizeof(*q->q_show));
	if (shown == NULL || q->q_show == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	for (i = 0; i < q->q_nselect; i++)
		if (query_mark(q, q->q_select[i], shown, qe) == -1)
			return (-1);
	if (q->q_nselect > 1 && (qm->qm_flags & QM_ONE_FIELD))
		return (query_fail(qe, 1410, "%s", ""));
	for (i = 0; i < qm->qm_n; i++) {
		if (q->q_nselect == 0 &&
		    (qm->qm_fields[i].qf_flags & QF_SELECT))
			shown[i] = true;
		if (!q->q_distinct && !q->q_group &&
		    (qm->qm_fields[i].qf_flags & QF_REQUIRED))
			shown[i] = true;
		if (shown[i])
			q->q_show[q->q_nshow++] = i;
	}
	return (0);
}

static int
query_ordered(struct query *q, struct query_error *qe)
{
	const struct query_map *qm = q->q_map;
	const struct query_field *qf;
	size_t i;

	if (q->q_sort == NULL) {
		q->q_order = query_alloc(q, sizeof(*q->q_order));
		if (q->q_order == NULL)
			return (query_fail(qe, 1000, "%s", ""));
		q->q_order[0] =
		    query_find(qm, qm->qm_sort, strlen(qm->qm_sort));
		q->q_norder = q->q_order[0] != NULL;
		q->q_desc = qm->qm_desc;
		return (0);
	}
	q->q_order = query_alloc(q, q->q_norder * sizeof(*q->q_order));
	if (q->q_order == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	for (i = 0; i < q->q_norder; i++) {
		qf = query_find(qm, q->q_sort[i], strlen(q->q_sort[i]));
		if (qf == NULL || !(qf->qf_flags & QF_SORT) ||
		    (!q->q_group && (qf->qf_flags & QF_COUNT)))
			return (query_fail_names(qe, 1403, qm, QF_SORT,
			    "Allowed sort fields", "Fields", q->q_sort[i],
			    strlen(q->q_sort[i])));
		q->q_order[i] = qf;
	}
	return (0);
}

/* --- all of it --------------------------------------------------------- */

static int
query_fill(struct query *q, const struct query_args *qa, struct query_error *qe)
{
	q->q_distinct = qa->qa_distinct;
	q->q_group = qa->qa_group;
	q->q_offset = qa->qa_offset;
	q->q_limit = qa->qa_limit;
	if (query_select(q, qa, qe) == -1 ||
	    query_sort(q, qa->qa_sort, qe) == -1)
		return (-1);
	if (q->q_map->qm_dialect == QUERY_ARRAY)
		return (query_array_parse(q, qa, qe));
	if (query_shown(q, qe) == -1 || query_db_where(q, qa, qe) == -1)
		return (-1);
	if (query_ordered(q, qe) == -1)
		return (-1);
	return (query_check_page(q, qe));
}

struct query *
query_parse(const struct query_map *qm, const struct query_args *qa,
    struct query_error *qe)
{
	struct query *q;

	qe->qe_code = 0;
	qe->qe_extra[0] = '\0';
	q = calloc(1, sizeof(*q));
	if (q == NULL) {
		query_fail(qe, 1000, "%s", "");
		return (NULL);
	}
	q->q_map = qm;
	if (query_fill(q, qa, qe) == -1)
		query_free(&q);
	return (q);
}

void
query_free(struct query **qp)
{
	if (*qp == NULL)
		return;
	query_pool_free(&(*qp)->q_pool);
	free(*qp);
	*qp = NULL;
}

const size_t *
query_fields(const struct query *q, size_t *n_r)
{
	*n_r = q->q_nshow;
	return (q->q_show);
}

bool
query_shows(const struct query *q, const struct query_field *qf)
{
	size_t i;

	for (i = 0; i < q->q_nshow; i++)
		if (&q->q_map->qm_fields[q->q_show[i]] == qf)
			return (true);
	return (false);
}

bool
query_resorts(const struct query *q)
{
	size_t i;

	if (q->q_group || q->q_sort == NULL)
		return (false);
	for (i = 0; i < q->q_norder; i++)
		if ((q->q_order[i]->qf_flags & QF_VERSION) &&
		    query_shows(q, q->q_order[i]))
			return (true);
	return (false);
}
