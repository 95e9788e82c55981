package engineconf

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// ShimDir is the directory of an installed node in which our runtime lies under the names of those that it stands for.
const ShimDir = "/usr/libexec/seccompd/shims"

// systemPath is where systemd looks for programs (systemd.exec(5)), and so what an engine without a PATH of its own has.
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// names are the runtimes that ours stands for.
var names = []string{"crun", "runc"}

// standsFor returns the name under which ours takes the place of a runtime, and "" for one that it does not stand for.
func standsFor(binary string) string {
	for _, name := range names {
		if filepath.Base(binary) == name {
			return name
		}
	}
	return ""
}

// pathWith puts a directory first in a PATH, and only there.
func pathWith(dir, path string) string {
	if path == "" {
		path = systemPath
	}
	dirs := []string{dir}
	for d := range strings.SplitSeq(path, ":") {
		if d != dir {
			dirs = append(dirs, d)
		}
	}
	return strings.Join(dirs, ":")
}

var plainPath = regexp.MustCompile(`^/[A-Za-z0-9/._+-]+$`)

// plain refuses paths that would have to be quoted in one of the formats that we write.
func plain(paths ...string) error {
	for _, path := range paths {
		if path != "" && !plainPath.MatchString(path) {
			return fmt.Errorf("path %q is not absolute, or has other characters than letters, digits and /._+-", path)
		}
	}
	return nil
}
