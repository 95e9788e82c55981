// Reads the settings of the runtime door in their plainest form. What is in another one is read in Go.

#define _GNU_SOURCE
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// How many keys an object may have.
#define MAX_KEYS 16
#define SETTINGS_FILE "/etc/seccompd/runtime.json"

bool join(char *to, size_t size, const char *a, const char *b) {
	size_t n = strlen(a), m = strlen(b);
	if (n >= size || m >= size - n)
		return false;
	memcpy(to, a, n);
	memcpy(to + n, b, m + 1);
	return true;
}

// Reads a file that only root can have written, whole.
static bool read_file(struct settings *s, const char *path) {
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == 0 && !(st.st_mode & 022) && st.st_size > 0 && st.st_size < (off_t)sizeof s->text)
		n = read(fd, s->text, (size_t)st.st_size);
	close(fd);
	if (n <= 0 || n != st.st_size || memchr(s->text, 0, (size_t)n))
		return false;
	s->text[n] = 0;
	return join(s->file, sizeof s->file, path, "");
}

// A place in the text, which ends with a NUL, and a string of it.
struct reader {
	const char *at;
};
struct string {
	const char *text;
	size_t length;
};

static void space(struct reader *r) { r->at += strspn(r->at, " \t\r\n"); }

static bool skip(struct reader *r, char c) {
	space(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

static bool string(struct reader *r, struct string *out) {
	if (!skip(r, '"'))
		return false;
	out->text = r->at;
	for (; *r->at != '"'; r->at++)
		if ((unsigned char)*r->at < ' ' || (unsigned char)*r->at > '~' || *r->at == '\\') // a NUL ends the text
			return false;
	out->length = (size_t)(r->at++ - out->text);
	return true;
}

// An absolute path, or none: all values are such.
static bool path(struct reader *r, struct string *out) { return string(r, out) && (!out->length || out->text[0] == '/'); }

static bool is(const struct string *s, const char *text) { return s->length == strlen(text) && !memcmp(s->text, text, s->length); }

static bool copy(char *to, const struct string *s) {
	if (s->length >= MAX_PATH)
		return false;
	memcpy(to, s->text, s->length);
	to[s->length] = 0;
	return true;
}

// The keys of an object so far.
struct keys {
	struct string seen[MAX_KEYS];
	size_t n;
};

// Whether a key is the first of its name, and not one of very many.
static bool first(struct keys *k, const struct string *key) {
	for (size_t i = 0; i < k->n; i++)
		if (k->seen[i].length == key->length && !memcmp(k->seen[i].text, key->text, key->length))
			return false;
	if (k->n == MAX_KEYS)
		return false;
	k->seen[k->n++] = *key;
	return true;
}

// {"runc": "/usr/sbin/runc", …}
static bool runtimes(struct reader *r, const char *called, char *found) {
	struct keys keys = {.n = 0};
	struct string name, value;
	if (!skip(r, '{'))
		return false;
	do {
		if (!string(r, &name) || !first(&keys, &name) || !skip(r, ':') || !path(r, &value))
			return false;
		if (is(&name, called) && !copy(found, &value))
			return false;
	} while (skip(r, ','));
	return skip(r, '}');
}

static bool parse(struct settings *s, const char *called, char *named) {
	// What the others say matters to the daemon, which reads them itself, and to Go.
	static const char *const others[] = {"stateDir", "decisions", "seccompctl", "dockerRoot"};
	struct reader r = {s->text};
	struct keys keys = {.n = 0};
	struct string key, value;
	if (!skip(&r, '{'))
		return false;
	do {
		if (!string(&r, &key) || !first(&keys, &key) || !skip(&r, ':'))
			return false;
		if (is(&key, "runtimes")) {
			if (!runtimes(&r, called, named))
				return false;
			continue;
		}
		if (!path(&r, &value))
			return false;
		bool known = false;
		for (size_t i = 0; i < sizeof others / sizeof *others; i++)
			known |= is(&key, others[i]);
		if (is(&key, "runtime"))
			known = copy(s->runtime, &value);
		else if (is(&key, "runDir"))
			known = copy(s->run_dir, &value);
		if (!known)
			return false;
	} while (skip(&r, ','));
	if (!skip(&r, '}'))
		return false;
	space(&r);
	return !*r.at;
}

bool read_settings(struct settings *s, const char *called, const char *other) {
	char named[MAX_PATH] = "";
	const char *slash = strrchr(called, '/');
	const char *name = slash ? slash + 1 : called;
	if (!*name)
		return false;
	// Another file counts where this one does not exist; one that allows another is not read here.
	if (!read_file(s, SETTINGS_FILE)) {
		const char *value = strchr(other, '=');
		if (access(SETTINGS_FILE, F_OK) == 0 || errno != ENOENT || !value || value[1] != '/' || !read_file(s, value + 1))
			return false;
	}
	if (!parse(s, name, named))
		return false;
	if (named[0])
		memcpy(s->runtime, named, sizeof named);
	return s->run_dir[0] || join(s->run_dir, sizeof s->run_dir, "/run/seccompd", "");
}
