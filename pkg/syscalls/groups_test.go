package syscalls_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

func TestGroups(t *testing.T) {
	for _, group := range syscalls.Groups() {
		calls, ok := syscalls.Group(group)
		if !ok || len(calls) == 0 || !slices.IsSorted(calls) || len(slices.Compact(slices.Clone(calls))) != len(calls) {
			t.Errorf("@%s: %v, %v", group, ok, calls)
		}
		for _, call := range calls {
			if !syscalls.Known(call) {
				t.Errorf("@%s: no call is named %q", group, call)
			}
		}
		calls[0] = "changed"
		if again, _ := syscalls.Group(group); again[0] == "changed" {
			t.Errorf("@%s is shared with its callers", group)
		}
	}
	if _, ok := syscalls.Group("no such"); ok {
		t.Error("a group that is not there")
	}
}

func TestGroupMembers(t *testing.T) {
	for _, c := range []struct {
		group string
		has   []string
		not   []string
	}{
		{"clock", []string{"clock_settime", "clock_settime64", "adjtimex"}, []string{"clock_gettime"}},
		{"privileged", []string{"swapon", "init_module", "iopl", "reboot", "chown", "bpf"}, []string{"mount", "@swap"}},
		{"system-service", []string{"read", "socket", "io_uring_setup", "keyctl", "clone3"}, []string{"mount", "ptrace", "bpf"}},
		{"sandbox", []string{"landlock_restrict_self", "seccomp"}, []string{"prctl"}},
		{"known", []string{"read", "mount", "open_tree_attr", "set_tls"}, nil},
	} {
		calls, _ := syscalls.Group(c.group)
		for _, call := range c.has {
			if !slices.Contains(calls, call) {
				t.Errorf("@%s has no %s", c.group, call)
			}
		}
		for _, call := range c.not {
			if slices.Contains(calls, call) {
				t.Errorf("@%s has %s", c.group, call)
			}
		}
	}
}

// The file is written as its head says, so that a change shows as what it is.
func TestGroupsFileIsSorted(t *testing.T) {
	data, err := os.ReadFile("data/groups.tsv")
	if err != nil {
		t.Fatal(err)
	}
	members := map[string][]string{}
	var order []string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		group, list, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			t.Fatalf("not a group and its members: %q", line)
		}
		order = append(order, group)
		members[group] = append(members[group], strings.Fields(list)...)
	}
	if !slices.IsSorted(order) {
		t.Errorf("the groups are not sorted: %q", order)
	}
	for group, list := range members {
		if !slices.IsSorted(list) {
			t.Errorf("@%s is not sorted: %q", group, list)
		}
	}
}
