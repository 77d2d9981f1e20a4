/* SPDX-License-Identifier: ISC */
/* etc/client.keys: see keys.h. */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "dapi/keys.h"

#define KEYS_DIGITS 9 /* of the longest id: fits in 32 bits */
#define KEYS_LINE   4096 /* bytes; a longer line is not an agent's */

void
keys_init(struct keys *ks)
{
	memset(ks, 0, sizeof(*ks));
	buf_init(&ks->ks_text, KEYS_MAX);
}

void
keys_free(struct keys *ks)
{
	buf_freezero(&ks->ks_text);
	free(ks->ks_v);
	free(ks->ks_bytext);
	keys_init(ks);
}

/* A field up to a blank or the end; it must not be empty. */
static int
keys_field(
    const char *line, size_t len, size_t *pos, uint16_t *off, uint16_t *flen)
{
	size_t start = *pos;

	while (*pos < len && line[*pos] != ' ')
		(*pos)++;
	if (*pos == start)
		return (-1);
	*off = (uint16_t)start;
	*flen = (uint16_t)(*pos - start);
	return (0);
}

/* One line of len bytes without its end. 0, or -1: not an agent's. */
static int
keys_line(const char *line, size_t len, struct key *k)
{
	size_t pos;

	memset(k, 0, sizeof(*k));
	if (len > KEYS_LINE)
		return (-1);
	k->k_len = (uint16_t)len;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	for (pos = 0; pos < len && line[pos] >= '0' && line[pos] <= '9';
	     pos++) {
		if (pos == KEYS_DIGITS)
			return (-1);
		k->k_id = k->k_id * 10 + (uint32_t)(line[pos] - '0');
	}
	if (pos < 3 || k->k_id == 0 || pos == len || line[pos++] != ' ')
		return (-1);
	/* "0012" is not how the id 12 is written. */
	if (pos - 1 > 3 && line[0] == '0')
		return (-1);
	if (pos < len && line[pos] == '!') {
		k->k_removed = true;
		pos++;
	}
	if (keys_field(line, len, &pos, &k->k_name, &k->k_namelen) == -1 ||
	    pos++ == len ||
	    keys_field(line, len, &pos, &k->k_ip, &k->k_iplen) == -1 ||
	    pos++ == len ||
	    keys_field(line, len, &pos, &k->k_key, &k->k_keylen) == -1 ||
	    pos != len)
		return (-1);
	return (memchr(line, '\0', len) == NULL ? 0 : -1);
}

/* By id; of one id the active line before the removed, the earlier first. */
static int
keys_cmp(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->k_id != y->k_id)
		return (x->k_id < y->k_id ? -1 : 1);
	if (x->k_removed != y->k_removed)
		return (x->k_removed ? 1 : -1);
	return (x->k_line < y->k_line ? -1 : x->k_line > y->k_line);
}

/* Sort, leave one line an id, count. */
static void
keys_order(struct keys *ks, bool sorted)
{
	size_t i, n = 0;

	if (!sorted)
		qsort(ks->ks_v, ks->ks_n, sizeof(*ks->ks_v), keys_cmp);
	for (i = 0; i < ks->ks_n; i++)
		if (n == 0 || ks->ks_v[n - 1].k_id != ks->ks_v[i].k_id) {
			ks->ks_v[n++] = ks->ks_v[i];
			ks->ks_active += !ks->ks_v[i].k_removed;
		}
	ks->ks_n = n;
}

/* The id's digits as those of a number of nine, so that text order counts. */
static uint32_t
keys_scale(uint32_t id)
{
	uint32_t scale = 1000000, n;

	/* Up to three digits are written as three. */
	for (n = id / 1000; n > 0; n /= 10)
		scale /= 10;
	return (id * scale);
}

static int
keys_textcmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint32_t sx = keys_scale(x), sy = keys_scale(y);

	if (sx != sy)
		return (sx < sy ? -1 : 1);
	/* "100" before "1000". */
	return (x < y ? -1 : x > y);
}

