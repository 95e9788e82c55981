package main

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// machine is what a filter is evaluated for.
type machine struct {
	native  specs.Arch
	abis    []specs.Arch // that the pair's filters may list, the native one first
	vocab   syscalls.Vocab
	lenient bool // names that the library does not know count, as their author meant
	nri     bool // the filter loses the errno of its default on the way to the runtime
	crun    bool // the runtime is crun, which has no ENOSYS stub and no binary tree
}

// knows reports whether a rule for a name counts on an ABI.
func (m machine) knows(abi specs.Arch, name string) bool {
	return m.lenient || m.vocab.Knows(abi, name)
}

// socketcalls and ipcs are in the order of their numbers in linux/net.h and linux/ipc.h, from 1 on.
var (
	socketcalls = []string{
		"socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv", "sendto",
		"recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
	}
	ipcs = []string{
		"semop", "semget", "semctl", "semtimedop", "", "", "", "", "", "", "msgsnd", "msgrcv", "msgget", "msgctl", "", "", "", "", "",
		"", "shmat", "shmdt", "shmget", "shmctl",
	}
	muxed = []specs.Arch{specs.ArchX86, specs.ArchPPC64LE, specs.ArchS390X}
)

// reading is a filter on one ABI, its rules sorted by the number that they are for and else untouched.
type reading struct {
	machine
	abi      specs.Arch
	table    *syscalls.ABI
	killed   bool
	fallback verdict
	highest  int // from the number after it on runc answers ENOSYS; 0: it does not
	rules    map[int][]oneRule
}

type oneRule struct {
	verdict verdict
	args    []specs.LinuxSeccompArg
	index   int // the number in a multiplexer
}

func (m machine) read(f *specs.LinuxSeccomp, abi specs.Arch) *reading {
	table, _ := syscalls.Table(abi)
	r := &reading{machine: m, abi: abi, table: table, rules: map[int][]oneRule{}}
	r.killed = abi != m.native && !slices.Contains(f.Architectures, abi)
	r.fallback = verdictOf(f.DefaultAction, f.DefaultErrnoRet)
	if !m.crun && !slices.Contains([]specs.LinuxSeccompAction{specs.ActAllow, specs.ActLog, specs.ActTrace}, r.fallback.action) {
		r.highest = m.highest(f, abi)
	}
	for _, s := range f.Syscalls {
		v := verdictOf(s.Action, s.ErrnoRet)
		if v == r.fallback {
			continue
		}
		sets := [][]specs.LinuxSeccompArg{s.Args}
		if twice(s.Args) {
			sets = nil
			for _, a := range s.Args {
				sets = append(sets, []specs.LinuxSeccompArg{a})
			}
		}
		for _, name := range s.Names {
			for _, set := range sets {
				if mux, index := r.carrier(name); index > 0 {
					r.rules[mux] = append(r.rules[mux], oneRule{v, set, index})
				}
				if nr, ok := table.Number(name); ok && m.knows(abi, name) {
					r.rules[nr] = append(r.rules[nr], oneRule{v, set, 0})
				}
			}
		}
	}
	return r
}

// evaluate returns what the filter says to a call, by going through the rules for it.
func (r *reading) evaluate(nr int, args [6]uint64) verdict {
	if r.killed {
		return verdict{action: specs.ActKillThread}
	}
	if r.highest > 0 && (nr > r.highest || nr == 0 && r.abi == specs.ArchS390X) {
		return verdict{specs.ActErrno, errENOSYS}
	}
	own, _ := r.table.Name(nr)
	found, any := verdict{}, false
	for _, rule := range r.rules[nr] {
		holds, always := r.holds(own, rule, args)
		if always {
			return rule.verdict // it deletes those before it, and none after it is added
		}
		if holds && (!any || rule.verdict.compare(found) < 0) {
			found, any = rule.verdict, true
		}
	}
	if any {
		return found
	}
	return r.fallback
}

// carrier returns the multiplexer that libseccomp makes a second rule for, and the call's number in it.
func (r *reading) carrier(name string) (mux, index int) {
	if !slices.Contains(muxed, r.abi) {
		return 0, 0
	}
	if !r.lenient && !slices.ContainsFunc(syscalls.ABIs(), func(a specs.Arch) bool { return r.vocab.Knows(a, name) }) {
		return 0, 0
	}
	for mux, list := range map[string][]string{"socketcall": socketcalls, "ipc": ipcs} {
		if i := slices.Index(list, name); i >= 0 {
			nr, _ := r.table.Number(mux)
			return nr, i + 1
		}
	}
	return 0, 0
}

func twice(args []specs.LinuxSeccompArg) bool {
	for i, a := range args {
		if slices.ContainsFunc(args[i+1:], func(b specs.LinuxSeccompArg) bool { return a.Index == b.Index }) {
			return true
		}
	}
	return false
}

// holds evaluates the conditions of a rule; always says that it has none.
func (r *reading) holds(own string, rule oneRule, args [6]uint64) (holds, always bool) {
	holds, always = true, rule.index == 0
	if rule.index != 0 {
		holds = uint32(args[0]) == uint32(rule.index)
	}
	for _, a := range rule.args {
		if rule.index != 0 && a.Index == 0 {
			continue
		}
		yes, none := condition(r.abi, own, a, args[a.Index])
		holds = holds && yes
		always = always && none
	}
	return holds, always
}

// highest is the highest number named, as runc counts it: the library has no number for what it knows as part of a
// multiplexer.
func (m machine) highest(f *specs.LinuxSeccomp, abi specs.Arch) int {
	table, _ := syscalls.Table(abi)
	h := 0
	for _, s := range f.Syscalls {
		for _, name := range s.Names {
			if slices.Contains(muxed, abi) && (slices.Contains(socketcalls, name) || slices.Contains(ipcs, name)) {
				continue
			}
			if nr, ok := table.Number(name); ok && m.knows(abi, name) {
				h = max(h, nr)
			}
		}
	}
	return h
}
