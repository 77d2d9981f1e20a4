/* SPDX-License-Identifier: ISC */
/*
 * One end of a link: sending with a queue, receiving with the table's checks.
 * proc.c (children) and apid (the parent) build on it.
 */
#ifndef COMMON_PEER_H
#define COMMON_PEER_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"
#include "common/page.h"

#define PEER_QUEUE	(8UL * 1024 * 1024)	/* most bytes queued to a peer */
#define PEER_BURST	64	/* frames handled before others get a turn */

struct event;
struct event_base;
struct peer;
struct peer_frame;

struct peer_ops {
	/* A frame that passed the table. -1: nonsense. */
	int	(*po_frame)(struct peer *, struct msg *);
	/* The other side broke the protocol; why is a static text. */
	void	(*po_bad)(struct peer *, const char *why);
	/* The other side is gone for good. */
	void	(*po_eof)(struct peer *);
};

struct peer {
	enum role	 p_self;
	enum role	 p_role;
	unsigned int	 p_inst;
	int		 p_fd;
	uint32_t	 p_seq;		/* number of the last frame sent */
	size_t		 p_queued;	/* bytes */
	bool		 p_reads;	/* messages may come from there */
	bool		 p_retry;	/* kernel short of something: timer */
	struct event	*p_evr, *p_evw;
	struct page_link *p_page;	/* NULL in the parent */
	const struct peer_ops *p_ops;
	void		*p_arg;
	char		 p_name[32];
	TAILQ_HEAD(, peer_frame) p_out;
};

/*
 * Set up an end on fd (owned from here on). page may be NULL. Reading starts
 * with peer_read(). 0, or -1 without memory.
 */
int	peer_init(struct peer *, struct event_base *, int fd, enum role self,
	    enum role role, unsigned int inst, struct page_link *page,
	    const struct peer_ops *, void *arg);
/* Drop the queue and the events; closes the descriptor unless keepfd. */
void	peer_fini(struct peer *, bool keepfd);
/* Try to send the queue, waiting at most ms. Returns what is left, bytes. */
size_t	peer_flush(struct peer *, int ms);
/*
 * Read frames until none is left or PEER_BURST were handled; returns how many,
 * -1 at the end of the link.
 */
int	peer_pump(struct peer *);

#endif
