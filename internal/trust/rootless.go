package trust

import (
	"os"
	"strings"
)

// Rootless reports whether this process works for a user and not for the machine's root. A user's own engine runs whatever
// runtime and hooks the user likes: there is no policy to hold it to, and the one in force is not for users to read.
func Rootless() bool { return os.Geteuid() != 0 || inUserNamespace() }

// inUserNamespace reports whether this process's root is not the machine's. Where that cannot be told it is taken for it.
func inUserNamespace() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false
	}
	f := strings.Fields(string(text))
	return len(f) < 3 || f[0] != "0" || f[1] != "0"
}
