package engineconf

import (
	"fmt"
	"strings"
)

// diff shows an edit as removed and added lines: what lies between the lines that both begin and end with.
func (e edit) diff() string {
	var b strings.Builder
	before, after := lines(e.before), lines(e.after)
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", name(e.path, e.before), name(e.path, e.after))
	head := 0
	for head < len(before) && head < len(after) && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < len(before)-head && tail < len(after)-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	fmt.Fprintf(&b, "@@ line %d @@\n", head+1)
	for _, l := range before[head : len(before)-tail] {
		b.WriteString("-" + l + "\n")
	}
	for _, l := range after[head : len(after)-tail] {
		b.WriteString("+" + l + "\n")
	}
	return b.String()
}

func name(path string, text *string) string {
	if text == nil {
		return "/dev/null"
	}
	return path
}

func lines(text *string) []string {
	if text == nil || *text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(*text, "\n"), "\n")
}
