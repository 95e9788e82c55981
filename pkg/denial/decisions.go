package denial

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/seccompd/seccompd/pkg/audit"
)

// decisions follows the decision log, to which every door of the node may write. It belongs to one goroutine.
type decisions struct {
	path string
	f    *os.File
	at   int64
}

// maxCatchUp is how much of the log is read at once, in bytes: of what is longer the newest part.
const maxCatchUp = 8 << 20

// read hands over what was written since it was last called, the oldest first.
func (d *decisions) read(take func(audit.Record)) error {
	if d.path == "" {
		return nil
	}
	if d.f != nil {
		if err := d.rest(take); err != nil {
			return err
		}
		ours, err := d.f.Stat()
		named, err2 := os.Stat(d.path)
		if err == nil && err2 == nil && os.SameFile(ours, named) {
			return nil
		}
		_ = d.f.Close()
		d.f = nil
	}
	f, err := os.Open(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read decisions: %w", err)
	}
	d.f, d.at = f, 0
	return d.rest(take)
}

// rest reads what is whole between what was read and the end of the file.
func (d *decisions) rest(take func(audit.Record)) error {
	st, err := d.f.Stat()
	if err != nil {
		return fmt.Errorf("read decisions: %w", err)
	}
	if st.Size() < d.at { // somebody cut it
		d.at = 0
	}
	d.at = max(d.at, st.Size()-maxCatchUp)
	text := make([]byte, st.Size()-d.at)
	n, err := d.f.ReadAt(text, d.at)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read decisions: %w", err)
	}
	end := bytes.LastIndexByte(text[:n], '\n') + 1
	d.at += int64(end)
	for line := range bytes.Lines(text[:end]) {
		var r audit.Record
		if json.Unmarshal(line, &r) == nil && r.Workload != nil && r.Result != audit.ResultRefused {
			take(r)
		}
	}
	return nil
}

func (d *decisions) close() {
	if d.f != nil {
		_ = d.f.Close()
	}
}
