/* SPDX-License-Identifier: ISC */
/*
 * Messages between the processes: the one table of types and the typed codec.
 *
 * A message is one SOCK_SEQPACKET frame: a header of eight bytes (u16 type,
 * u16 zero, u32 sequence number of its link) and a body made of values in the
 * order that the comment of its handler gives. Integers are in the machine's
 * order, strings and blobs have a u32 length before them. No struct is sent.
 */
#ifndef COMMON_MSG_H
#define COMMON_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/roles.h"

#define MSG_HDR		8
#define MSG_1K		1024
#define MSG_16K		16384
#define MSG_64K		65536
#define MSG_INLINE	MSG_16K	/* larger values travel in a memfd */
#define MSG_MAXFD	4

enum msgtype {
	MSG_NONE,
	/* parent to child */
	MSG_BOOT,
	MSG_CONF_NEW,
	MSG_CONF_VALUES,
	MSG_CONF_TLS,
	MSG_CONF_LISTEN,
	MSG_CONF_COMMIT,
	MSG_PEER_LOST,
	MSG_PEER_UP,
	MSG_STOP,
	MSG_DIAL_OK,
	MSG_PROBE,
	/* child to parent */
	MSG_READY,
	MSG_CONF_DONE,
	MSG_KILL_PEER,
	MSG_DIAL,
	MSG_PROBE_DONE,
	/* to logd */
	MSG_LOG,
	MSG_ACCESS,
	/* http and authz */
	MSG_CHECK,
	MSG_ADMIT,
	MSG_DENY,
	/* authz and hash */
	MSG_HASH_KEY,
	MSG_HASH,
	MSG_HASH_DONE,
	MSG_VERIFY,
	MSG_VERIFY_DONE,
	/* calls */
	MSG_CALL,
	MSG_EXEC,
	MSG_DONE,
	MSG_RESULT,
	/* cluster */
	MSG_PEER_CALL,
	MSG_REMOTE_CALL,
	MSG_REMOTE_RESULT,
	MSG_AUTH_ASK,
	MSG_AUTH_ANSWER,
	MSG_NODES,
	MSG__MAX
};

/* One row a type; the reader checks it before any handler runs. */
struct msgrow {
	const char	*mr_name;
	uint32_t	 mr_from;	/* bits of roles that may send it */
	uint32_t	 mr_to;		/* bits of roles that may get it */
	uint32_t	 mr_min;	/* bytes of body */
	uint32_t	 mr_max;
	uint8_t		 mr_fds;	/* most descriptors */
};

extern const struct msgrow msgrows[MSG__MAX];

/* Is there a type that goes that way? */
bool	msg_sends(enum role from, enum role to);
/* Or either way: then the two share a link. */
bool	msg_linked(enum role, enum role);

/* --- writing --------------------------------------------------------- */

struct msgw {
	uint16_t	 mw_type;
	bool		 mw_failed;	/* something did not fit; sticky */
	uint32_t	 mw_len;	/* bytes of body so far */
	int		 mw_nfds;
	int		 mw_fds[MSG_MAXFD];	/* borrowed until sent */
	uint8_t		 mw_buf[MSG_64K];	/* header space, then body */
};

void	msgw_start(struct msgw *, enum msgtype);
void	msg_put_u8(struct msgw *, uint8_t);
void	msg_put_u16(struct msgw *, uint16_t);
void	msg_put_u32(struct msgw *, uint32_t);
void	msg_put_u64(struct msgw *, uint64_t);
void	msg_put_i64(struct msgw *, int64_t);
void	msg_put_blob(struct msgw *, const void *, size_t len);
/* NULL is kept apart from "". */
void	msg_put_str(struct msgw *, const char *);
/* The rest of the body, without a length; nothing may follow. */
void	msg_put_rest(struct msgw *, const void *, size_t len);
/* Attach a descriptor; it stays the caller's. */
void	msg_put_fd(struct msgw *, int fd);
/* Bytes of body that still fit. */
size_t	msgw_space(const struct msgw *);

/* --- reading --------------------------------------------------------- */

struct msg {
	uint16_t	 m_type;
	uint32_t	 m_seq;
	const uint8_t	*m_data;	/* body; borrowed from the link */
	size_t		 m_len;
	size_t		 m_pos;
	int		 m_nfds;
	int		 m_fds[MSG_MAXFD];	/* -1 once taken */
};

/*
 * Take the next value. Return 0, or -1 when the body is too short or the
 * value out of bounds. Strings and blobs point into the message: valid until
 * the handler returns. A string holds no NUL inside and is NUL-ended.
 */
int	msg_get_u8(struct msg *, uint8_t *);
int	msg_get_u16(struct msg *, uint16_t *);
int	msg_get_u32(struct msg *, uint32_t *);
int	msg_get_u64(struct msg *, uint64_t *);
int	msg_get_i64(struct msg *, int64_t *);
int	msg_get_blob(struct msg *, const uint8_t **, size_t *len_r, size_t max);
/* *s_r is NULL where NULL was put. max: most bytes without the NUL. */
int	msg_get_str(struct msg *, const char **s_r, size_t max);
/* The same, NULL refused. */
int	msg_get_strn(struct msg *, const char **s_r, size_t max);
/* What is left, possibly nothing. */
void	msg_get_rest(struct msg *, const uint8_t **, size_t *len_r);
/* The next descriptor; the caller owns it. -1: there is none. */
int	msg_get_fd(struct msg *);
/* 0 when body and descriptors are used up, else -1. */
int	msg_end(struct msg *);

/*
 * Check a frame against the table: a pure function, bytes in, struct out.
 * frame: len bytes as received, nfds descriptors came with it. Return 0 and
 * fill *m (without descriptors), or -1 with *why_r a static text.
 */
int	msg_parse(struct msg *m, const uint8_t *frame, size_t len, int nfds,
	    enum role from, enum role to, const char **why_r);

#endif
