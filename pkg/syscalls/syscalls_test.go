package syscalls_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

func table(t testing.TB, abi specs.Arch) *syscalls.ABI {
	t.Helper()
	a, ok := syscalls.Table(abi)
	if !ok {
		t.Fatalf("no table for %s", abi)
	}
	return a
}

func TestTablesAreConsistent(t *testing.T) {
	want := []specs.Arch{
		specs.ArchX86_64, specs.ArchX86, specs.ArchX32, specs.ArchAARCH64, specs.ArchARM, specs.ArchRISCV64,
		specs.ArchPPC64LE, specs.ArchS390X, specs.ArchLOONGARCH64,
	}
	if got := syscalls.ABIs(); !slices.Equal(got, want) {
		t.Fatalf("ABIs() = %v", got)
	}
	for _, abi := range want {
		a := table(t, abi)
		list := a.Names()
		if a.Arch() != abi || !slices.IsSorted(list) || len(list) < 320 {
			t.Errorf("%s: Arch() = %s, %d names", abi, a.Arch(), len(list))
		}
		highest := 0
		for _, name := range list {
			nr, ok := a.Number(name)
			back, found := a.Name(nr)
			if !ok || !found || back != name || !syscalls.Known(name) {
				t.Errorf("%s: %s has number %d (%v), which is %q (%v)", abi, name, nr, ok, back, found)
			}
			if nr < 0xf0000 || nr >= 1<<30 {
				highest = max(highest, nr)
			}
		}
		if a.Highest() != highest {
			t.Errorf("%s: Highest() = %d, want %d", abi, a.Highest(), highest)
		}
		for _, name := range []string{"", "a", "zzz", "socke"} {
			if nr, ok := a.Number(name); ok {
				t.Errorf("%s: Number(%q) = %d", abi, name, nr)
			}
		}
		for _, nr := range []int{-1, 1<<31 - 1, 9999} {
			if name, ok := a.Name(nr); ok {
				t.Errorf("%s: Name(%d) = %q", abi, nr, name)
			}
		}
	}
	if _, ok := syscalls.Table(specs.ArchMIPS); ok {
		t.Error("there is a table for MIPS")
	}
}

func TestNative(t *testing.T) {
	for goarch, want := range map[string]specs.Arch{
		"amd64": specs.ArchX86_64, "386": specs.ArchX86, "arm64": specs.ArchAARCH64, "arm": specs.ArchARM,
		"riscv64": specs.ArchRISCV64, "ppc64le": specs.ArchPPC64LE, "s390x": specs.ArchS390X, "loong64": specs.ArchLOONGARCH64,
		"": "", "mips": "",
	} {
		if got, ok := syscalls.Native(goarch); got != want || ok != (want != "") {
			t.Errorf("Native(%q) = %q, %v", goarch, got, ok)
		}
	}
}

// The tables come from golang.org/x/sys. go-seccomp-bpf generates its own from the kernel's source: both have to agree.
func TestNumbersAgreeWithGoSeccompBPF(t *testing.T) {
	for abi, other := range map[specs.Arch]*arch.Info{
		specs.ArchX86_64: arch.X86_64, specs.ArchX86: arch.I386, specs.ArchAARCH64: arch.AARCH64, specs.ArchARM: arch.ARM,
	} {
		a, common := table(t, abi), 0
		for name, want := range other.SyscallNames {
			got, ok := a.Number(name)
			if !ok {
				continue
			}
			common++
			if got != want {
				t.Errorf("%s: %s is %d, and %d in go-seccomp-bpf", abi, name, got, want)
			}
		}
		if common < 300 {
			t.Errorf("%s: only %d names in common", abi, common)
		}
	}
}

func TestKnownNumbers(t *testing.T) {
	for _, c := range []struct {
		abi  specs.Arch
		name string
		nr   int
	}{
		{specs.ArchX86_64, "socket", 41},
		{specs.ArchX86_64, "uretprobe", 335},
		{specs.ArchX86, "socketcall", 102},
		{specs.ArchX32, "read", 0x40000000},
		{specs.ArchX32, "execve", 0x40000000 + 520},
		{specs.ArchX32, "listns", 0x40000000 + 470},
		{specs.ArchX32, "uselib", -1},
		{specs.ArchARM, "set_tls", 0xf0005},
		{specs.ArchAARCH64, "newfstatat", 79},
		{specs.ArchAARCH64, "open", -1},
		{specs.ArchRISCV64, "riscv_hwprobe", 258},
		{specs.ArchPPC64LE, "switch_endian", 363},
		{specs.ArchS390X, "s390_sthyi", 380},
		{specs.ArchLOONGARCH64, "mseal", 462},
	} {
		nr, ok := table(t, c.abi).Number(c.name)
		if ok != (c.nr >= 0) || ok && nr != c.nr {
			t.Errorf("%s: %s = %d, %v, want %d", c.abi, c.name, nr, ok, c.nr)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{"socket": true, "sysmips": true, "set_tls": true, "sokcet": false, "": false, "arch_specific_syscall": false} {
		if got := syscalls.Known(name); got != want {
			t.Errorf("Known(%q) = %v", name, got)
		}
	}
	for name, want := range map[string]string{"sokcet": "socket", "unshar": "unshare", "MOUNT": "mount", "xyzzyxyzzy": ""} {
		if got := syscalls.Suggest(name); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", name, got, want)
		}
	}
}

// What is committed is what the sources give.
func TestGenerated(t *testing.T) {
	want, err := os.ReadFile("zsyscalls.go")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", "./internal/gen")
	cmd.Stderr = os.Stderr
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("zsyscalls.go differs from its sources; run go generate ./pkg/syscalls")
	}
}

func BenchmarkNumber(b *testing.B) {
	a := table(b, specs.ArchX86_64)
	b.ReportAllocs()
	for b.Loop() {
		a.Number("openat2")
	}
}
