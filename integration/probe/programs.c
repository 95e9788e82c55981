/*
 * programs does what ordinary programs do and filters are known to break: it
 * starts threads and processes, asks for files in the newest way that its C
 * library knows, and makes sockets. It is built with glibc and with musl.
 *
 * Each line is a thing that works; the first that does not ends it with 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void need(int ok, const char *what)
{
	if (!ok) {
		printf("%s: %s\n", what, strerror(errno));
		exit(1);
	}
	printf("%s\n", what);
}

static void *work(void *done)
{
	*(int *)done = 1;
	return done;
}

static int ended(pid_t child)
{
	int status;

	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	char *self[] = {argv[0], "end", NULL};
	pthread_t thread;
	struct stat st;
	pid_t child;
	int done = 0, pair[2];

	if (argc > 1)
		return 0;
	setvbuf(stdout, NULL, _IONBF, 0);
	errno = pthread_create(&thread, NULL, work, &done);
	need(errno == 0 && pthread_join(thread, NULL) == 0 && done, "pthread_create");
	child = fork();
	if (child == 0)
		_exit(0);
	need(ended(child), "fork");
	errno = posix_spawn(&child, argv[0], NULL, NULL, self, environ);
	need(errno == 0 && ended(child), "posix_spawn");
	need(system(NULL) >= 0, "system");
	need(stat(argv[0], &st) == 0 && S_ISREG(st.st_mode), "stat");
	need(fstatat(AT_FDCWD, argv[0], &st, AT_SYMLINK_NOFOLLOW) == 0, "fstatat");
#ifdef STATX_SIZE
	struct statx stx;

	need(statx(AT_FDCWD, argv[0], 0, STATX_SIZE, &stx) == 0 && stx.stx_size > 0, "statx");
#endif
	need(faccessat(AT_FDCWD, argv[0], X_OK, AT_EACCESS) == 0, "faccessat with AT_EACCESS");
	need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
	need(socket(AF_INET, SOCK_DGRAM, 0) >= 0, "socket");
	return 0;
}
