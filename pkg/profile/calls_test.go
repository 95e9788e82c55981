package profile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/profile"
)

func TestExpandName(t *testing.T) {
	for name, want := range map[string]string{
		"mount": "mount", "io_uring_*": "io_uring_enter io_uring_register io_uring_setup", "@swap": "swapoff swapon",
		"somefuturecallofours": "somefuturecallofours",
	} {
		got, finding, err := profile.ExpandName(name)
		slices.Sort(got)
		if err != nil || strings.Join(got, " ") != want || (finding != nil) != strings.HasPrefix(name, "some") {
			t.Errorf("%s: %q, %v, %v", name, got, finding, err)
		}
	}
	for name, want := range map[string]string{
		"@clok": `(did you mean "@clock"?)`, "@": "(known groups: @aio, ", "opneat": `(did you mean "openat"?)`,
		"nothing_*": `"nothing_*" matches no system call`, "[a": `"[a" is not a glob`, "": "the name of a system call is empty",
	} {
		if got, _, err := profile.ExpandName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v and %v", name, want, got, err)
		}
	}
}
