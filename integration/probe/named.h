/*
 * Calls by name, with arguments which the kernel refuses without any effect
 * when it gets to see them, and with an errno that no usual filter answers:
 * a bad pointer (EFAULT), a bad descriptor (EBADF), an absurd size (E2BIG). So
 * the answer says whether a filter let the call through, without privilege.
 *
 * Where the kernel asks for a capability before it looks at the arguments, a
 * plain EPERM says nothing about filters. Those calls name the capability, and
 * the line of the answer says so if it is missing: "EPERM (no CAP_SYS_BOOT)".
 */
#ifndef NAMED_H
#define NAMED_H

#include <asm/unistd.h>

#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif

/* Nothing is ever mapped on the first page, and it fits into 32 bits. */
#define BAD 8L
#define NOCAP -1

enum { CAP_DAC_READ_SEARCH = 2, CAP_SYS_MODULE = 16, CAP_SYS_CHROOT = 18, CAP_SYS_ADMIN = 21, CAP_SYS_BOOT = 22, CAP_SYS_TIME = 25 };

#define SIGCHLD_ 17L
#define CLONE_FS_ 0x00000200L
#define CLONE_NEWNS_ 0x00020000L
#define CLONE_NEWUTS_ 0x04000000L
#define CLONE_NEWUSER_ 0x10000000L

struct named {
	const char *name;
	long nr;
	long args[6];
	int cap;
};

static const struct named calls[] = {
	/* A call which no container can do without: the control. */
	{"getpid", __NR_getpid, {0}, NOCAP},
	{"getppid", __NR_getppid, {0}, NOCAP},

	/* Files: what the truth tables deny. */
#ifdef __NR_mkdir
	{"mkdir", __NR_mkdir, {BAD, 0755}, NOCAP},
	{"chmod", __NR_chmod, {BAD, 0755}, NOCAP},
#endif
	{"mkdirat", __NR_mkdirat, {-100, BAD, 0755}, NOCAP},
	{"fchmod", __NR_fchmod, {-1, 0755}, NOCAP},
	{"fchmodat", __NR_fchmodat, {-100, BAD, 0755}, NOCAP},
	{"fchmodat2", __NR_fchmodat2, {-100, BAD, 0755, 0}, NOCAP},

	/* Namespaces. CLONE_FS is the harmless unshare that needs no privilege. */
	{"unshare", __NR_unshare, {CLONE_FS_}, NOCAP},
	{"unshare-newuser", __NR_unshare, {CLONE_NEWUSER_}, NOCAP},
	{"unshare-newns", __NR_unshare, {CLONE_NEWNS_}, CAP_SYS_ADMIN},
	{"setns", __NR_setns, {-1, 0}, NOCAP},
	{"clone", __NR_clone, {SIGCHLD_}, NOCAP},
	{"clone-newuser", __NR_clone, {CLONE_NEWUSER_ | SIGCHLD_}, NOCAP},
	{"clone-newuts", __NR_clone, {CLONE_NEWUTS_ | SIGCHLD_}, CAP_SYS_ADMIN},
	{"clone3", __NR_clone3, {BAD, 0}, NOCAP},

	/* Mounts. Paths and types are copied before privilege is looked at. */
	{"mount", __NR_mount, {BAD, BAD, BAD, 0, BAD}, NOCAP},
	{"umount2", __NR_umount2, {BAD, -1}, NOCAP},
	{"pivot_root", __NR_pivot_root, {BAD, BAD}, CAP_SYS_ADMIN},
	{"chroot", __NR_chroot, {BAD}, NOCAP},
	{"open_by_handle_at", __NR_open_by_handle_at, {-1, BAD, 0}, CAP_DAC_READ_SEARCH},

	/* Other processes. PTRACE_TRACEME only makes our parent our tracer. */
	{"ptrace", __NR_ptrace, {0}, NOCAP},
	{"process_vm_readv", __NR_process_vm_readv, {-1, BAD, 1, BAD, 1, 0}, NOCAP},

	/* The kernel itself. */
	{"kexec_load", __NR_kexec_load, {0, -1, BAD, -1}, CAP_SYS_BOOT},
	{"reboot", __NR_reboot, {0, 0, 0, 0}, CAP_SYS_BOOT},
	{"init_module", __NR_init_module, {BAD, 0, BAD}, CAP_SYS_MODULE},
	{"finit_module", __NR_finit_module, {-1, BAD, -1}, CAP_SYS_MODULE},
	{"bpf", __NR_bpf, {-1, BAD, 0x100000}, NOCAP},
	{"perf_event_open", __NR_perf_event_open, {BAD, 0, -1, -1, -1}, NOCAP},
	{"io_uring_setup", __NR_io_uring_setup, {0, BAD}, NOCAP},
	{"userfaultfd", __NR_userfaultfd, {-1}, NOCAP},
	{"keyctl", __NR_keyctl, {-1}, NOCAP},
	{"add_key", __NR_add_key, {BAD, BAD, BAD, 0, 0}, NOCAP},
	{"personality", __NR_personality, {0xffffffff}, NOCAP},
	{"settimeofday", __NR_settimeofday, {BAD, BAD}, NOCAP},

	/* Sockets: AF_UNIX is the control of the other two. */
	{"socket-unix", __NR_socket, {1, 1, 0}, NOCAP},
	{"socket-alg", __NR_socket, {38, 5, 0}, NOCAP},
	{"socket-vsock", __NR_socket, {40, 1, 0}, NOCAP},

	/* A number which no kernel has. */
	{"unknown", 0x3fff, {0}, NOCAP},
};

#endif
