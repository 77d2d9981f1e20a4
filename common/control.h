/* SPDX-License-Identifier: ISC */
/*
 * The control socket, var/run/gatehouse.sock (stream, mode 0600, SO_PEERCRED
 * checked): the client writes one line, words parted by one blank, the parent
 * answers lines and closes. The last line is "ok" or "error TEXT".
 *
 *	status		one "proc" line a process, fields parted by tabs:
 *			proc NAME PID STATE UPSECONDS RESTARTS INFLIGHT REQUESTS
 *			MEMKB MEMKIND SANDBOX LANDLOCK PROGRAM
 *			(NAME "http[0]", STATE up|starting|backoff|stopped,
 *			MEMKIND pss|rss, SANDBOX the words of sandbox_text());
 *			first a "server" line: server PID UPSECONDS GENERATION ROOT
 *	reload		read the configuration again, check, hand out; the
 *			answer comes when every process has it
 *	start GROUP	start the rows of a group ("apid", "clusterd")
 *	stop GROUP	stop them; "stop all" ends the parent too
 *	probe NAME WHAT	only where built with --enable-probes
 */
#ifndef COMMON_CONTROL_H
#define COMMON_CONTROL_H

#define CONTROL_PATH	"var/run/gatehouse.sock"
#define CONTROL_LINE	512	/* most bytes of a command line */
#define CONTROL_FIELDS	13	/* of a "proc" line */

#endif
