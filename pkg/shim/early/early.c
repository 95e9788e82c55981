// What the runtime door does before the Go runtime starts. See early.go for why, and pkg/shim for what the door is: this file
// only takes the shortest way through it. Wherever the case is not one of the plainest, a function returns 0, and the program
// goes on in Go.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "settings.h"

#define MAX_ENV 4096
#define MAX_ARGS 256
#define MAX_QUESTION (48 << 10)
// How long the daemon may take, in milliseconds. It takes less than one.
#define PATIENCE 200

static const char *const passed_on[] = {
	"start", "state", "kill", "exec", "ps", "list", "events", "pause", "resume", "update", "features", "spec", "checkpoint", "delete",
};
static const char *const flags[] = {"--debug", "--systemd-cgroup"};
static const char *const valued[] = {"--log", "--log-format", "--root", "--rootless", "--criu", "--cgroup-manager"};

#define AMONG(list, text, length) among(list, sizeof(list) / sizeof(*list), text, length)

static bool among(const char *const *list, size_t n, const char *text, size_t length) {
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == length && !memcmp(list[i], text, length))
			return true;
	return false;
}

// The place of the subcommand, where all before it are options that every runtime reads alike (pkg/shim/grammar.go).
static int subcommand(int argc, char **argv) {
	int i = 1;
	while (i < argc && argv[i][0] == '-') {
		const char *value = strchr(argv[i], '=');
		size_t name = value ? (size_t)(value - argv[i]) : strlen(argv[i]);
		if (AMONG(valued, argv[i], name)) {
			if (!value && (++i >= argc || argv[i][0] == '-'))
				return 0;
		} else if (value || !AMONG(flags, argv[i], name)) {
			return 0;
		}
		i++;
	}
	return i < argc ? i : 0;
}

// Whether the environment has nothing of what Go sees to: the count of this program's runs, and what goes round a filter.
static bool plain_environment(char **env, int *count) {
	for (*count = 0; env[*count]; ++*count) {
		const char *e = env[*count];
		if (*count >= MAX_ENV || !strncmp(e, "SECCOMPD_RUNTIME_DEPTH=", 23) || !strncmp(e, "RUN_OCI_SECCOMP", 15))
			return false;
	}
	return true;
}

// Whether this process is the machine's root and no user's.
static bool machine_root(void) {
	char text[64];
	if (geteuid() != 0)
		return false;
	int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	char *end;
	return strtoul(text, &end, 10) == 0 && end != text && strtoul(end, &end, 10) == 0;
}

// Whether the real runtime is a program, and another one than this.
static bool is_program(const char *path) {
	struct stat real, self;
	return path[0] == '/' && !stat(path, &real) && S_ISREG(real.st_mode) && real.st_mode & 0111 && !stat("/proc/self/exe", &self) &&
	       (real.st_dev != self.st_dev || real.st_ino != self.st_ino);
}

// Whether the NRI door may have left a record of the container, which Go removes.
static bool may_have_record(const struct settings *s) {
	char path[512];
	struct stat st;
	if (!join(path, sizeof path, s->run_dir, "/records"))
		return true;
	return !(lstat(path, &st) && errno == ENOENT);
}

// The question: strings that end with a NUL each, as pkg/shim/question_linux.go reads them.
struct question {
	char text[MAX_QUESTION];
	size_t length;
};

static bool add(struct question *q, const char *text) {
	size_t n = strlen(text) + 1;
	if (n > sizeof q->text - q->length)
		return false;
	memcpy(q->text + q->length, text, n);
	q->length += n;
	return true;
}

// The first variable of a name, which ends with "=", as it stands; "" where there is none.
static const char *variable(char **env, const char *name) {
	size_t n = strlen(name);
	for (; *env; env++)
		if (!strncmp(*env, name, n))
			return *env;
	return "";
}

// The bundle that a creation names, if by an absolute path.
static const char *bundle_of(int argc, char **argv, int at) {
	for (int i = at + 1; i < argc; i++) {
		const char *value = NULL;
		if (!strcmp(argv[i], "--bundle") || !strcmp(argv[i], "-b"))
			value = i + 1 < argc ? argv[i + 1] : NULL;
		else if (!strncmp(argv[i], "--bundle=", 9))
			value = argv[i] + 9;
		if (value)
			return value[0] == '/' ? value : NULL;
	}
	return NULL;
}

