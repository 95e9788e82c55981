package packfile_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

var update = flag.Bool("update", false, "write the generated part of docs/packs.md")

const (
	docs   = "../../../docs/packs.md"
	marker = "-run TestDocs -update -->\n"
)

// The documentation says what the data says.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, have, ok := strings.Cut(string(text), marker)
	if !ok {
		t.Fatalf("%s has no line that ends in %q", docs, marker)
	}
	packs := load(t)
	var b strings.Builder
	b.WriteString("\n| pack | aim |\n|---|---|\n")
	names := slices.Sorted(maps.Keys(packs))
	for _, name := range names {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", name, name, packs[name].Aim)
	}
	for _, name := range names {
		section(&b, packs[name])
	}
	want := b.String()
	if *update {
		if err := os.WriteFile(docs, []byte(head+marker+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("docs/packs.md is not what config/packs says (-want +have, -update writes it):\n%s", diff)
	}
}

func section(b *strings.Builder, p *pack.Pack) {
	fmt.Fprintf(b, "\n## %s\n\n%s: %s.\n\n%s\n\n", p.Name, "`pack:"+p.Name+"`", p.Aim, p.Why)
	if len(p.Includes) > 0 {
		b.WriteString("It includes the packs")
		for i, part := range p.Includes {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(b, " [`%s`](#%s)", part, part)
		}
		b.WriteString(".\n\n")
	}
	b.WriteString("| denied | answer | because | collateral |\n|---|---|---|---|\n")
	for _, d := range p.Denials {
		reason := d.Why
		if d.Around != "" {
			reason = "*way round:* " + d.Around
		}
		fmt.Fprintf(b, "| %s%s | %s | %s | %s |\n", "`"+strings.Join(d.Names, "`, `")+"`", when(d), answers(d), reason, d.Collateral)
	}
	fmt.Fprintf(b, "\nBreaks: %s\n", p.Breaks)
	if p.Leaves != "" {
		fmt.Fprintf(b, "\nLeaves: %s\n", p.Leaves)
	}
}

func when(d pack.Denial) string {
	switch {
	case d.Bits != nil:
		var flags []string
		for _, f := range d.Bits.Flags {
			flags = append(flags, "`"+f.Name+"`")
		}
		return " with " + strings.Join(flags, " or ")
	case len(d.Args) > 0:
		var conditions []string
		for _, a := range d.Args {
			value := a.Value
			if a.Op == specs.OpMaskedEqual {
				value = a.ValueTwo
			}
			conditions = append(conditions, fmt.Sprintf("argument %d = %d", a.Index, value))
		}
		return " where " + strings.Join(conditions, " and ")
	}
	return ""
}

// answers lists the errors of a denial's calls: most have one for all, and where they differ each is with its calls.
func answers(d pack.Denial) string {
	calls := map[string][]string{}
	for _, name := range d.Names {
		errno := "EPERM"
		switch {
		case d.Errno != nil:
			errno = syscalls.ErrnoName(*d.Errno)
		case syscalls.ExpectsENOSYS(name):
			errno = "ENOSYS"
		}
		calls[errno] = append(calls[errno], "`"+name+"`")
	}
	var out []string
	for _, errno := range slices.Sorted(maps.Keys(calls)) {
		if len(calls) == 1 {
			return errno
		}
		out = append(out, errno+" ("+strings.Join(calls[errno], ", ")+")")
	}
	return strings.Join(out, ", ")
}
