/* drifter does in a container what drift has to tell apart. Usage: drifter WORD, where WORD is
 *
 *   pause      wait
 *   threads    have 200 threads
 *   own        load a filter of its own, for all threads: kexec_load is denied
 *   thread     the same, for one thread of two
 *   leaderless have a thread that waits, and end the first one
 *   relay      have a thread that starts the next one and ends, and so on, and end the first one
 *   odd        load a filter of its own that nobody can make sense of
 *   apart      wait under filters of its own, which deny mincore and syncfs, and have a thread with as many that deny nothing
 *   vfork      wait for a child of vfork(2), which nothing but its end interrupts
 *   blocked    wait in epoll_wait, semtimedop and sigtimedwait, and say on stdout each time that one is interrupted
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load(unsigned short instructions, struct sock_filter *code)
{
	struct sock_fprog program = {instructions, code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		printf("no filter: %s\n", strerror(errno));
}

static void deny(unsigned int call)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 1, 0), /* x32 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 1, 2),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	load(sizeof(code) / sizeof(code[0]), code);
}

static void deny_nothing(void)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};

	load(1, code);
}

static void odd(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 3),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};

	load(sizeof(code) / sizeof(code[0]), code);
}

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *stricter(void *unused)
{
	deny(SYS_kexec_load);
	puts("ready");
	return idle(unused);
}

static void *laxer(void *unused)
{
	deny_nothing();
	deny_nothing();
	puts("ready");
	return idle(unused);
}

static void *relay(void *unused)
{
	pthread_attr_t detached;
	pthread_t next;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	while (pthread_create(&next, &detached, relay, NULL))
		;
	return unused;
}

static void *poll_forever(void *unused)
{
	struct epoll_event event;
	int fd = epoll_create1(0);

	for (;;) {
		epoll_wait(fd, &event, 1, -1);
		puts("interrupted: epoll_wait");
	}
	return unused;
}

static void *sem_forever(void *unused)
{
	struct timespec day = {86400, 0};
	struct sembuf down = {0, -1, 0};
	int id = semget(IPC_PRIVATE, 1, 0600);

	for (;;) {
		semtimedop(id, &down, 1, &day);
		puts("interrupted: semtimedop");
	}
	return unused;
}

static void *signal_forever(void *unused)
{
	struct timespec day = {86400, 0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	for (;;) {
		sigtimedwait(&set, NULL, &day);
		puts("interrupted: sigtimedwait");
	}
	return unused;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "pause";
	pthread_t thread;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(word, "threads")) {
		for (int i = 1; i < 200; i++)
			if (pthread_create(&thread, NULL, idle, NULL))
				return 1;
	} else if (!strcmp(word, "own")) {
		deny(SYS_kexec_load);
	} else if (!strcmp(word, "thread")) {
		pthread_create(&thread, NULL, stricter, NULL);
		return idle(NULL) != NULL;
	} else if (!strcmp(word, "leaderless")) {
		pthread_create(&thread, NULL, idle, NULL);
		puts("ready");
		syscall(SYS_exit, 0);
	} else if (!strcmp(word, "relay")) {
		puts("ready");
		relay(NULL);
		syscall(SYS_exit, 0);
	} else if (!strcmp(word, "odd")) {
		odd();
	} else if (!strcmp(word, "apart")) {
		pthread_create(&thread, NULL, laxer, NULL);
		deny(SYS_mincore);
		deny(SYS_syncfs);
		return idle(NULL) != NULL;
	} else if (!strcmp(word, "vfork")) {
		puts("ready");
		if (vfork() == 0)
			for (;;)
				pause();
	} else if (!strcmp(word, "blocked")) {
		pthread_create(&thread, NULL, poll_forever, NULL);
		pthread_create(&thread, NULL, sem_forever, NULL);
		signal_forever(NULL);
	}
	puts("ready");
	idle(NULL);
	return 0;
}
