/* SPDX-License-Identifier: ISC */
/*
 * The jail of each role, as data: which system calls (sandbox_calls.c), which
 * folders. Everything not listed is refused, by killing the process where no
 * library asks for it in good faith.
 */
#include <sys/types.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/page.h"
#include "common/sandbox.h"
#include "common/sandbox_parts.h"

/* What the words of `gatehouse status` mean; order of the bits. */
static const struct {
	uint32_t bit;
	const char *word;
} sandbox_words[] = {
	{ SBX_NNP, "nnp" },
	{ SBX_NODUMP, "nodump" },
	{ SBX_NOCAPS, "nocaps" },
	{ SBX_UID, "uid" },
	{ SBX_CHROOT, "chroot" },
	{ SBX_SECCOMP, "seccomp" },
	{ SBX_LANDLOCK, "landlock" },
	{ SBX_ROMOUNT, "romount" },
	{ SBX_RLIMIT, "rlimit" },
};

const char *
sandbox_text(uint32_t bits)
{
	static char out[128];
	size_t i, n = 0;
	int len;

	out[0] = '\0';
	for (i = 0; i < sizeof(sandbox_words) / sizeof(sandbox_words[0]); i++) {
		if (!(bits & sandbox_words[i].bit))
			continue;
		len = snprintf(out + n, sizeof(out) - n, "%s%s",
		    n == 0 ? "" : ",", sandbox_words[i].word);
		n += (size_t)len;
	}
	return (n == 0 ? "none" : out);
}

/*
 * A view of the tree that nothing can be written through, for the role that
 * only reads: its own mount namespace, so that nobody else notices.
 */
static uint32_t
sandbox_mount_readonly(const char *dir)
{
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount(dir, dir, NULL, MS_BIND | MS_REC, NULL) == -1 ||
	    mount(NULL, dir, NULL,
	        MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV |
	            MS_NOEXEC,
	        NULL) == -1) {
		log_info("no read-only mount of the tree: %s", strerror(errno));
		return (0);
	}
	return (SBX_ROMOUNT);
}

static uint32_t
sandbox_chroot(const struct sandbox_spec *ss)
{
	uint32_t bits = 0;

	if (ss->ss_dir == NULL)
		return (0);
	if (ss->ss_root && ss->ss_role == ROLE_READ)
		bits |= sandbox_mount_readonly(ss->ss_dir);
	if (chdir(ss->ss_dir) == -1)
		fatal("%s", ss->ss_dir);
	if (!ss->ss_root)
		return (bits);
	if (chroot(".") == -1 || chdir("/") == -1)
		fatal("chroot %s", ss->ss_dir);
	return (bits | SBX_CHROOT);
}

static uint32_t
sandbox_user(const struct sandbox_spec *ss)
{
	if (!ss->ss_root)
		return (geteuid() != 0 ? SBX_UID : 0);
	if (setgroups(0, NULL) == -1 ||
	    setresgid(ss->ss_gid, ss->ss_gid, ss->ss_gid) == -1 ||
	    setresuid(ss->ss_uid, ss->ss_uid, ss->ss_uid) == -1)
		fatal("cannot become %u:%u", (unsigned int)ss->ss_uid,
		    (unsigned int)ss->ss_gid);
	if (ss->ss_uid == 0)
		return (0);
	if (setuid(0) != -1)
		fatalx("could go back to root");
	return (SBX_UID);
}

/* Empty every set, so that not even root's file rights stay with uid 0. */
static uint32_t
sandbox_capabilities(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2], now[2];
	unsigned long c;

	for (c = 0; c < 64; c++)
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == -1)
			break;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	memset(d, 0, sizeof(d));
	if (syscall(SYS_capset, &h, d) == -1 ||
	    syscall(SYS_capget, &h, now) == -1)
		return (0);
	return (memcmp(d, now, sizeof(d)) == 0 ? SBX_NOCAPS : 0);
}

uint32_t
sandbox_drop(const struct sandbox_spec *ss)
{
	uint32_t bits;

	/* Files get their modes by name; the group of the tree may read. */
	umask(0007);
	bits = sandbox_chroot(ss);
	bits |= sandbox_user(ss);
	bits |= sandbox_capabilities();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		bits |= SBX_NNP;
	/* Changing the user sets it again, so it comes after. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		bits |= SBX_NODUMP;
	return (bits);
}

static uint32_t
sandbox_limits(enum role role)
{
	struct rlimit rl;

	rl.rlim_cur = rl.rlim_max = 0;
	if (setrlimit(RLIMIT_CORE, &rl) == -1 ||
	    setrlimit(RLIMIT_NPROC, &rl) == -1)
		return (0);
	/* http keeps what the parent gave it: a descriptor a connection. */
	if (role != ROLE_HTTP) {
		rl.rlim_cur = rl.rlim_max = 1024;
		if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
			return (0);
	}
	return (SBX_RLIMIT);
}

uint32_t
sandbox_enter(const struct sandbox_spec *ss, int dirfd, uint32_t *abi_r)
{
	uint32_t bits, want;

	bits = sandbox_limits(ss->ss_role);
	bits |= sandbox_landlock(ss->ss_role, dirfd, abi_r);
	bits |= sandbox_seccomp(ss->ss_role);
	want = SBX_SECCOMP | SBX_LANDLOCK;
	if (ss->ss_require && (bits & want) != want)
		fatalx("sandbox: require is set, but %s%s not available here",
		    bits & SBX_SECCOMP ? "" : "seccomp ",
		    bits & SBX_LANDLOCK ? "is" : "landlock is");
	return (bits);
}
