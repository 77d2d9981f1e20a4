/* SPDX-License-Identifier: ISC */
/* The typed codec: see msg.h. */
#include <sys/types.h>

#include <string.h>

#include "common/msg.h"

/* Length of a string that is not there, as against one that is empty. */
#define STR_NULL UINT32_MAX

void
msgw_start(struct msgw *mw, enum msgtype type)
{
	mw->mw_type = (uint16_t)type;
	mw->mw_failed = false;
	mw->mw_len = 0;
	mw->mw_nfds = 0;
}

size_t
msgw_space(const struct msgw *mw)
{
	return (sizeof(mw->mw_buf) - MSG_HDR - mw->mw_len);
}

static void
msg_put(struct msgw *mw, const void *p, size_t len)
{
	if (mw->mw_failed || len > msgw_space(mw)) {
		mw->mw_failed = true;
		return;
	}
	if (len != 0)
		memcpy(mw->mw_buf + MSG_HDR + mw->mw_len, p, len);
	mw->mw_len += (uint32_t)len;
}

void
msg_put_u8(struct msgw *mw, uint8_t v)
{
	msg_put(mw, &v, sizeof(v));
}

void
msg_put_u16(struct msgw *mw, uint16_t v)
{
	msg_put(mw, &v, sizeof(v));
}

void
msg_put_u32(struct msgw *mw, uint32_t v)
{
	msg_put(mw, &v, sizeof(v));
}

void
msg_put_u64(struct msgw *mw, uint64_t v)
{
	msg_put(mw, &v, sizeof(v));
}

void
msg_put_i64(struct msgw *mw, int64_t v)
{
	msg_put(mw, &v, sizeof(v));
}

void
msg_put_blob(struct msgw *mw, const void *p, size_t len)
{
	if (len > msgw_space(mw)) {
		mw->mw_failed = true;
		return;
	}
	msg_put_u32(mw, (uint32_t)len);
	msg_put(mw, p, len);
}

/* The NUL travels too, so that the reader can point into the message. */
void
msg_put_str(struct msgw *mw, const char *s)
{
	size_t len;

	if (s == NULL) {
		msg_put_u32(mw, STR_NULL);
		return;
	}
	len = strlen(s);
	msg_put_blob(mw, s, len + 1);
}

void
msg_put_rest(struct msgw *mw, const void *p, size_t len)
{
	msg_put(mw, p, len);
}

void
msg_put_fd(struct msgw *mw, int fd)
{
	if (fd < 0 || mw->mw_nfds == MSG_MAXFD) {
		mw->mw_failed = true;
		return;
	}
	mw->mw_fds[mw->mw_nfds++] = fd;
}

static int
msg_get(struct msg *m, void *p, size_t len)
{
	if (m->m_len - m->m_pos < len)
		return (-1);
	memcpy(p, m->m_data + m->m_pos, len);
	m->m_pos += len;
	return (0);
}

int
msg_get_u8(struct msg *m, uint8_t *v)
{
	return (msg_get(m, v, sizeof(*v)));
}

int
msg_get_u16(struct msg *m, uint16_t *v)
{
	return (msg_get(m, v, sizeof(*v)));
}

int
msg_get_u32(struct msg *m, uint32_t *v)
{
	return (msg_get(m, v, sizeof(*v)));
}

int
msg_get_u64(struct msg *m, uint64_t *v)
{
	return (msg_get(m, v, sizeof(*v)));
}

int
msg_get_i64(struct msg *m, int64_t *v)
{
	return (msg_get(m, v, sizeof(*v)));
}

int
msg_get_blob(struct msg *m, const uint8_t **p_r, size_t *len_r, size_t max)
{
	uint32_t len;

	if (msg_get_u32(m, &len) == -1)
		return (-1);
	if (len > max || len > m->m_len - m->m_pos)
		return (-1);
	*p_r = m->m_data + m->m_pos;
	*len_r = len;
	m->m_pos += len;
	return (0);
}

int
msg_get_str(struct msg *m, const char **s_r, size_t max)
{
	uint32_t len;

	if (msg_get_u32(m, &len) == -1)
		return (-1);
	if (len == STR_NULL) {
		*s_r = NULL;
		return (0);
	}
	if (len == 0 || len > m->m_len - m->m_pos || len - 1 > max)
		return (-1);
	/* Exactly one NUL, and it is the last byte. */
	if (memchr(m->m_data + m->m_pos, '\0', len) !=
	    m->m_data + m->m_pos + len - 1)
		return (-1);
	*s_r = (const char *)m->m_data + m->m_pos;
	m->m_pos += len;
	return (0);
}

int
msg_get_strn(struct msg *m, const char **s_r, size_t max)
{
	if (msg_get_str(m, s_r, max) == -1 || *s_r == NULL)
		return (-1);
	return (0);
}

void
msg_get_rest(struct msg *m, const uint8_t **p_r, size_t *len_r)
{
	*p_r = m->m_data + m->m_pos;
	*len_r = m->m_len - m->m_pos;
	m->m_pos = m->m_len;
}

int
msg_get_fd(struct msg *m)
{
	int i, fd;

	for (i = 0; i < m->m_nfds; i++) {
		if (m->m_fds[i] == -1)
			continue;
		fd = m->m_fds[i];
		m->m_fds[i] = -1;
		return (fd);
	}
	return (-1);
}

int
msg_end(struct msg *m)
{
	int i;

	if (m->m_pos != m->m_len)
		return (-1);
	for (i = 0; i < m->m_nfds; i++)
		if (m->m_fds[i] != -1)
			return (-1);
	return (0);
}

int
msg_parse(struct msg *m, const uint8_t *frame, size_t len, int nfds,
    enum role from, enum role to, const char **why_r)
{
	const struct msgrow *row;
	uint16_t type, zero;

	if (len < MSG_HDR) {
		*why_r = "frame without a header";
		return (-1);
	}
	memcpy(&type, frame, sizeof(type));
	memcpy(&zero, frame + 2, sizeof(zero));
	if (type == MSG_NONE || type >= MSG__MAX || zero != 0) {
		*why_r = "unknown type of message";
		return (-1);
	}
	row = &msgrows[type];
	if (!(row->mr_from & ROLE_BIT(from)) || !(row->mr_to & ROLE_BIT(to))) {
		*why_r = "message that this sender may not send";
		return (-1);
	}
	len -= MSG_HDR;
	if (len < row->mr_min || len > row->mr_max) {
		*why_r = "message of a wrong size";
		return (-1);
	}
	if (nfds < 0 || nfds > row->mr_fds) {
		*why_r = "message with too many descriptors";
		return (-1);
	}
	m->m_type = type;
	memcpy(&m->m_seq, frame + 4, sizeof(m->m_seq));
	m->m_data = frame + MSG_HDR;
	m->m_len = len;
	m->m_pos = 0;
	m->m_nfds = 0;
	return (0);
}
