package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// ErrNotFound is the error of Find and Last where no record matches.
var ErrNotFound = errors.New("no such decision on record")

// Reader reads a decision log from its newest record to its oldest, and what was set aside after it. Lines that are not
// records, as one that a full disk cut short, are passed over.
type Reader struct {
	what  string // what it reads, for errors
	files []string
	f     *os.File
	block []byte // what lies at the start of the part read so far, not yet split off
	at    int64  // where block starts in the file
}

// blockSize is how much is read at once.
const blockSize = 64 << 10

// NewReader opens the log at path.
func NewReader(path string) (*Reader, error) { return NewLineReader("decisions", path) }

func (r *Reader) start(f *os.File) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("read %s: %w", r.what, err)
	}
	r.f, r.block, r.at = f, nil, end
	return nil
}

// Close closes the log.
func (r *Reader) Close() error {
	if r.f == nil {
		return nil
	}
	return r.f.Close()
}

// Next returns the next older record, and io.EOF after the oldest.
func (r *Reader) Next() (Record, error) {
	for {
		line, err := r.line()
		if err != nil {
			return Record{}, err
		}
		var rec Record
		if len(line) > 0 && json.Unmarshal(line, &rec) == nil {
			return rec, nil
		}
	}
}

// line returns the last line that was not returned yet.
func (r *Reader) line() ([]byte, error) {
	for {
		if i := bytes.LastIndexByte(r.block, '\n'); i >= 0 {
			line := r.block[i+1:]
			r.block = r.block[:i]
			return line, nil
		}
		if r.at == 0 && len(r.block) > 0 {
			line := r.block
			r.block = nil
			return line, nil
		}
		if err := r.back(); err != nil {
			return nil, err
		}
	}
}

// back reads the block before the one that is held, going on to the next file at the start of one.
func (r *Reader) back() error {
	if r.at == 0 {
		if len(r.files) == 0 {
			return io.EOF
		}
		f, err := os.Open(r.files[0])
		r.files = r.files[1:]
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", r.what, err)
		}
		if r.same(f) {
			return f.Close() // it was set aside while it was read, in place of what was there
		}
		_ = r.f.Close()
		return r.start(f)
	}
	if len(r.block) > 4*maxLine {
		r.block = nil // no record is so long
	}
	n := min(r.at, blockSize)
	buf := make([]byte, n, int(n)+len(r.block))
	if _, err := r.f.ReadAt(buf, r.at-n); err != nil {
		return fmt.Errorf("read %s: %w", r.what, err)
	}
	r.at -= n
	r.block = append(buf, r.block...)
	return nil
}

// same reports whether a file is the one that was read last.
func (r *Reader) same(f *os.File) bool {
	a, err := r.f.Stat()
	b, err2 := f.Stat()
	return err == nil && err2 == nil && os.SameFile(a, b)
}

// Last returns the newest record in the log at path that match accepts, or ErrNotFound.
func Last(path string, match func(Record) bool) (Record, error) {
	r, err := NewReader(path)
	if err != nil {
		return Record{}, err
	}
	defer func() { _ = r.Close() }()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return Record{}, ErrNotFound
		}
		if err != nil {
			return Record{}, err
		}
		if match(rec) {
			return rec, nil
		}
	}
}

// Find returns the record with an id, as a refusal names it.
func Find(path, id string) (Record, error) {
	id = strings.TrimSpace(id)
	return Last(path, func(r Record) bool { return r.ID == id })
}

// FindContainer returns the newest record of a container, by its id or a prefix of at least 8 characters.
func FindContainer(path, id string) (Record, error) {
	return Last(path, func(r Record) bool {
		return r.Workload != nil && (r.Workload.ID == id || (len(id) >= 8 && strings.HasPrefix(r.Workload.ID, id)))
	})
}
