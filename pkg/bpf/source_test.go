package bpf_test

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// source makes filters and programs of a fuzzer's bytes, small and close to each other, so that their parts meet.
type source []byte

func (s *source) next(n int) int {
	if len(*s) == 0 {
		return 0
	}
	b := int((*s)[0])
	*s = (*s)[1:]
	return b % n
}

var (
	calls   = []string{"read", "socket", "clone", "semop", "socketcall", "ipc", "mseal", "clone3", "open", "chmod", "personality", "ioctl"}
	actions = []specs.LinuxSeccompAction{
		specs.ActAllow, specs.ActErrno, specs.ActErrno, specs.ActKillProcess, specs.ActKill, specs.ActTrap, specs.ActTrace, specs.ActLog, specs.ActNotify,
	}
	operators = []specs.LinuxSeccompOperator{
		specs.OpEqualTo, specs.OpMaskedEqual, specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan, specs.OpGreaterEqual,
	}
	values = []uint64{0, 1, 2, 7, 38, 0x7e020000, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 1, ^uint64(0), ^uint64(99), 0x123456789abcdef0}
	errnos = []uint{1, 38, 13, 0, 4095}
)

func (s *source) filter(archs []specs.Arch) *specs.LinuxSeccomp {
	errno := func() *uint { n := errnos[s.next(len(errnos))]; return &n }
	f := &specs.LinuxSeccomp{DefaultAction: actions[s.next(len(actions))], DefaultErrnoRet: errno(), Architectures: archs[:1+s.next(len(archs))]}
	for range s.next(8) {
		r := specs.LinuxSyscall{Names: []string{calls[s.next(len(calls))]}, Action: actions[s.next(len(actions))], ErrnoRet: errno()}
		for range s.next(4) {
			r.Args = append(r.Args, specs.LinuxSeccompArg{
				Index: uint(s.next(3)), Op: operators[s.next(len(operators))], Value: values[s.next(len(values))], ValueTwo: values[s.next(len(values))],
			})
		}
		f.Syscalls = append(f.Syscalls, r)
	}
	return f
}

// The codes of x/sys/unix's BPF_LD|BPF_W|BPF_ABS and so on, which Linux alone has there.
const (
	loadWord, loadValue, andValue, goTo, give        = 0x20, 0x00, 0x54, 0x05, 0x06
	ifEqual, ifGreater, ifAtLeast, ifAny      uint16 = 0x15, 0x25, 0x35, 0x45
)

// program makes any program of the instructions that Meaning reads. All that it compares are words near each other.
func (s *source) program() bpf.Program {
	returns := []uint32{0x7fff0000, 0x00050001, 0x00050026, 0, 0x80000000, 0x00030000, 0x7ffc0000, 0x7ff00007, 0x7fc00000}
	audits := []uint32{0xc000003e, 0x40000003, 0xc00000b7, 0x80000016}
	n := 4 + s.next(60)
	p := make(bpf.Program, 0, n+1)
	for at := range n {
		left := n - at // to the last instruction, a return
		i := bpf.Instruction{}
		switch s.next(10) {
		case 0:
			i = bpf.Instruction{Code: loadWord}
		case 1:
			i = bpf.Instruction{Code: loadWord, K: 4}
		case 2, 3, 4:
			i = bpf.Instruction{Code: loadWord, K: 16 + 4*uint32(s.next(6))}
		case 5:
			i = bpf.Instruction{Code: loadValue, K: uint32(values[s.next(len(values))])}
			if s.next(2) == 0 {
				i.Code = give
				i.K = returns[s.next(len(returns))]
			}
		case 6:
			i = bpf.Instruction{Code: goTo, K: uint32(s.next(min(left, 5)))}
		default:
			i = bpf.Instruction{Code: []uint16{ifEqual, ifGreater, ifAtLeast, ifAny}[s.next(4)], Jt: uint8(s.next(min(left, 7))), Jf: uint8(s.next(min(left, 7)))}
			switch s.next(3) {
			case 0:
				i.K = uint32(values[s.next(len(values))])
			case 1:
				i.K = audits[s.next(len(audits))]
			case 2:
				i.K = uint32(s.next(256))
			}
			if s.next(4) == 0 {
				i = bpf.Instruction{Code: andValue, K: i.K}
			}
		}
		p = append(p, i)
	}
	return append(p, bpf.Instruction{Code: give, K: returns[s.next(len(returns))]})
}
