/* SPDX-License-Identifier: ISC */
/*
 * One comparison of the dialect QUERY_DB: what the original makes of a field,
 * an operator and a value (validators.md 5.3, wdb.md 2.3).
 */
#include <sys/types.h>

#include <string.h>

#include "common/query_db.h"
#include "common/query_value.h"

static const char leaf_quotes[] = "'\"";

struct query_node *
query_leaf_node(
    struct query *q, enum query_kind kind, const struct query_field *qf)
{
	struct query_node *qn;

	qn = query_alloc(q, sizeof(*qn));
	if (qn == NULL)
		return (NULL);
	qn->qn_kind = kind;
	qn->qn_field = qf;
	return (qn);
}

static bool
leaf_is(const char *s, size_t len, const char *word)
{
	return (len == strlen(word) && memcmp(s, word, len) == 0);
}

/* No statement of the original has quotes in it: any character will do. */
static bool
leaf_unquote(struct buf *b)
{
	bool found = false;
	size_t i;

	for (i = 0; i < b->b_len; i++) {
		if (b->b_data[i] != '\0' &&
		    strchr(leaf_quotes, b->b_data[i]) != NULL) {
			b->b_data[i] = '_';
			found = true;
		}
	}
	return (found);
}

/* "Wazuhv4" is meant to be "Wazuh v4": each v right behind a letter. */
static void
leaf_version(struct buf *b, const char *s, size_t len)
{
	size_t i;
	bool letter;

	for (i = 0; i < len; i++) {
		buf_addc(b, s[i]);
		letter = (s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= 'A' && s[i] <= 'Z');
		if (letter && i + 1 < len && s[i + 1] == 'v') {
			buf_addc(b, ' ');
			buf_addc(b, s[++i]);
		}
	}
}

static int
leaf_text(struct query *q, struct query_node *qn, struct buf *b)
{
	qn->qn_len = b->b_len;
	if (!b->b_failed)
		qn->qn_text = query_copy(q, (char *)b->b_data, b->b_len);
	buf_free(b);
	return (qn->qn_text == NULL ? -1 : 0);
}

/* The value between two texts, in place of what the node had. */
static int
leaf_wrap(struct query *q, struct query_node *qn, const char *before,
    const char *after)
{
	struct buf b;

	buf_init(&b, qn->qn_len + 8);
	buf_addz(&b, before);
	buf_add(&b, qn->qn_text, qn->qn_len);
	buf_addz(&b, after);
	return (leaf_text(q, qn, &b));
}

/* The value as it goes into the statement; *quoted_r: it had quotes. */
static int
leaf_clean(struct query *q, struct query_node *qn, const char *s, size_t len,
    bool *quoted_r)
{
	struct buf b, v;

	/* A character beyond ASCII becomes six inside of JSON. */
	buf_init(&b, len * 6 + 64);
	if (!query_json_compact(s, len, &b)) {
		buf_reset(&b);
		buf_add(&b, s, len);
	}
	*quoted_r = leaf_unquote(&b);
	if ((qn->qn_field->qf_flags & QF_VERSION) && !b.b_failed) {
		buf_init(&v, b.b_len * 2 + 1);
		leaf_version(&v, (char *)b.b_data, b.b_len);
		buf_free(&b);
		b = v;
	}
	return (leaf_text(q, qn, &b));
}

static int
leaf_date(struct query_node *qn, const char *s, size_t len, int64_t now,
    struct query_error *qe)
{
	int64_t span;
	int r;

	qn->qn_kind = QN_DATE;
	r = query_value_span(s, len, &span);
	if (r == -1)
		return (query_fail(qe, 1411, "%.*s", (int)len, s));
	if (r == 1) {
		/* "=" an hour means less than an hour, so later than then. */
		qn->qn_op =
		    qn->qn_op == QO_LT || qn->qn_op == QO_EQ ? QO_GT : QO_LT;
		qn->qn_when = now - span;
		return (0);
	}
	if (!query_value_day(s, len, &qn->qn_when, &qn->qn_unknown))
		return (query_fail(qe, 1412, "%.*s", (int)len, s));
	/* No wildcard is in a number. */
	if (qn->qn_op == QO_LIKE)
		qn->qn_op = QO_EQ;
	return (0);
}

