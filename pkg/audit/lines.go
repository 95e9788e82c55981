package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Lines is a file of JSON lines that is written as the decision log is: made with mode 0600, set aside as path.1 at 64 MiB,
// and opened again after an error or when somebody moved it. It belongs to one goroutine.
type Lines struct{ file file }

// NewLines returns the file at path, which is opened when there is something to write.
func NewLines(path string) *Lines { return &Lines{file{path: path}} }

// Append writes a line, with the characters that a terminal would obey escaped. After an error nothing of it counts as
// written.
func (l *Lines) Append(line []byte) error { return l.file.append(escape(line)) }

// Close closes the file.
func (l *Lines) Close() { l.file.close() }

// NewLineReader opens a file of Lines for Line, and what was set aside after it, which may be all that there is: a file is
// made when there is something to write again. Errors say what it holds; one wraps fs.ErrNotExist where there is neither.
func NewLineReader(what, path string) (*Reader, error) {
	r := &Reader{what: what, files: []string{path + ".1"}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if aside, asideErr := os.Open(r.files[0]); asideErr == nil {
			f, err, r.files = aside, nil, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if err := r.start(f); err != nil {
		return nil, err
	}
	return r, nil
}

// Line returns the next older line, and io.EOF after the oldest. It is valid until the next call.
func (r *Reader) Line() ([]byte, error) { return r.line() }