/* The active ids in the order of their text, which sets of ids are kept in. */
static int
keys_bytext(struct keys *ks)
{
	size_t i, n = 0;

	ks->ks_bytext = calloc(ks->ks_active + 1, sizeof(*ks->ks_bytext));
	if (ks->ks_bytext == NULL)
		return (-1);
	for (i = 0; i < ks->ks_n; i++)
		if (!ks->ks_v[i].k_removed)
			ks->ks_bytext[n++] = ks->ks_v[i].k_id;
	/* All of three digits: the order is the same. */
	if (n > 0 && ks->ks_bytext[n - 1] >= 1000)
		qsort(ks->ks_bytext, n, sizeof(*ks->ks_bytext), keys_textcmp);
	return (0);
}

/* The length of the line at pos, without its end. */
static size_t
keys_linelen(const char *text, size_t len, size_t pos)
{
	const char *nl = memchr(text + pos, '\n', len - pos);

	return (nl == NULL ? len - pos : (size_t)(nl - (text + pos)));
}

static int
keys_scan(struct keys *ks)
{
	const char *text = (const char *)ks->ks_text.b_data;
	size_t len = ks->ks_text.b_len, pos, n, cap = 0;
	struct key k, *v;
	bool sorted = true;

	for (pos = 0; pos < len; pos += n + 1) {
		n = keys_linelen(text, len, pos);
		ks->ks_lines += n > 0;
		if (keys_line(text + pos, n, &k) == -1)
			continue;
		k.k_line = (uint32_t)pos;
		if (ks->ks_n == cap) {
			cap = cap == 0 ? 64 : cap * 2;
			v = reallocarray(ks->ks_v, cap, sizeof(*v));
			if (v == NULL)
				return (-1);
			ks->ks_v = v;
		}
		if (ks->ks_n > 0 && ks->ks_v[ks->ks_n - 1].k_id >= k.k_id)
			sorted = false;
		ks->ks_v[ks->ks_n++] = k;
	}
	keys_order(ks, sorted);
	return (keys_bytext(ks));
}

int
keys_parse(struct keys *ks, const void *text, size_t len)
{
	struct keys new;

	keys_init(&new);
	if (buf_add(&new.ks_text, text, len) == -1 || keys_scan(&new) == -1) {
		keys_free(&new);
		return (-1);
	}
	keys_free(ks);
	*ks = new;
	return (0);
}

const struct key *
keys_find(const struct keys *ks, uint32_t id)
{
	size_t lo = 0, hi = ks->ks_n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ks->ks_v[mid].k_id == id)
			return (&ks->ks_v[mid]);
		if (ks->ks_v[mid].k_id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (NULL);
}

bool
keys_active(const struct keys *ks, uint32_t id)
{
	const struct key *k;

	if (id == 0)
		return (true);
	k = keys_find(ks, id);
	return (k != NULL && !k->k_removed);
}

uint32_t
keys_high(const struct keys *ks)
{
	return (ks->ks_n == 0 ? 0 : ks->ks_v[ks->ks_n - 1].k_id);
}

bool
keys_same(const struct keys *ks, const struct key *k, uint16_t off,
    uint16_t len, const char *text)
{
	return (strlen(text) == len &&
	    memcmp(ks->ks_text.b_data + k->k_line + off, text, len) == 0);
}

void
keys_idtext(uint32_t id, char out[KEYS_IDLEN])
{
	char s[KEYS_IDLEN];
	size_t i = sizeof(s);

	/* printf() would be a good part of a row's time in a list. */
	do {
		s[--i] = (char)('0' + id % 10);
		id /= 10;
	} while (id != 0 || i > sizeof(s) - 3);
	memcpy(out, s + i, sizeof(s) - i);
	out[sizeof(s) - i] = '\0';
}

int
keys_id(const char *text, uint32_t *id_r)
{
	uint32_t id = 0;
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] < '0' || text[i] > '9' || i == KEYS_DIGITS)
			return (-1);
		id = id * 10 + (uint32_t)(text[i] - '0');
	}
	if (i < 3 || (i > 3 && text[0] == '0'))
		return (-1);
	*id_r = id;
	return (0);
}

/* --- rewriting -------------------------------------------------------- */

bool
keys_word(const char *s)
{
	if (*s == '\0' || *s == '!' || *s == '#')
		return (false);
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return (false);
	return (true);
}