static int
leaf_member(struct query *q, struct query_node *qn, struct query_error *qe)
{
	struct query_node *inner;
	int r;

	switch (qn->qn_op) {
	case QO_LIKE:
		qn->qn_kind = QN_LIKE;
		r = leaf_wrap(q, qn, "%", "%");
		break;
	case QO_EQ:
	case QO_NE:
		inner = query_leaf_node(q, QN_MEMBER, qn->qn_field);
		if (inner == NULL)
			return (query_fail(qe, 1000, "%s", ""));
		r = leaf_wrap(q, qn, "%,", ",%");
		inner->qn_text = qn->qn_text;
		inner->qn_len = qn->qn_len;
		if (qn->qn_op == QO_EQ)
			qn->qn_kind = QN_MEMBER;
		else {
			qn->qn_kind = QN_NOT;
			qn->qn_child = inner;
		}
		break;
	default:
		return (query_fail(qe, 1409,
		    "Valid operators: =, !=, ~. Used operator: %s",
		    qn->qn_op == QO_LT ? "<" : ">"));
	}
	return (r == 0 ? 0 : query_fail(qe, 1000, "%s", ""));
}

int
query_leaf_make(struct query *q, const struct query_field *qf, enum query_op op,
    const char *s, size_t len, struct query_node **node_r,
    struct query_error *qe, int64_t now)
{
	struct query_node *qn;
	bool quoted;
	int r = 0;

	*node_r = NULL;
	if (len > QUERY_TEXT)
		return (query_fail(qe, 1407, "%s", ""));
	if (leaf_is(s, len, "all") && !(qf->qf_flags & QF_ANY_VALUE))
		return (0);
	qn = query_leaf_node(q, QN_COMPARE, qf);
	if (qn == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	*node_r = qn;
	qn->qn_op = op;
	if (leaf_is(s, len, "null")) {
		qn->qn_kind = QN_NULL;
		return (0);
	}
	if (qf->qf_flags & QF_DATE)
		return (leaf_date(qn, s, len, now, qe));
	if (leaf_clean(q, qn, s, len, &quoted) == -1)
		return (query_fail(qe, 1000, "%s", ""));
	if (qf->qf_flags & QF_MEMBER) {
		if (quoted)
			qn->qn_op = QO_LIKE;
		return (leaf_member(q, qn, qe));
	}
	if (op == QO_LIKE)
		r = leaf_wrap(q, qn, "%", "%");
	if (op == QO_LIKE || quoted)
		qn->qn_kind = QN_LIKE;
	return (r == 0 ? 0 : query_fail(qe, 1000, "%s", ""));
}

/* --- search ------------------------------------------------------------ */

/* What the field that is a number is compared with: it in full. */
static const char *
leaf_number(struct query *q, const char *s, size_t len)
{
	struct buf b;
	const char *text;

	if (len > 0 && strspn(s, "0123456789") == len) {
		while (len > 1 && *s == '0') {
			s++;
			len--;
		}
	}
	buf_init(&b, len + 1);
	buf_add(&b, s, len);
	leaf_unquote(&b);
	text = b.b_failed ? NULL : query_copy(q, (char *)b.b_data, b.b_len);
	buf_free(&b);
	return (text);
}

int
query_leaf_search(struct query *q, const char *text, struct query_node **node_r,
    struct query_error *qe)
{
	struct query_node *qn, *not ;
	struct buf b;
	bool negated;
	size_t len;

	negated = *text == '-';
	text += negated;
	len = strlen(text);
	qn = query_leaf_node(q, QN_SEARCH, NULL);
	not = query_leaf_node(q, QN_NOT, NULL);
	if (qn == NULL || not == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	buf_init(&b, len + 2);
	buf_addc(&b, '%');
	buf_add(&b, text, len);
	buf_addc(&b, '%');
	leaf_unquote(&b);
	qn->qn_id = leaf_number(q, text, len);
	if (leaf_text(q, qn, &b) == -1 || qn->qn_id == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	not ->qn_child = qn;
	*node_r = negated ? not : qn;
	return (0);
}
