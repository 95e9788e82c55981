package shim

import "github.com/seccompd/seccompd/pkg/audit"

// recording writes a record, which was made beside the container's way.
type recording func()

// file records in the decision log. What cannot be written refuses nothing.
func (d *door) file(r audit.Record) recording {
	path := d.settings.Decisions
	if path == "" {
		return func() {}
	}
	c := make(chan []byte, 1)
	go func() {
		line, _ := audit.Line(r) // nil where it cannot be encoded, and then there is none
		c <- line
	}()
	return func() {
		if line := <-c; line != nil {
			_ = audit.Append(path, line)
		}
	}
}
