package handoff

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Dir is a directory of records, by the path of the node's run directory. "" is none: nothing is written or found.
type Dir string

// ErrNone is the error of Read where there is no record.
var ErrNone = errors.New("there is no record")

// maxRecord is the size of the largest record, in bytes. NRI tells of no container that is larger than 0.4 MiB.
const maxRecord = 4 << 20

const suffix = ".json"

func (d Dir) path() string { return filepath.Join(string(d), "records") }

// file is the name of a container's record. An id says nothing of its length or characters.
func (d Dir) file(namespace, id string) string {
	sum := sha256.Sum256([]byte(namespace + "\x00" + id))
	return hex.EncodeToString(sum[:16]) + suffix
}

// Write leaves a record. It is not synced: it need not outlive the machine's next start.
func (d Dir) Write(r Record) error {
	if d == "" {
		return nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("leave a record: %w", err)
	}
	if len(text) > maxRecord {
		return fmt.Errorf("leave a record: it has %d bytes, more than %d", len(text), maxRecord)
	}
	name := filepath.Join(d.path(), d.file(r.Workload.ContainerdNamespace.Or(""), r.Workload.ID))
	if err := write(name, text); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.MkdirAll(d.path(), 0o700); err == nil {
				err = write(name, text)
			}
		}
		if err != nil {
			return fmt.Errorf("leave a record: %w", err)
		}
	}
	return nil
}

func write(name string, text []byte) error {
	tmp := name + "." + rand.Text()[:8]
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		_ = os.Remove(tmp)
	}
	return err
}

// Read returns the record of a container, and ErrNone where there is none. One that somebody else than root, or the caller,
// could have written is not read.
func (d Dir) Read(namespace, id string) (*Record, error) {
	if d == "" {
		return nil, ErrNone
	}
	dir, err := unix.Open(d.path(), unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("read the record of %.80q: %w", id, err)
	}
	defer func() { _ = unix.Close(dir) }()
	var st unix.Stat_t
	if err := unix.Fstat(dir, &st); err != nil {
		return nil, fmt.Errorf("read the record of %.80q: %w", id, err)
	}
	if !Private(&st) {
		return nil, fmt.Errorf("read the record of %.80q: others than root may enter %s", id, d.path())
	}
	fd, err := unix.Openat(dir, d.file(namespace, id), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("read the record of %.80q: %w", id, err)
	}
	f := os.NewFile(uintptr(fd), "record")
	defer func() { _ = f.Close() }()
	return read(f, id)
}

// Private reports whether a file or directory is root's, or the caller's, and nobody else may open it: what /run holds counts
// only then.
func Private(st *unix.Stat_t) bool {
	return (st.Uid == 0 || int(st.Uid) == os.Geteuid()) && st.Mode&0o077 == 0
}

func read(f *os.File, id string) (*Record, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, fmt.Errorf("read the record of %.80q: %w", id, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || !Private(&st) || st.Size > maxRecord {
		return nil, fmt.Errorf("read the record of %.80q: it is not a file that only root can have written", id)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxRecord))
	if err != nil {
		return nil, fmt.Errorf("read the record of %.80q: %w", id, err)
	}
	r := new(Record)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read the record of %.80q: %w", id, err)
	}
	if r.Version != version || r.Workload == nil {
		return nil, fmt.Errorf("read the record of %.80q: it is of another version, or not whole", id)
	}
	return r, nil
}

// Remove removes the record of a container. That there is none is no error.
func (d Dir) Remove(namespace, id string) {
	if d != "" {
		_ = unix.Unlink(filepath.Join(d.path(), d.file(namespace, id)))
	}
}

// maxKept is how many bytes of records are kept: they lie in memory, and who makes containers chooses how many and how large.
const maxKept = 64 << 20

// Prune removes the records that do not count any more, and those of containers that are gone: of namespace, all that keep
// does not name. Nil keeps all that are fresh, the youngest first, as far as there is room. What is younger than a minute
// stays: its container is being created.
func (d Dir) Prune(now time.Time, namespace string, keep []string) {
	if d == "" {
		return
	}
	entries, err := os.ReadDir(d.path())
	if err != nil {
		return
	}
	kept := make(map[string]bool, len(keep))
	for _, id := range keep {
		kept[d.file(namespace, id)] = true
	}
	files := make([]fs.FileInfo, 0, len(entries))
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var size int64
	for _, f := range files {
		age := now.Sub(f.ModTime())
		size += f.Size()
		gone := keep != nil && !kept[f.Name()]
		unfinished := !strings.HasSuffix(f.Name(), suffix)
		if age > Fresh || age > time.Minute && (gone || unfinished || size > maxKept) {
			_ = os.Remove(filepath.Join(d.path(), f.Name()))
		}
	}
}
