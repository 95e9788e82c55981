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

// maxKept is how many results are kept before it starts again: authors choose capability sets and filters of their own.
const maxKept = 256

// maxResult is the size of the largest result that is read, in bytes.
const maxResult = 8 << 20

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
	if os.MkdirAll(string(m), 0o700) != nil {
		return
	}
	if entries, err := os.ReadDir(string(m)); err == nil && len(entries) >= maxKept {
		for _, e := range entries {
			_ = os.Remove(filepath.Join(string(m), e.Name()))
		}
	}
	sum := sha256.Sum256(text)
	_ = atomicfile.WriteVolatile(filepath.Join(string(m), name), append(sum[:], text...))
}

// program names this build for the memory: by its file, which an upgrade replaces.
func program() string {
	var st unix.Stat_t
	if unix.Stat("/proc/self/exe", &st) != nil {
		return ""
	}
	return fmt.Sprintf("%d:%d:%d:%d.%d", st.Dev, st.Ino, st.Size, st.Ctim.Sec, st.Ctim.Nsec)
}
