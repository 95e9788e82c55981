package syscalls_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// auditArch are the tokens that libseccomp knows an ABI by. libseccomp 2.5 has none for loong64.
var auditArch = map[specs.Arch]uint32{
	specs.ArchX86_64: unix.AUDIT_ARCH_X86_64, specs.ArchX86: unix.AUDIT_ARCH_I386, specs.ArchX32: 0x4000003e,
	specs.ArchAARCH64: unix.AUDIT_ARCH_AARCH64, specs.ArchARM: unix.AUDIT_ARCH_ARM, specs.ArchRISCV64: unix.AUDIT_ARCH_RISCV64,
	specs.ArchPPC64LE: unix.AUDIT_ARCH_PPC64LE, specs.ArchS390X: unix.AUDIT_ARCH_S390X,
}

// resolve asks this machine's libseccomp for the numbers of names.
func resolve(t *testing.T, program string, token uint32, names []string) (version string, numbers []int) {
	t.Helper()
	cmd := exec.Command(program, fmt.Sprintf("%#x", token))
	cmd.Stdin = strings.NewReader(strings.Join(names, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(out))
	if len(lines) != len(names)+1 {
		t.Fatalf("%d answers for %d names", len(lines)-1, len(names))
	}
	for _, line := range lines[1:] {
		nr, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, nr)
	}
	return lines[0], numbers
}

// The real libseccomp knows every name that its version's vocabulary says it knows, under the number of the tables.
func TestVocabularyOfThisMachine(t *testing.T) {
	program := filepath.Join(t.TempDir(), "resolve")
	if out, err := exec.Command("cc", "-o", program, "testdata/resolve.c", "-lseccomp").CombinedOutput(); err != nil {
		t.Fatalf("compile testdata/resolve.c (make deps installs gcc and libseccomp-dev): %v\n%s", err, out)
	}
	for abi, token := range auditArch {
		a := table(t, abi)
		names := a.Names()
		version, numbers := resolve(t, program, token, names)
		vocab, ok := syscalls.Vocabulary(version)
		if !ok {
			t.Fatalf("nothing is known of libseccomp %s", version)
		}
		var known, more []string
		for i, name := range names {
			want, _ := a.Number(name)
			switch nr := numbers[i]; {
			case nr >= 0 && nr != want:
				t.Errorf("%s: %s is %d, and %d in libseccomp", abi, name, want, nr)
			case nr == -1 && vocab.Knows(abi, name):
				t.Errorf("%s: libseccomp %s does not know %s", abi, version, name)
			case nr != -1:
				known = append(known, name)
				if !vocab.Knows(abi, name) {
					more = append(more, name)
				}
			}
		}
		// What a distribution added is known by With, for every ABI.
		vocab = vocab.With(more...)
		for _, name := range known {
			if !vocab.Knows(abi, name) {
				t.Errorf("%s: %s is not known to the vocabulary", abi, name)
			}
		}
		t.Logf("%s: libseccomp %s: %d of %d names known, %d beyond its release: %v", abi, version, len(known), len(names), len(more), more)
		for _, name := range []string{"mseal", "open_tree_attr", "listxattrat"} {
			if version == "2.5.4" && slices.Contains(known, name) {
				t.Logf("%s: this libseccomp 2.5.4 knows %s", abi, name)
			}
		}
	}
}

// The kernel headers of this machine have no number that the tables have not, and no other.
func TestNumbersAgreeWithHeaders(t *testing.T) {
	dir := "/usr/include/x86_64-linux-gnu/asm"
	if _, err := os.Stat(dir); err != nil {
		if runtime.GOARCH == "amd64" {
			t.Fatalf("%v: install linux-libc-dev", err)
		}
		t.Skip("the headers of x86-64 are not those of this machine")
	}
	for file, abi := range map[string]specs.Arch{
		"unistd_64.h": specs.ArchX86_64, "unistd_32.h": specs.ArchX86, "unistd_x32.h": specs.ArchX32,
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		a, headers := table(t, abi), map[string]bool{}
		for line := range strings.Lines(string(text)) {
			rest, ok := strings.CutPrefix(line, "#define __NR_")
			if !ok {
				continue
			}
			rest = strings.NewReplacer("(__X32_SYSCALL_BIT + ", "", ")", "").Replace(rest)
			fields := strings.Fields(rest)
			want, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			if abi == specs.ArchX32 {
				want |= 0x40000000
			}
			headers[fields[0]] = true
			if got, ok := a.Number(fields[0]); !ok || got != want {
				t.Errorf("%s: %s is %d (%v), and %d in %s", abi, fields[0], got, ok, want, file)
			}
		}
		if len(headers) < 300 {
			t.Errorf("%s: %d names", file, len(headers))
		}
		// What the headers do not have is newer than they: futex_waitv, 449, is in the headers of every supported distribution.
		for _, name := range a.Names() {
			nr, _ := a.Number(name)
			late := name == "uretprobe" || name == "uprobe"
			if !headers[name] && nr&^0x40000000 <= 449 && !late {
				t.Errorf("%s: %s (%d) is not in %s", abi, name, nr, file)
			}
		}
	}
}
