/*
 * probe asks the kernel, from inside a container, what it may be asked.
 *
 *   probe [-n] WORD...
 *
 * Each word is done in turn and answers with one line on stdout:
 *
 *   NAME                a call of named.h               mkdir = -14 EFAULT
 *   [ABI:]NR[:ARG,...]  any call; ABI is 64, 32 or x32  32:39:8 = killed 31
 *   status              Seccomp, Seccomp_filters, NoNewPrivs, CapEff of /proc/self/status
 *   list                the names
 *   pause               wait for SIGTERM, and reap; the pause container's job too
 *   exit:N              end with status N
 *   storm:N             unshare(0) N times and, in a child, some hundred times a second
 *                       meanwhile; how many were denied; for ever where N is negative
 *
 * Numbers are decimal, octal or hexadecimal; an argument @text is a pointer to
 * the text. Every call is made in a child, so that a deadly answer is told and
 * nothing sticks; with -n, and where there can be no child, in this process.
 *
 * It is freestanding: under a filter that allows write and exit it still says
 * what it is told, which no program with a libc would.
 */
#include "arch.h"
#include "named.h"
#include "text.h"

#define SYS(nr, ...) syscall64(nr, (const long[6]){__VA_ARGS__})

/* shared with the child that makes a call; null where mmap is denied. */
static struct answer {
	long ret;
	int done;
} *shared, own;

static char text[4096];
static unsigned long text_used;
static int no_child;
static unsigned long effective;

void *memset(void *to, int c, unsigned long n)
{
	for (char *p = to; n--;)
		*p++ = c;
	return to;
}

void *memcpy(void *to, const void *from, unsigned long n)
{
	char *t = to;

	for (const char *f = from; n--;)
		*t++ = *f++;
	return to;
}

static void flush(long fd)
{
	SYS(__NR_write, fd, (long)line, used);
	used = 0;
}

/* exit, not exit_group: it is what strict mode allows. */
static void quit(long status)
{
	for (;;)
		SYS(__NR_exit, status);
}

static void usage(const char *word)
{
	put("probe: cannot read \"");
	put(word);
	put("\"\n");
	flush(2);
	quit(2);
}

static long call(int abi, long nr, const long *args)
{
#ifdef HAVE_SYSCALL32
	if (abi == 32)
		return syscall32(nr, args);
#endif
	if (abi == 33)
		nr |= X32_BIT;
	return syscall64(nr, args);
}

static int is_clone(int abi, long nr)
{
	return abi == 32 ? nr == 120 : nr == __NR_clone;
}

/* ask makes the call, and returns a signal's number if that was the answer. */
static int ask(int abi, long nr, const long *args, long *ret)
{
	struct answer *answer = shared ? shared : &own;
	long child = -1, me, result, status = 0;

	answer->done = 0;
	if (!no_child && shared)
		child = SYS(__NR_clone, SIGCHLD_);
	if (child > 0) {
		while (SYS(__NR_wait4, child, (long)&status, 0x40000000L /* __WALL */) == -4)
			;
		*ret = answer->ret;
		return answer->done ? 0 : (int)(status & 0x7f);
	}
	me = SYS(__NR_getpid);
	result = call(abi, nr, args);
	/* What a clone made ends here, before it writes over an answer. */
	if (SYS(__NR_getpid) != me || (result == 0 && is_clone(abi, nr)))
		quit(0);
	if (is_clone(abi, nr) && result > 0) {
		SYS(__NR_wait4, result, 0, 0x40000000L);
		result = 0; /* a pid is no use to a reader */
	}
	answer->ret = result;
	answer->done = 1;
	if (child == 0)
		quit(0);
	*ret = answer->ret;
	return 0;
}

static void tell(const char *label, int abi, long nr, const long *args, int cap)
{
	long ret = 0;
	int signal = ask(abi, nr, args, &ret);

	put(label);
	put(" = ");
	if (signal) {
		put("killed ");
		put_number(signal);
	} else {
		put_number(ret);
		if (ret < 0 && ret > -4096 && errno_name(-ret)) {
			put(" ");
			put(errno_name(-ret));
		}
		if (ret == -1 && cap != NOCAP && !(effective >> cap & 1))
			put(" nocap");
	}
	put("\n");
	flush(1);
}

/* raw reads [ABI:]NR[:ARG,...] and makes the call. */
static void raw(const char *word)
{
	const char *p = word, *q;
	long nr, args[6] = {0};
	int abi = 64, n = 0;

	if ((q = prefix(p, "64:")))
		p = q;
	else if ((q = prefix(p, "32:")))
		abi = 32, p = q;
	else if ((q = prefix(p, "x32:")))
		abi = 33, p = q;
#ifndef HAVE_SYSCALL32
	if (abi != 64)
		usage(word);
#endif
	if (!number(&p, &nr))
		usage(word);
	while (*p == (n ? ',' : ':') && n < 6) {
		p++;
		if (*p == '@') {
			/* Copied below 4 GiB, where the i386 entry can see it. */
			args[n++] = (long)(text + text_used);
			for (p++; *p && *p != ',' && text_used < sizeof(text) - 1; p++)
				text[text_used++] = *p;
			text[text_used++] = 0;
		} else if (!number(&p, &args[n++])) {
			usage(word);
		}
	}
	if (*p)
		usage(word);
	tell(word, abi, nr, args, NOCAP);
}

