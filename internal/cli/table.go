package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table lays out an answer for people: rows in columns, lines, and blank lines between parts. Cells are shown quoted, so
// that what a workload chose cannot drive a terminal.
type table struct {
	out  bytes.Buffer
	rows *tabwriter.Writer
}

// row adds a row; rows that follow one another share their columns.
func (t *table) row(cells ...string) {
	if t.rows == nil {
		t.rows = tabwriter.NewWriter(&t.out, 0, 8, 2, ' ', 0)
	}
	for i, cell := range cells {
		cells[i] = quoted(cell)
	}
	// Into memory: it cannot fail.
	_, _ = fmt.Fprintln(t.rows, strings.Join(cells, "\t"))
}

// line adds a line without columns and ends the rows before it.
func (t *table) line(format string, args ...any) {
	t.end()
	t.out.WriteString(strings.TrimRight(longer(fmt.Sprintf(format, args...)), " ") + "\n")
}

// gap adds a blank line, unless nothing stands above it.
func (t *table) gap() {
	t.end()
	if t.out.Len() > 0 {
		t.out.WriteByte('\n')
	}
}

func (t *table) end() {
	if t.rows != nil {
		_ = t.rows.Flush()
		t.rows = nil
	}
}

func (t *table) flush(w io.Writer) error {
	t.end()
	var out bytes.Buffer
	for line := range strings.Lines(strings.TrimRight(t.out.String(), "\n") + "\n") {
		out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
