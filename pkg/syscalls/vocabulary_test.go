package syscalls_test

import (
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

func TestVocabulary(t *testing.T) {
	for _, c := range []struct {
		version string
		abi     specs.Arch
		name    string
		want    bool
	}{
		{"2.5.0", specs.ArchX86_64, "faccessat2", true},
		{"2.5.1", specs.ArchX86_64, "close_range", false},
		{"2.5.2", specs.ArchX86_64, "close_range", true},
		{"2.5.3", specs.ArchX86_64, "futex_waitv", false},
		{"2.5.4", specs.ArchX86_64, "futex_waitv", true},
		{"2.5.4", specs.ArchX86_64, "mseal", false},
		{"2.5.4", specs.ArchX86_64, "open_tree_attr", false},
		{"2.5.4", specs.ArchX86_64, "listxattrat", false},
		{"2.5.4-dev", specs.ArchX86_64, "futex_waitv", true},
		{"2.5.9", specs.ArchX86_64, "mseal", true},
		{"2.6.0", specs.ArchX86_64, "open_tree_attr", false},
		{"2.6.1", specs.ArchX86_64, "open_tree_attr", true},
		{"3.0.0", specs.ArchX86_64, "socket", true},
		{"2.6.1", specs.ArchRISCV64, "riscv_hwprobe", false},
		{"2.6.0", specs.ArchLOONGARCH64, "socket", true},
		{"2.5.6", specs.ArchLOONGARCH64, "socket", false},
		{"2.6.0", specs.ArchAARCH64, "open", false},
		{"2.6.0", specs.ArchX86, "socketcall", true},
		{"2.6.0", specs.ArchMIPS, "socket", false},
		{"2.6.0", specs.ArchX86_64, "no such", false},
	} {
		v, ok := syscalls.Vocabulary(c.version)
		if !ok {
			t.Errorf("Vocabulary(%q) is not known", c.version)
		}
		if got := v.Knows(c.abi, c.name); got != c.want {
			t.Errorf("%s knows %s on %s: %v", c.version, c.name, c.abi, got)
		}
	}
	for _, version := range []string{"", "2", "2.5", "2.4.4", "1.0.0", "a.b.c", "2.5.x", "2.5.999", "-2.5.4"} {
		if _, ok := syscalls.Vocabulary(version); ok {
			t.Errorf("Vocabulary(%q) is known", version)
		}
	}
	var nothing syscalls.Vocab
	if nothing.Knows(specs.ArchX86_64, "read") {
		t.Error("the zero vocabulary knows read")
	}
}

func TestVocabularyWith(t *testing.T) {
	v, _ := syscalls.Vocabulary("2.5.4")
	more := v.With("mseal", "cachestat", "mseal")
	for _, name := range []string{"mseal", "cachestat", "read"} {
		if !more.Knows(specs.ArchX86_64, name) {
			t.Errorf("With: %s is not known", name)
		}
	}
	if v.Knows(specs.ArchX86_64, "mseal") || more.Knows(specs.ArchX86_64, "statmount") {
		t.Error("With changed more than it was told")
	}
	if !slices.Contains(v.Lacks(), "mseal") || slices.Contains(more.Lacks(), "mseal") || slices.Contains(v.Lacks(), "read") {
		t.Errorf("Lacks() = %v and %v", v.Lacks(), more.Lacks())
	}
}
