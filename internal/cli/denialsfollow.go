package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/denial"
)

// lookAgain is how often the log is looked at.
const lookAgain = 200 * time.Millisecond

// followAll prints denials as they come: a row each, or a line of JSON each, which then is what the log has.
func (d *denialsFlags) followAll(ctx context.Context, q denial.Query) error {
	if d.form == formYAML {
		return &usageError{message: "--follow prints lines, and --output yaml has none", hint: "-o json prints a line of JSON for each"}
	}
	f, err := denial.NewFollower(d.file, !q.Since.IsZero())
	if err != nil {
		return err
	}
	defer f.Close()
	d.sayReader()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	header := false
	for {
		var bad error
		err := f.Next(func(one denial.Denial) {
			if bad != nil || !q.Matches(one) {
				return
			}
			if !header && d.form == formTable {
				bad = d.writeRow("LAST", "COUNT", "CONTAINER", "RULE", "CALL", "ACTION", "PROCESS")
				header = true
			}
			if bad == nil {
				bad = d.writeDenial(one)
			}
		})
		if err != nil {
			return err
		}
		if bad != nil {
			return fmt.Errorf("write the answer: %w", bad)
		}
		select {
		case <-ctx.Done():
			return nil // it was interrupted, which is how it ends
		case <-tick.C:
		}
	}
}

func (d *denialsFlags) writeDenial(one denial.Denial) error {
	if d.form == formTable {
		return d.writeRow(cells(one)...)
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(one); err != nil {
		return err
	}
	_, err := fmt.Fprint(d.out, escapeHidden(text.String(), formJSON))
	return err
}

// writeRow writes columns of fixed widths, since nobody knows what comes.
func (d *denialsFlags) writeRow(cells ...string) error {
	widths := []int{20, 6, 28, 16, 18, 12}
	var b strings.Builder
	for i, cell := range cells {
		cell = quoted(cell)
		if i < len(widths) {
			cell = fmt.Sprintf("%-*s  ", widths[i], cell)
		}
		b.WriteString(cell)
	}
	_, err := fmt.Fprintln(d.out, strings.TrimRight(b.String(), " "))
	return err
}

// sayReader says on the side why nothing may come.
func (d *denialsFlags) sayReader() {
	a := &denialsAnswer{}
	s, err := denial.ReadStatus(d.runDir)
	if a.unread = err; err == nil {
		a.Reader = &s
	}
	a.note(d.now())
	a.notLogged(d.stateDir)
	for _, n := range a.Notes {
		d.say("seccompctl: denials: note: %s", n)
	}
}
