package integration_test

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// A way is one call that a pack denies, in the words of the probe.
type way struct {
	word, call string
	args       []specs.LinuxSeccompArg // conditions of the rule that denies it
	errno      uint
}

// harmless are arguments with which a call does nothing even where it is
// permitted; where none are given they are all 0, which is a null pointer, a
// wrong magic number, or nothing to do.
var harmless = map[string][6]string{
	"kexec_load": {3: "0xffff"}, // else it unloads what was loaded
	"acct":       {0: "@/nowhere"},
	"clone":      {0: "17"}, // SIGCHLD, for the probe to wait for
}

// entries are the ways into the kernel of amd64, as the probe knows them.
var entries = []struct {
	arch   specs.Arch
	prefix string
	wide   bool
	marks  int // what the table's numbers have and the probe's have not
}{
	{specs.ArchX86_64, "64:", true, 0}, {specs.ArchX86, "32:", false, 0}, {specs.ArchX32, "x32:", true, 1 << 30},
}

func loadPacks(t *testing.T) map[string]*pack.Pack {
	t.Helper()
	packs, err := packfile.Load()
	if err != nil {
		t.Fatal(err)
	}
	return packs
}

func expand(t *testing.T, open []string, names ...string) *pack.Expansion {
	t.Helper()
	e, err := pack.Expand([]profile.Call{{Names: names}}, open, loadPacks(t))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// resolveHere is a profile on this machine.
func resolveHere(t *testing.T, p *profile.Profile, facts host.Facts) *specs.LinuxSeccomp {
	t.Helper()
	f, err := p.Resolve(profile.Target{Facts: facts, Capabilities: packCapabilities})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// ways lists every call that rules deny, through every entry that has it and
// that the kernel runs, and x32's, where a filter comes before the kernel: each with the arguments that a rule is about, and with bits beside them that the
// kernel does not look at.
func ways(rules []specs.LinuxSyscall, facts host.Facts) []way {
	var out []way
	for _, r := range rules {
		for _, name := range r.Names {
			for _, e := range entries {
				table, _ := syscalls.Table(e.arch)
				nr, ok := table.Number(name)
				if !ok || e.arch == specs.ArchX86 && !facts.Runs(e.arch) {
					continue
				}
				for _, args := range arguments(name, r.Args, e.wide) {
					word := fmt.Sprintf("%s%d:%s", e.prefix, nr-e.marks, strings.Join(args[:], ","))
					out = append(out, way{word, e.prefix + name, r.Args, *r.ErrnoRet})
				}
			}
		}
	}
	return out
}

func arguments(name string, conditions []specs.LinuxSeccompArg, wide bool) [][6]string {
	base := harmless[name]
	for i := range base {
		if base[i] == "" {
			base[i] = "0"
		}
	}
	out := [][6]string{base}
	for _, c := range conditions {
		value := c.Value
		if c.Op == specs.OpMaskedEqual {
			value = c.ValueTwo
		}
		with := base
		with[c.Index] = fmt.Sprintf("%#x", value)
		out[0] = with
		if name == "clone" {
			out[0][c.Index] = fmt.Sprintf("%#x", value|17)
		}
		if wide && c.Op == specs.OpMaskedEqual && bits.Len64(c.Value) <= 32 {
			with[c.Index] = fmt.Sprintf("%#x", value|1<<40)
			out = append(out, with)
		}
	}
	return out
}
