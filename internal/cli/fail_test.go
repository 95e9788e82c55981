package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"testing"
)

// Each of several errors stands on a line of its own, with what was said around them; nothing in one starts a new line.
func TestEachErrorHasItsLine(t *testing.T) {
	joined := errors.Join(errors.New("a: one"), errors.Join(errors.New("b: two"), errors.New("c: three")))
	tests := []struct {
		err  error
		want []string
	}{
		{errors.New("one"), []string{"one"}},
		{fmt.Errorf("read x: %w", errors.New("one")), []string{"read x: one"}},
		{joined, []string{"a: one", "b: two", "c: three"}},
		{fmt.Errorf("read x: %w", joined), []string{"read x: a: one", "read x: b: two", "read x: c: three"}},
		{fmt.Errorf("%w: %w", errors.New("corrupt"), errors.New("short")), []string{"corrupt: short"}},
		{refuse(joined), []string{"a: one", "b: two", "c: three"}},
		{errors.Join(errors.New("only")), []string{"only"}},
	}
	for _, tt := range tests {
		if got := lines(tt.err); !slices.Equal(got, tt.want) {
			t.Errorf("lines(%q) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestErrorsAreQuoted(t *testing.T) {
	var out bytes.Buffer
	c := &console{err: &out}
	if code := c.fail(nil, errors.New("a\nb\x1b[31m\u202e")); code != exitError {
		t.Errorf("exit code %d", code)
	}
	if want := "seccompctl: a\\nb\\x1b[31m\\u202e\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// Who has not installed a policy yet is told how to get one.
func TestNoPolicyYet(t *testing.T) {
	missing := func(path string) error {
		return fmt.Errorf("read policy: %w", &fs.PathError{Op: "open", Path: path, Err: syscall.ENOENT})
	}
	if got, want := hint(nil, missing(defaultPolicy)), " (install.sh writes a first one, and --policy FILE names another)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := hint(nil, missing("mine.yaml")); got != "" {
		t.Errorf("a file that was named gets the hint %q", got)
	}
}