// Sends the question and the bundle's directory.
static bool ask(int fd, const struct question *q, int bundle) {
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof bundle)];
	} control = {0};
	struct iovec text = {.iov_base = (void *)q->text, .iov_len = q->length};
	struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof bundle);
	memcpy(CMSG_DATA(rights), &bundle, sizeof bundle);
	return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)q->length;
}

// Takes the daemon's answer, and puts the configuration that it names, if any, in the place of the bundle's. A daemon that has
// stopped waiting removes that file: then one of these calls fails, and nothing was changed.
static bool take_answer(int fd, int bundle) {
	char answer[128] = "", *config = answer + strlen("done");
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	return poll(&ready, 1, PATIENCE) == 1 && recv(fd, answer, sizeof answer - 1, 0) >= 4 && !memcmp(answer, "done", 4) &&
	       send(fd, "taken", 5, MSG_NOSIGNAL) == 5 && (!*config || !renameat(bundle, config, bundle, "config.json"));
}

// Whether the daemon, which must be root, has answered and its answer was taken.
static bool asked(const struct settings *s, const struct question *q, int bundle) {
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct ucred peer;
	socklen_t length = sizeof peer;
	if (!join(to.sun_path, sizeof to.sun_path, s->run_dir, "/runtime.sock"))
		return false;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	bool yes = !connect(fd, (struct sockaddr *)&to, sizeof to) && !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) && peer.uid == 0 &&
		   ask(fd, q, bundle) && take_answer(fd, bundle);
	close(fd);
	return yes;
}

// Whether the daemon has decided on the container, and its bundle has the filter now.
static bool decided(const struct settings *s, int argc, char **argv, char **env, int at) {
	static struct question q;
	const char *bundle = bundle_of(argc, argv, at);
	if (!bundle || !machine_root())
		return false;
	bool whole = add(&q, "seccompd-runtime 1") && add(&q, argv[0]) && add(&q, s->file) && add(&q, s->text) && add(&q, bundle);
	for (int i = 0; whole && env[i]; i++)
		whole = !*env[i] || add(&q, env[i]);
	whole = whole && add(&q, "");
	for (int i = 1; whole && i < argc; i++)
		whole = add(&q, argv[i]);
	if (!whole)
		return false;
	int fd = open(bundle, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool yes = asked(s, &q, fd);
	close(fd);
	return yes;
}

// Returns only where the real runtime cannot be executed.
static void become(const char *path, int argc, char **argv, char **env, int count) {
	char *args[MAX_ARGS + 1], *with[MAX_ENV + 2];
	args[0] = (char *)path;
	memcpy(args + 1, argv + 1, (size_t)argc * sizeof *argv); // with the NULL at the end
	memcpy(with, env, (size_t)count * sizeof *env);
	with[count] = "SECCOMPD_RUNTIME_DEPTH=1";
	with[count + 1] = NULL;
	execve(path, args, with);
}

// Only the GNU C library hands arguments to constructors.
#ifdef __GLIBC__
__attribute__((constructor))
#else
__attribute__((unused))
#endif
static void early(int argc, char **argv, char **env) {
	static struct settings s;
	int count;
	if (argc < 2 || argc > MAX_ARGS || !plain_environment(env, &count))
		return;
	int at = subcommand(argc, argv);
	if (!at)
		return;
	const char *command = argv[at];
	bool creates = !strcmp(command, "create") || !strcmp(command, "run");
	if (!creates && !AMONG(passed_on, command, strlen(command)))
		return;
	if (!read_settings(&s, argv[0], variable(env, "SECCOMPD_RUNTIME_CONFIG=")) || !is_program(s.runtime))
		return;
	if (!strcmp(command, "delete") && may_have_record(&s))
		return;
	if (creates && !decided(&s, argc, argv, env, at))
		return;
	become(s.runtime, argc, argv, env, count);
}
