/* SPDX-License-Identifier: ISC */
/*
 * etc/client.keys, the list of agents that exist: "ID NAME IP KEY" a line, ID
 * of at least three digits; "ID !NAME IP KEY" stays where an agent was removed
 * so that its id is not used again. Lines that are neither (comments, damage)
 * are kept as they stand when the file is rewritten.
 */
#ifndef DAPI_KEYS_H
#define DAPI_KEYS_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define KEYS_PATH	"etc/client.keys"
#define KEYS_MODE	0640
#define KEYS_MAX	(64UL * 1024 * 1024)	/* bytes of the file */
#define KEYS_KEY	64			/* hex digits of a key we make */
#define KEYS_IDLEN	12			/* bytes of an id as text */

/* A line. Offsets count from its first byte. */
struct key {
	uint32_t	 k_id;
	uint32_t	 k_line;	/* where the line starts in the text */
	uint16_t	 k_len;		/* bytes without the line's end */
	uint16_t	 k_name, k_namelen;	/* without the '!' */
	uint16_t	 k_ip, k_iplen;
	uint16_t	 k_key, k_keylen;
	bool		 k_removed;
};

struct keys {
	struct buf	 ks_text;
	struct key	*ks_v;		/* one an id, by id; removed ones too */
	size_t		 ks_n;
	size_t		 ks_active;	/* of them not removed */
	size_t		 ks_lines;	/* lines that hold anything */
	uint32_t	*ks_bytext;	/* active ids, "1000" before "999" */
};

void	keys_init(struct keys *);
/* Overwrites the text before it gives it back. */
void	keys_free(struct keys *);

/*
 * Read the file's bytes into an initialised or filled *ks, which keeps a copy.
 * Of several lines with one id the first active one counts. Returns 0, or -1
 * without memory or beyond KEYS_MAX, and *ks is as before.
 */
int	keys_parse(struct keys *ks, const void *text, size_t len);

/* The line of an id, removed or not; NULL when there is none. */
const struct key *keys_find(const struct keys *, uint32_t id);
/* Does an agent with this id exist? 0 (the manager) always does. */
bool	keys_active(const struct keys *, uint32_t id);
/* The highest id of any line, 0 when there is none. */
uint32_t keys_high(const struct keys *);

/* Is it the whole of a field of a line? Text is NUL-ended. */
bool	keys_same(const struct keys *, const struct key *, uint16_t off,
	    uint16_t len, const char *text);

/*
 * An id as text, zero padded to three digits, and back. keys_id() takes the
 * very text that keys_idtext() makes: -1 for "1", "0001" or "x".
 */
void	keys_idtext(uint32_t id, char out[KEYS_IDLEN]);
int	keys_id(const char *text, uint32_t *id_r);

/*
 * May this text be a name, address or key of a line: not empty, no blank, no
 * control character, not marked as removed or a comment?
 */
bool	keys_word(const char *);

/*
 * The file's new text into out. keys_add: a line more at the end (what
 * keys_word() refuses is refused). keys_remove: the lines of ids (n, ascending) marked
 * with '!', or left out when purge. Return 0, or -1 when out is full.
 */
int	keys_add(const struct keys *, uint32_t id, const char *name,
	    const char *ip, const char *key, struct buf *out);
int	keys_remove(const struct keys *, const uint32_t *ids, size_t n,
	    bool purge, struct buf *out);

/* The file as last read, known by inode, size and times. */
struct keyfile {
	struct keys	 kf_keys;
	bool		 kf_loaded;
	struct stat	 kf_stat;
	uint32_t	 kf_generation;	/* counts what was read */
};

void	keyfile_init(struct keyfile *);
void	keyfile_free(struct keyfile *);
/*
 * Read KEYS_PATH below rootfd again if it is not what was read last; a missing
 * file has no lines. Returns 0, or -1 with errno, and what was there stays.
 */
int	keyfile_refresh(struct keyfile *, int rootfd);
/* Replace the file as path_write() does, and read it. 0, or -1 with errno. */
int	keyfile_write(struct keyfile *, int rootfd, const struct buf *text);

#endif
