package main

import (
	"math/rand/v2"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// written are pairs that no generator is likely to make, and that were wrong once.
func (r *result) written() {
	eperm := uint(errEPERM)
	deny := func(name string, args ...specs.LinuxSeccompArg) specs.LinuxSyscall {
		return specs.LinuxSyscall{Names: []string{name}, Action: specs.ActErrno, ErrnoRet: &eperm, Args: args}
	}
	for _, c := range []struct {
		name, goarch string
		rules        []specs.LinuxSyscall
	}{
		// libseccomp 2.5.4 forgets to load the number.
		{"socketcall first", "amd64", []specs.LinuxSyscall{deny("socketcall"), deny("socket", specs.LinuxSeccompArg{Value: 38, Op: specs.OpEqualTo})}},
		{"open first", "arm64", []specs.LinuxSyscall{deny("open"), deny("semctl", specs.LinuxSeccompArg{Value: 1, Op: specs.OpEqualTo})}},
	} {
		abis := hosts[c.goarch]
		if c.goarch == "arm64" {
			abis = abis[:1]
		}
		everything := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: abis}
		floor := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: abis, Syscalls: c.rules}
		r.prove(pair{"written, " + c.name, machine{native: abis[0], abis: abis, vocab: library(), lenient: true}, everything, floor}, rand.New(rand.NewPCG(1, 1)))
	}
}