/* read_status fills buffer with /proc/self/status. */
static long read_status(char *buffer, long size)
{
	long fd = SYS(__NR_openat, -100, (long)"/proc/self/status", 0), n, got = 0;

	if (fd < 0)
		return fd;
	while (got < size - 1 && (n = SYS(__NR_read, fd, (long)buffer + got, size - 1 - got)) > 0)
		got += n;
	SYS(__NR_close, fd);
	buffer[got] = 0;
	return got;
}

static char status[8192];

/* next_line returns the line behind the one at p, or 0. */
static const char *next_line(const char *p)
{
	while (*p && *p != '\n')
		p++;
	return *p ? p + 1 : 0;
}

static void print_status(void)
{
	static const char *const keys[] = {"CapEff:", "NoNewPrivs:", "Seccomp:", "Seccomp_filters:"};

	if (read_status(status, sizeof(status)) < 0) {
		put("status = unreadable\n");
		flush(1);
		return;
	}
	for (const char *p = status; p; p = next_line(p))
		for (unsigned long k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (prefix(p, keys[k])) {
				for (const char *c = p; *c && *c != '\n' && used < sizeof(line) - 1; c++)
					line[used++] = *c;
				put("\n");
				flush(1);
			}
}

static void read_capabilities(void)
{
	const char *value;

	effective = ~0UL; /* unknown: never claim that one is missing */
	if (read_status(status, sizeof(status)) < 0)
		return;
	for (const char *p = status; p; p = next_line(p))
		if ((value = prefix(p, "CapEff:\t"))) {
			effective = 0;
			while (digit(*value) < 16)
				effective = effective << 4 | digit(*value++);
		}
}

/* wait_for_end returns at SIGTERM or SIGINT, and reaps until then. */
static void wait_for_end(void)
{
	unsigned long set = 1UL << (15 - 1) | 1UL << (2 - 1) | 1UL << (17 - 1);
	long signal;

	SYS(__NR_rt_sigprocmask, 0, (long)&set, 0, 8);
	for (;;) {
		signal = SYS(__NR_rt_sigtimedwait, (long)&set, 0, 0, 8);
		if (signal == 15 || signal == 2)
			return;
		if (signal == 17)
			while (SYS(__NR_wait4, -1, 0, 1 /* WNOHANG */) > 0)
				;
		else if (signal != -4 && signal != -11)
			usage("pause: no sigtimedwait");
	}
}

/* A caller that the kernel has wait for room in its queue of audit records may
 * miss that there is room again (audit_log_start of Linux 6.18), and wait until
 * somebody else makes a record, or a minute. So a child makes some. */
static void storm(const char *word, long times)
{
	const long pause[2] = {0, 1000000};
	long denied = 0, child;

	if (!shared)
		usage(word);
	shared->ret = shared->done = 0;
	child = SYS(__NR_clone, SIGCHLD_);
	if (child == 0) {
		while (!shared->done) {
			shared->ret += SYS(__NR_unshare, 0) == -1;
			SYS(__NR_nanosleep, (long)pause, 0);
		}
		quit(0);
	}
	for (long i = 0; i != times; i++)
		denied += SYS(__NR_unshare, 0) == -1;
	shared->done = 1;
	while (SYS(__NR_wait4, child, 0, 0x40000000L) == -4)
		;
	put(word);
	put(" = ");
	put_number(denied + shared->ret);
	put("\n");
	flush(1);
}

static void named(const char *word)
{
	for (unsigned long i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (equal(calls[i].name, word)) {
			tell(word, 64, calls[i].nr, calls[i].args, calls[i].cap);
			return;
		}
	raw(word);
}

static void list(void)
{
	for (unsigned long i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		put(calls[i].name);
		put("\n");
		flush(1);
	}
}

static void word(const char *w)
{
	const char *rest;
	long n;

	if (equal(w, "status"))
		print_status();
	else if (equal(w, "list"))
		list();
	else if (equal(w, "pause"))
		wait_for_end();
	else if ((rest = prefix(w, "exit:")) && number(&rest, &n) && !*rest)
		quit(n);
	else if ((rest = prefix(w, "storm:")) && number(&rest, &n) && !*rest)
		storm(w, n);
	else
		named(w);
}

/* start gets the stack as the kernel made it: argc, argv, 0, environment. */
__attribute__((used)) void start(long *stack)
{
	long argc = stack[0], first = 1;
	const char *const *argv = (const char *const *)(stack + 1);

	if (argc > 1 && equal(argv[1], "-n")) {
		no_child = 1;
		first = 2;
	}
	if (argc <= first)
		usage("");
	if (!no_child) {
		long page = SYS(__NR_mmap, 0, 4096, 3, 0x21 /* SHARED | ANONYMOUS */, -1, 0);

		shared = page > 0 || page < -4095 ? (struct answer *)page : 0;
		read_capabilities();
	}
	for (long i = first; i < argc; i++)
		word(argv[i]);
	quit(0);
}
