package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// A progress is a bar on stderr, where that is a terminal.
type progress struct {
	title        string
	total, taken int
	terminal     bool
}

const barWidth = 40

func newProgress(title string, total int) *progress {
	_, err := unix.IoctlGetTermios(int(os.Stderr.Fd()), unix.TCGETS)
	return &progress{title: title, total: total, terminal: err == nil}
}

func (p *progress) step() {
	p.taken++
	if p.terminal {
		full := barWidth * p.taken / p.total
		fmt.Fprintf(os.Stderr, "\r[%s%s] %3d%% %s", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), 100*p.taken/p.total, p.title)
	}
}

// done clears the line.
func (p *progress) done() {
	if p.terminal {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
