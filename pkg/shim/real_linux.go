package shim

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/doorconf"
)

// envDepth counts how often this program was executed on the way to a runtime. A real runtime hands it to nothing that
// starts this program again, so a count says that it is its own runtime, by way of a script or a copy.
const (
	envDepth = "SECCOMPD_RUNTIME_DEPTH"
	maxDepth = 3
)

// real is the real runtime.
type real struct {
	path string
	// name is "runc" or "crun", as host facts name runtimes.
	name string
	stat unix.Stat_t
}

// ownName is what this program is called as installed. It stands in for runtimes by links with their names.
const ownName = "seccompd-runtime"

// named says how the program is called where it was called by its own name.
func named(called string) string {
	if filepath.Base(called) != ownName {
		return ""
	}
	return ": it is called by the name of one, through a link that install.sh makes"
}

// realRuntime chooses the real runtime for the name that this program is called by.
func realRuntime(s *doorconf.Settings, called string) (real, error) {
	r := real{path: s.Runtimes[filepath.Base(called)]}
	if r.path == "" {
		r.path = s.Runtime
	}
	if r.path == "" {
		return r, fmt.Errorf("the settings name no runtime for %.80q%s", filepath.Base(called), named(called))
	}
	r.name = "runc"
	if strings.Contains(filepath.Base(r.path), "crun") {
		r.name = "crun"
	}
	if err := unix.Stat(r.path, &r.stat); err != nil {
		return r, fmt.Errorf("the real runtime %s: %w", r.path, missing(err))
	}
	if r.stat.Mode&unix.S_IFMT != unix.S_IFREG || r.stat.Mode&0o111 == 0 {
		return r, fmt.Errorf("the real runtime %s is not a program", r.path)
	}
	var self unix.Stat_t
	if err := unix.Stat("/proc/self/exe", &self); err != nil {
		return r, fmt.Errorf("look at this program: %w", missing(err))
	}
	if self.Dev == r.stat.Dev && self.Ino == r.stat.Ino {
		return r, fmt.Errorf("the real runtime %s is this program itself", r.path)
	}
	return r, nil
}

// is reports whether a path is that of the real runtime, or another one of the same file.
func (r *real) is(path string) bool {
	var st unix.Stat_t
	return path == r.path || unix.Stat(path, &st) == nil && st.Dev == r.stat.Dev && st.Ino == r.stat.Ino
}

// missing puts an error into words that engines do not take for one about the container's own program.
func missing(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		return errors.New("it is not there")
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return errors.New("the kernel does not allow it")
	}
	return err
}

// dropped are the variables by which crun takes a filter's listener from elsewhere.
const dropped = "RUN_OCI_SECCOMP"

// environment is what the real runtime gets: all but what goes round the filter, and the count.
func environment(env []string) ([]string, error) {
	depth := 0
	out := make([]string, 0, len(env)+1)
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		if name == envDepth {
			depth, _ = strconv.Atoi(value)
			continue
		}
		if !strings.HasPrefix(name, dropped) {
			out = append(out, e)
		}
	}
	if depth >= maxDepth {
		return nil, errors.New("the real runtime starts this program again")
	}
	return append(out, envDepth+"="+strconv.Itoa(depth+1)), nil
}

// become executes the real runtime. It returns only an error.
func (r *real) become(args, env []string) error {
	err := unix.Exec(r.path, append([]string{r.path}, args...), env)
	return fmt.Errorf("execute the real runtime %s: %w", r.path, missing(err))
}

func getenv(env []string, name string) string {
	for _, e := range env {
		if n, v, _ := strings.Cut(e, "="); n == name {
			return v
		}
	}
	return ""
}
