// The settings of the runtime door, as far as its early part reads them: see internal/doorconf.

#include <stdbool.h>
#include <stddef.h>

#define MAX_SETTINGS 4096
#define MAX_PATH 256

struct settings {
	char file[MAX_PATH];	 // that they were read from
	char text[MAX_SETTINGS]; // all of it
	char runtime[MAX_PATH];	 // the real one for the name that this program is called by
	char run_dir[MAX_PATH];
};

// Reads the settings if only root can have written them, and they are written in the plainest form: one object of strings
// without escapes, and of one object of such. Called is argv[0], other the variable that may name another file, or "".
bool read_settings(struct settings *s, const char *called, const char *other);

// Joins two texts, if they fit.
bool join(char *to, size_t size, const char *a, const char *b);
