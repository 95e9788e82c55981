package host

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// libraryLimit bounds what is read of a libseccomp, which has some 100 KiB.
const libraryLimit = 16 << 20

// readLibrary looks at the shared libseccomp that a runtime is linked to: for its version where the runtime does not tell
// (crun before 1.9), and for calls newer than that version, which distributions add: Debian 12's 2.5.4 has those of 6.7.
// For a runtime that is linked statically, or where anything fails, nothing is added.
func (r *Runtime) readLibrary(ctx context.Context, program string) {
	// With this set, glibc's loader prints what it would load and does not start the program (ld.so(8)); musl's and a static
	// program ignore it.
	out, err := output(ctx, []string{"LD_TRACE_LOADED_OBJECTS=1"}, program, "--version")
	if err != nil {
		return
	}
	library, err := filepath.EvalSymlinks(libraryIn(string(out)))
	if err != nil {
		return
	}
	if r.Libseccomp == "" {
		_, r.Libseccomp, _ = strings.Cut(filepath.Base(library), ".so.")
	}
	vocabulary, ok := syscalls.Vocabulary(r.Libseccomp)
	if !ok {
		return
	}
	file, err := os.Open(library)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, libraryLimit))
	if err != nil {
		return
	}
	r.Names = namesIn(text, vocabulary.Lacks())
}

// libraryIn returns the path of libseccomp in the loader's list, whose lines are "libseccomp.so.2 => PATH (ADDRESS)".
func libraryIn(list string) string {
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		if len(fields) >= 3 && strings.HasPrefix(fields[0], "libseccomp.so.") && fields[1] == "=>" && filepath.IsAbs(fields[2]) {
			return fields[2]
		}
	}
	return ""
}

// namesIn returns those of names that stand in a library as whole strings. libseccomp's table of names is a pool of
// NUL-terminated strings, one after the other.
func namesIn(library []byte, names []string) []string {
	var found []string
	for _, name := range names {
		if bytes.Contains(library, []byte("\x00"+name+"\x00")) {
			found = append(found, name)
		}
	}
	return found
}
