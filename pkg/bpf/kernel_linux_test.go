package bpf

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel is asked in a child: it loads a program that computes an errno from the call's arguments, makes a call that
// does nothing else, and prints the errno.
const child = "SECCOMPD_BPF_CHILD"

// errnoOf wraps a program's computation: what it leaves in A becomes an errno of 12 bits, for one number only.
func errnoOf(body Program) Program {
	p := Program{
		{Code: ld | abs}, {Code: jmp | jeq, K: unix.SYS_SETFSUID, Jt: 1}, {Code: ret, K: 0x7fff0000},
	}
	p = append(p, body...)
	return append(p, Program{
		{Code: alu | and, K: 0x7ff}, {Code: alu | or, K: 0x00050400}, {Code: ret | retA},
	}...)
}

func randomBody(r *rand.Rand) Program {
	ops := []uint16{add, sub, mul, div, or, and, lsh, rsh, xor}
	p := Program{{Code: ld | abs, K: 16}, {Code: misc | tax}, {Code: ld | abs, K: 20}, {Code: st, K: 3}, {Code: stx, K: 4}}
	for range 20 {
		k := r.Uint32() >> r.IntN(32)
		switch r.IntN(8) {
		case 0:
			p = append(p, Instruction{Code: ld | abs, K: 4 * (4 + uint32(r.IntN(12)))})
		case 1:
			p = append(p, Instruction{Code: misc | uint16(r.IntN(2))*txa})
		case 2:
			p = append(p, Instruction{Code: alu | neg})
		case 3:
			p = append(p, Instruction{Code: uint16(r.IntN(2)) | length})
		case 4:
			p = append(p, Instruction{Code: uint16(r.IntN(2)) | mem, K: 3 + uint32(r.IntN(2))})
		case 5:
			op := []uint16{jeq, jgt, jge, jset}[r.IntN(4)]
			p = append(p, Instruction{Code: jmp | op | uint16(r.IntN(2))*srcX, K: k, Jt: 1}, Instruction{Code: alu | add, K: k}, Instruction{Code: alu | xor, K: 0x55})
		default:
			op := ops[r.IntN(len(ops))]
			src := uint16(r.IntN(2)) * srcX
			switch {
			case op == lsh || op == rsh:
				k, src = k%32, 0 // by more than 31 it is undefined
			case op == div:
				k, src = k|1, 0
			}
			p = append(p, Instruction{Code: alu | op | src, K: k})
		}
	}
	return errnoOf(p)
}

func TestRunAsTheKernelDoes(t *testing.T) {
	if seed := os.Getenv(child); seed != "" {
		inKernel(seed)
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("setfsuid has the number of amd64 here")
	}
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := randomBody(r)
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		d := Data{Nr: unix.SYS_SETFSUID, Arch: 0xc000003e}
		for i := range d.Args {
			d.Args[i] = r.Uint64() >> r.IntN(64)
		}
		_, want := Action(p.Run(&d))
		cmd := exec.Command(os.Args[0], "-test.run=TestRunAsTheKernelDoes")
		cmd.Env = []string{child + "=" + strconv.FormatUint(seed, 10)}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("child: %v: %s", err, out)
		}
		if got := string(out); got != strconv.Itoa(int(want)) {
			t.Fatalf("seed %d: the kernel answers %s, Run %d:\n%s", seed, got, want, p)
		}
	}
}

func inKernel(seed string) {
	n, _ := strconv.ParseUint(seed, 10, 64)
	r := rand.New(rand.NewPCG(n, 1))
	p := randomBody(r)
	var a [6]uintptr
	for i := range a {
		a[i] = uintptr(r.Uint64() >> r.IntN(64))
	}
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	if err := Load(p, 0); err != nil {
		panic(err)
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SETFSUID, a[0], a[1], a[2], a[3], a[4], a[5])
	os.Stdout.WriteString(strconv.Itoa(int(errno)))
	os.Exit(0)
}
