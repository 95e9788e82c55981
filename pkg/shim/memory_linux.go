package shim

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/internal/trust"
)

// memory keeps what policies came to in root's directory in /run: a process that lives for milliseconds cannot keep it. A
// name says all that a result depends on, so nothing in here is ever out of date; it can be removed at any time.
type memory string

// maxKept is how many results are kept before it starts again, and maxBytes how large all of them are: authors choose capability
// sets and filters of their own, and what lies in /run lies in memory.
const (
	maxKept  = 256
	maxBytes = 32 << 20
)

// maxResult is the size of the largest result that is kept and read, in bytes.
const maxResult = 2 << 20

// Recall returns a result that only root, or the caller, can have written, whole.
func (m memory) Recall(name string) []byte {
	text, err := trust.ReadPrivate(string(m), name, maxResult)
	if err != nil || len(text) < sha256.Size {
		return nil
	}
	sum := sha256.Sum256(text[sha256.Size:])
	if !bytes.Equal(sum[:], text[:sha256.Size]) {
		return nil
	}
	return text[sha256.Size:]
}

// Keep keeps a result. What cannot be kept is computed again.
func (m memory) Keep(name string, text []byte) {
	if len(text) > maxResult-sha256.Size || os.MkdirAll(string(m), 0o700) != nil {
		return
	}
	if entries, err := os.ReadDir(string(m)); err == nil && (len(entries) >= maxKept || sizeOf(entries)+len(text) > maxBytes) {
		for _, e := range entries {
			_ = os.Remove(filepath.Join(string(m), e.Name()))
		}
	}
	sum := sha256.Sum256(text)
	_ = atomicfile.WriteVolatile(filepath.Join(string(m), name), append(sum[:], text...))
}

// sizeOf is how many bytes some files have.
func sizeOf(entries []os.DirEntry) (n int) {
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += int(info.Size())
		}
	}
	return n
}

// program names this build for the memory: by its file, which an upgrade replaces.
func program() string {
	var st unix.Stat_t
	if unix.Stat("/proc/self/exe", &st) != nil {
		return ""
	}
	return fmt.Sprintf("%d:%d:%d:%d.%d", st.Dev, st.Ino, st.Size, st.Ctim.Sec, st.Ctim.Nsec)
}