int
keys_add(const struct keys *ks, uint32_t id, const char *name, const char *ip,
    const char *key, struct buf *out)
{
	const struct buf *old = &ks->ks_text;

	/* One agent, one line, whatever the caller was told. */
	if (!keys_word(name) || !keys_word(ip) || !keys_word(key))
		return (-1);
	buf_add(out, old->b_data, old->b_len);
	if (old->b_len > 0 && old->b_data[old->b_len - 1] != '\n')
		buf_addc(out, '\n');
	return (buf_addf(out, "%03" PRIu32 " %s %s %s\n", id, name, ip, key));
}

static bool
keys_among(uint32_t id, const uint32_t *ids, size_t n)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ids[mid] == id)
			return (true);
		if (ids[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (false);
}

int
keys_remove(const struct keys *ks, const uint32_t *ids, size_t n, bool purge,
    struct buf *out)
{
	const char *text = (const char *)ks->ks_text.b_data;
	size_t len = ks->ks_text.b_len, pos, l, whole;
	struct key k;

	for (pos = 0; pos < len; pos += whole) {
		l = keys_linelen(text, len, pos);
		whole = pos + l < len ? l + 1 : l;
		if (keys_line(text + pos, l, &k) == -1 ||
		    !keys_among(k.k_id, ids, n)) {
			buf_add(out, text + pos, whole);
		} else if (!purge && k.k_removed) {
			buf_add(out, text + pos, whole);
		} else if (!purge) {
			buf_add(out, text + pos, k.k_name);
			buf_addc(out, '!');
			buf_add(out, text + pos + k.k_name, whole - k.k_name);
		}
	}
	return (out->b_failed ? -1 : 0);
}

/* --- the file --------------------------------------------------------- */

void
keyfile_init(struct keyfile *kf)
{
	memset(kf, 0, sizeof(*kf));
	keys_init(&kf->kf_keys);
}

void
keyfile_free(struct keyfile *kf)
{
	keys_free(&kf->kf_keys);
	keyfile_init(kf);
}

static bool
keyfile_same(const struct stat *a, const struct stat *b)
{
	return (a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec);
}

/* All of the open file into b. */
static int
keyfile_slurp(int fd, struct buf *b)
{
	uint8_t *p;
	ssize_t n;

	for (;;) {
		p = buf_room(b, 65536);
		if (p == NULL) {
			errno = EFBIG;
			return (-1);
		}
		n = read(fd, p, 65536);
		if (n == 0)
			return (0);
		if (n == -1 && errno != EINTR)
			return (-1);
		if (n > 0)
			b->b_len += (size_t)n;
	}
}

static int
keyfile_load(struct keyfile *kf, int fd, const struct stat *st)
{
	struct buf b;
	int rv, save;

	buf_init(&b, KEYS_MAX);
	rv = fd == -1 ? 0 : keyfile_slurp(fd, &b);
	if (rv == 0) {
		errno = ENOMEM;
		rv = keys_parse(&kf->kf_keys, b.b_data, b.b_len);
	}
	save = errno;
	buf_freezero(&b);
	errno = save;
	if (rv == -1)
		return (-1);
	kf->kf_loaded = true;
	kf->kf_stat = *st;
	kf->kf_generation++;
	return (0);
}

int
keyfile_refresh(struct keyfile *kf, int rootfd)
{
	struct stat st;
	int fd, rv = 0, save;

	memset(&st, 0, sizeof(st));
	fd = path_open(rootfd, KEYS_PATH, O_RDONLY | O_NONBLOCK, 0);
	if (fd == -1 && errno != ENOENT)
		return (-1);
	if (fd != -1 && fstat(fd, &st) == -1)
		rv = -1;
	else if (!kf->kf_loaded || !keyfile_same(&kf->kf_stat, &st))
		rv = keyfile_load(kf, fd, &st);
	save = errno;
	if (fd != -1)
		close(fd);
	errno = save;
	return (rv);
}

int
keyfile_write(struct keyfile *kf, int rootfd, const struct buf *text)
{
	if (text->b_failed) {
		errno = EFBIG;
		return (-1);
	}
	if (path_write(rootfd, KEYS_PATH, text->b_data, text->b_len, KEYS_MODE,
	        (uid_t)-1, (gid_t)-1) == -1)
		return (-1);
	return (keyfile_refresh(kf, rootfd));
}
