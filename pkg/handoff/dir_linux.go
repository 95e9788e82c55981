package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/internal/trust"
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
	if err := atomicfile.WriteVolatile(name, text); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.MkdirAll(d.path(), 0o700); err == nil {
				err = atomicfile.WriteVolatile(name, text)
			}
		}
		if err != nil {
			return fmt.Errorf("leave a record: %w", err)
		}
	}
	return nil
}

// Read returns the record of a container, and ErrNone where there is none. One that somebody else than root, or the caller,
// could have written is not read.
func (d Dir) Read(namespace, id string) (*Record, error) {
	if d == "" {
		return nil, ErrNone
	}
	text, err := trust.ReadPrivate(d.path(), d.file(namespace, id), maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
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
