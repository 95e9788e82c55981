package denial

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// tail follows a log of lines over its rotations. It belongs to one goroutine.
type tail struct {
	what, path string
	f          *os.File
	at         int64
}

// maxCatchUp is how much of a log is read at once, in bytes: of what is longer the newest part.
const maxCatchUp = 8 << 20

// read hands over the whole lines that were written since it was last called, the oldest first. A file that does not exist
// yet has none.
func (t *tail) read(take func(line []byte)) error {
	if t.path == "" {
		return nil
	}
	if t.f != nil {
		if err := t.rest(take); err != nil {
			return err
		}
		ours, err := t.f.Stat()
		named, err2 := os.Stat(t.path)
		if err == nil && err2 == nil && os.SameFile(ours, named) {
			return nil
		}
		t.close()
	}
	f, err := os.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", t.what, err)
	}
	t.f, t.at = f, 0
	return t.rest(take)
}

// rest reads what is whole between what was read and the end of the file.
func (t *tail) rest(take func(line []byte)) error {
	st, err := t.f.Stat()
	if err != nil {
		return fmt.Errorf("read %s: %w", t.what, err)
	}
	if st.Size() < t.at { // somebody cut it
		t.at = 0
	}
	if st.Size() == t.at {
		return nil
	}
	t.at = max(t.at, st.Size()-maxCatchUp)
	text := make([]byte, st.Size()-t.at)
	n, err := t.f.ReadAt(text, t.at)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", t.what, err)
	}
	end := bytes.LastIndexByte(text[:n], '\n') + 1
	t.at += int64(end)
	for line := range bytes.Lines(text[:end]) {
		take(bytes.TrimSuffix(line, []byte("\n")))
	}
	return nil
}

func (t *tail) close() {
	if t.f != nil {
		_ = t.f.Close()
		t.f = nil
	}
}
