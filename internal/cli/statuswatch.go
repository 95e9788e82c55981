package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// What watch repaints with: to the corner, clear to the end of a line, and clear what is below.
const (
	paintStart = "\x1b[H"
	paintLine  = "\x1b[K"
	paintEnd   = "\x1b[J"
)

// watch says what status says until it is interrupted: on a terminal it repaints the table, elsewhere it writes a line for
// each change, or with -o json the answer in a line.
func (c *console) watch(ctx context.Context, interval time.Duration) error {
	if c.form == formYAML {
		return &usageError{message: "--watch writes lines, and --output yaml has none", hint: "-o json writes a line of JSON for each change"}
	}
	show := c.changes
	switch {
	case c.form == formJSON:
		show = c.jsonLine
	case onTerminal(c.out) && os.Getenv("TERM") != "dumb": // which obeys no escapes
		show = c.paint
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var before []statusRow
	var last *statusAnswer
	for {
		a, err := c.status()
		if err != nil && last == nil {
			return err
		}
		if err != nil {
			known := *last
			known.Healthy, known.Problems = false, []string{fmt.Sprintf("the status cannot be read any more: %v", err)}
			a = &known
		}
		last = a
		now := a.lines()
		if err := show(a, before, now); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
		before = now
		select {
		case <-ctx.Done():
			return nil // it was interrupted, which is how it ends
		case <-tick.C:
		}
	}
}

// lines are the rows with the problems among them.
func (a *statusAnswer) lines() []statusRow {
	rows := a.rows()
	for _, p := range a.Problems {
		rows = append(rows, statusRow{key: "problem", value: p})
	}
	return rows
}

func (c *console) paint(a *statusAnswer, _, _ []statusRow) error {
	t := &table{}
	t.line("%s", c.now().UTC().Format(time.RFC3339))
	a.table(t)
	var text bytes.Buffer
	if err := t.flush(&text); err != nil {
		return err
	}
	_, err := io.WriteString(c.out, paintStart+strings.ReplaceAll(text.String(), "\n", paintLine+"\n")+paintEnd)
	return err
}

// many are the keys of rows of which there may be several. Refusals leave the list as newer ones come.
var many = []string{"floor", "exception", "refused", "problem"}

// changes writes what is new, and of what there may be several also what is over.
func (c *console) changes(_ *statusAnswer, before, now []statusRow) error {
	at := c.now().UTC().Format(time.RFC3339)
	var out strings.Builder
	for _, r := range now {
		known := slices.ContainsFunc(before, func(b statusRow) bool { return b.key == r.key && (r.quiet || b.value == r.value) })
		if !known {
			fmt.Fprintf(&out, "%s  %-12s  %s\n", at, r.key, quoted(r.value))
		}
	}
	for _, b := range before {
		over := !slices.ContainsFunc(now, func(r statusRow) bool {
			return r.key == b.key && (b.value == r.value || !slices.Contains(many, b.key))
		})
		if over && b.key != "refused" {
			fmt.Fprintf(&out, "%s  %-12s  no more: %s\n", at, b.key, quoted(b.value))
		}
	}
	_, err := io.WriteString(c.out, out.String())
	return err
}

func (c *console) jsonLine(a *statusAnswer, before, now []statusRow) error {
	loud := func(rows []statusRow) []statusRow {
		return slices.DeleteFunc(slices.Clone(rows), func(r statusRow) bool { return r.quiet })
	}
	if before != nil && slices.Equal(loud(before), loud(now)) {
		return nil
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		return err
	}
	_, err := io.WriteString(c.out, escapeHidden(text.String(), formJSON))
	return err
}

// onTerminal reports whether somebody sees what is written.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&fs.ModeCharDevice != 0
}
