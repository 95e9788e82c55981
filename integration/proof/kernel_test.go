package main

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"unsafe"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
)

const child = "SECCOMPD_PROOF_CHILD"

// TestNumberIsLoadedInTheKernel: libseccomp 2.5.4 compiles the first filter to a program that compares the architecture with the
// number of socket, so that AF_ALG stays open. What Emit writes for it does not.
func TestNumberIsLoadedInTheKernel(t *testing.T) {
	if program := os.Getenv(child); program != "" {
		socketUnder(program)
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("it is about x86_64 with x32")
	}
	eperm := uint(unix.EPERM)
	f := &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Architectures: hosts["amd64"],
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"socketcall"}, Action: specs.ActErrno, ErrnoRet: &eperm},
			{Names: []string{"socket"}, Action: specs.ActErrno, ErrnoRet: &eperm, Args: []specs.LinuxSeccompArg{{Value: unix.AF_ALG, Op: specs.OpEqualTo}}},
		},
	}
	m := machine{native: specs.ArchX86_64, abis: hosts["amd64"], vocab: library()}
	out, _, err := algebra.Canonical(f, algebra.Env{Native: m.native, Vocabulary: &m.vocab, Stub: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.ask(t, f); got == int(eperm) {
		t.Log("this libseccomp loads the number: the rule that Emit adds is not needed")
	}
	if got := m.ask(t, out); got != int(eperm) {
		t.Errorf("socket(AF_ALG) gives errno %d, want EPERM", got)
	}
}

// ask returns the errno of socket(AF_ALG) under a filter.
func (m machine) ask(t *testing.T, f *specs.LinuxSeccomp) int {
	t.Helper()
	p, err := m.compile(f)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=TestNumberIsLoadedInTheKernel")
	cmd.Env = []string{child + "=" + hex.EncodeToString(p.Encode(binary.LittleEndian))}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v: %s", err, out)
	}
	n, err := strconv.Atoi(string(out))
	if err != nil {
		t.Fatalf("child says %q", out)
	}
	return n
}

func socketUnder(program string) {
	text, err := hex.DecodeString(program)
	if err != nil {
		panic(err)
	}
	p, err := bpf.Decode(text, binary.LittleEndian)
	if err != nil {
		panic(err)
	}
	runtime.LockOSThread()
	filter := make([]unix.SockFilter, len(p))
	for i, x := range p {
		filter[i] = unix.SockFilter{Code: x.Code, Jt: x.Jt, Jf: x.Jf, K: x.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0); err != nil {
		panic(err)
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SOCKET, unix.AF_ALG, unix.SOCK_SEQPACKET, 0)
	os.Stdout.WriteString(strconv.Itoa(int(errno)))
	os.Exit(0)
}
