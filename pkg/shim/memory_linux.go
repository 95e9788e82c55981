package shim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/handoff"
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
	dir, err := unix.Open(string(m), unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(dir) }()
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(fd) }()
	var of, at unix.Stat_t
	if unix.Fstat(fd, &of) != nil || unix.Fstat(dir, &at) != nil || !handoff.Private(&of) || !handoff.Private(&at) ||
		of.Mode&unix.S_IFMT != unix.S_IFREG || of.Size > maxResult || of.Size < sha256.Size {
		return nil
	}
	text := make([]byte, of.Size)
	if n, err := unix.Read(fd, text); err != nil || n != len(text) {
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
	path := filepath.Join(string(m), name)
	tmp := path + "." + rand.Text()[:8]
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return
	}
	_, err = f.Write(append(sum[:], text...))
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil || os.Rename(tmp, path) != nil {
		_ = os.Remove(tmp)
	}
}

// program names this build for the memory: by its file, which an upgrade replaces.
func program() string {
	var st unix.Stat_t
	if unix.Stat("/proc/self/exe", &st) != nil {
		return ""
	}
	return fmt.Sprintf("%d:%d:%d:%d.%d", st.Dev, st.Ino, st.Size, st.Ctim.Sec, st.Ctim.Nsec)
}
