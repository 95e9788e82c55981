package shim

import "github.com/seccompd/seccompd/pkg/audit"

// recording is a line of the decision log that is being made, beside the container's way.
type recording chan []byte

func (d *door) record(r audit.Record) recording {
	c := make(recording, 1)
	if *d.settings.Decisions == "" {
		c <- nil
		return c
	}
	go func() {
		line, _ := audit.Line(r) // nil where it cannot be encoded, and then there is none
		c <- line
	}()
	return c
}

// write appends the line to the log. What cannot be written refuses nothing.
func (c recording) write(path string) {
	if line := <-c; line != nil {
		_ = audit.Append(path, line)
	}
}
