package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
)

// console is what a verb reads and writes: the streams, the clock and the flags that every verb has.
type console struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	settings
}

// settings are the flags that every verb has.
type settings struct {
	policy   string
	profiles []string
	runtimes []string
	stateDir string
	runDir   string
	form     string
}

// maxText is how many bytes of a text that somebody else chose are shown.
const maxText = 512

// quoted makes a text that a workload or a file chose safe for a terminal.
func quoted(s string) string { return audit.Quote(s, maxText) }

// say writes a line of talk.
func (c *console) say(format string, args ...any) {
	_, _ = fmt.Fprintln(c.err, audit.Quote(fmt.Sprintf(format, args...), 8*maxText))
}

// longer is quoted for lines that hold several texts.
func longer(s string) string { return audit.Quote(s, 16*maxText) }
