package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// harmless are calls that a container's program may make with any arguments, and whose answers do not depend on which other
// processes there are. The file descriptors that they take are its own.
var harmless = []string{
	"socket", "personality", "setfsuid", "setfsgid", "umask", "access", "readlinkat", "getxattr", "lgetxattr", "statfs",
	"epoll_create1", "eventfd2", "timerfd_create", "inotify_init1", "sysinfo", "getcpu",
}

// ofOthers are the calls that integration/probe makes for itself, and those that a runtime written in Go makes now and then and
// survives without: here it should not have to.
var ofOthers = []string{
	"exit", "mmap", "clone", "wait4", "getpid", "openat", "read", "close", "write", "rt_sigprocmask", "rt_sigtimedwait", "execve",
	"exit_group", "rt_sigaction", "munmap", "madvise", "nanosleep", "sched_yield", "gettid", "tgkill", "sigaltstack", "clone3", "set_robust_list",
	"epoll_ctl", "epoll_pwait", "rseq", "prlimit64", "unlinkat", "shutdown", "mprotect", "fcntl", "getrandom",
}

// TestLoadedByRuntimes has real runtimes load filters that were met, reads them back from the kernel and holds them to the
// rules of both inputs, as a program in the virtual machine and by calls that a container makes.
func TestLoadedByRuntimes(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the runtimes are for the machine, and the pairs for x86_64")
	}
	count := *filters
	if os.Getenv("SECCOMPD_SOAK") != "" {
		count = 300
	}
	for _, r := range runtimes(t) {
		t.Run(r.name, func(t *testing.T) {
			var found result
			made, ia32 := 0, r.runsIA32(t)
			for from := 0; from < count; from += 50 {
				var trials []trial
				for i := from; i < min(from+50, count); i++ {
					trials = append(trials, r.trial(t, i, ia32))
				}
				kernel := r.control(t, trials)
				for _, c := range trials {
					if *stop && t.Failed() {
						break
					}
					if r.load(t, c, kernel, &found) {
						made += len(c.calls)
					}
				}
			}
			found.check(t)
			t.Logf("%d filters loaded by %s and read back; %d calls made in containers; 32-bit calls: %t", found.pairs, r.name, made, ia32)
			if found.pairs < count && !t.Failed() {
				t.Errorf("only %d of %d filters were loaded", found.pairs, count)
			}
		})
	}
}

// pair makes a pair that leaves a runtime and the probe what they need.
func (r *loader) pair(i int) (pair, *generator) {
	g := &generator{Rand: rand.New(rand.NewPCG(11, uint64(i))), vocab: library(), wide: i%2 == 0}
	abis := [][]specs.Arch{{specs.ArchX86_64}, {specs.ArchX86_64, specs.ArchX86}, {specs.ArchX86_64, specs.ArchX86, specs.ArchX32}}[g.IntN(3)]
	actions := []specs.LinuxSeccompAction{specs.ActAllow, specs.ActErrno, specs.ActErrno, specs.ActLog, specs.ActTrap, specs.ActKillProcess, specs.ActKill, specs.ActTrace}
	pool := []string{"socket", "personality"}
	for range g.IntN(3) {
		pool = append(pool, harmless[g.IntN(len(harmless))])
	}
	p := pair{name: fmt.Sprintf("%s %d", r.name, i), machine: machine{native: abis[0], abis: abis, vocab: g.vocab, crun: r.crun, lenient: i%3 == 0}}
	p.a, p.b = g.filter(abis, pool, actions), g.filter(abis, pool, actions)
	if i < len(operators) {
		p.a, p.b = bounds(operators[i], i)
	}
	for _, f := range []*specs.LinuxSeccomp{p.a, p.b} {
		f.Architectures = abis
		needed := specs.LinuxSyscall{Names: append(slices.Clone(ofOthers), r.needed...), Action: specs.ActAllow}
		for i, s := range f.Syscalls {
			f.Syscalls[i].Names = slices.DeleteFunc(s.Names, func(n string) bool { return slices.Contains(needed.Names, n) })
		}
		f.Syscalls = slices.Insert(f.Syscalls, 0, needed)
	}
	return p, g
}

var operators = []specs.LinuxSeccompOperator{
	specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan, specs.OpGreaterEqual, specs.OpNotEqual, specs.OpEqualTo, specs.OpMaskedEqual,
}

// bounds returns filters of which one has a condition on a word, an int and a mode, and two on one argument, of calls that the
// other allows, and whose defaults have two errnos.
func bounds(op specs.LinuxSeccompOperator, i int) (a, b *specs.LinuxSeccomp) {
	errnos := [][2]uint{{errEPERM, errENOSYS}, {22, 13}, {errENOSYS, errEPERM}}[i%3]
	at := func(v uint64) []specs.LinuxSeccompArg {
		return []specs.LinuxSeccompArg{{Op: op, Value: v, ValueTwo: v & 0xf}}
	}
	a = &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: &errnos[0], Syscalls: []specs.LinuxSyscall{
		{Names: []string{"access"}, Action: specs.ActAllow, Args: at(1<<33 | 37)},
		{Names: []string{"socket"}, Action: specs.ActAllow, Args: at(38)},
		{Names: []string{"umask"}, Action: specs.ActAllow, Args: at(7)},
		{Names: []string{"getpgid"}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Value: 1, Op: specs.OpEqualTo}, {Value: 2, Op: specs.OpEqualTo}}},
	}}
	b = &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: &errnos[1], Syscalls: []specs.LinuxSyscall{
		{Names: []string{"access", "socket", "umask", "getpgid"}, Action: specs.ActAllow},
	}}
	return a, b
}

// trial is a pair, what it is met to, and calls to make under that.
type trial struct {
	pair
	random *rand.Rand
	out    *specs.LinuxSeccomp
	rec    algebra.Record
	read   algebra.Meaning
	calls  []probed
}

func (r *loader) trial(t *testing.T, i int, ia32 bool) trial {
	p, g := r.pair(i)
	c := trial{pair: p, random: g.Rand}
	var err error
	if c.out, c.rec, c.read, err = met(p); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	w := words{}
	w.add(p.a)
	w.add(p.b)
	for _, name := range slices.Sorted(maps.Keys(w)) {
		if !slices.Contains(harmless, name) {
			continue
		}
		c.add("64", specs.ArchX86_64, name, w)
		if ia32 && slices.Contains(p.abis, specs.ArchX86) {
			c.add("32", specs.ArchX86, name, w)
		}
	}
	return c
}

// add adds calls of a name, at words where one of the inputs may change its answer.
func (c *trial) add(entry string, abi specs.Arch, name string, w words) {
	table, _ := syscalls.Table(abi)
	nr, ok := table.Number(name)
	if !ok {
		return
	}
	vectors := w.vectors(name, c.random)
	for range 6 {
		args := vectors[c.random.IntN(len(vectors))]
		if entry == "32" {
			for i := range args {
				args[i] = uint64(uint32(args[i]))
			}
		}
		c.calls = append(c.calls, probed{abi, nr, args, word(entry, nr, args)})
	}
}

// control returns what the kernel says to the calls where there is no filter.
func (r *loader) control(t *testing.T, trials []trial) map[string]string {
	t.Helper()
	var list []probed
	for _, c := range trials {
		list = append(list, c.calls...)
	}
	answers, _, err := r.run(t, nil, list)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i, c := range list {
		out[c.word] = answers[i]
	}
	return out
}

// load has a container with the met filter of a pair make calls, and judges them and what the kernel holds.
func (r *loader) load(t *testing.T, c trial, kernel map[string]string, found *result) bool {
	answers, programs, err := r.run(t, c.out, c.calls)
	if err != nil || len(programs) != 1 {
		t.Errorf("%s: the kernel holds %d filters: %v", c.name, len(programs), err)
		return false
	}
	a, b := map[specs.Arch]*reading{}, map[specs.Arch]*reading{}
	for _, abi := range c.abis {
		a[abi], b[abi] = c.pair.read(c.a, abi), c.pair.read(c.b, abi)
	}
	for i, call := range c.calls {
		want := strictest(a[call.abi].evaluate(call.nr, call.args), b[call.abi].evaluate(call.nr, call.args))
		if onRecord(append(c.rec.Tighter, c.rec.Renumbered...), call.abi, call.nr) {
			meant := c.read.Evaluate(call.abi, call.nr, call.args)
			want = verdict{meant.Action, meant.Errno} // the program is held to the rules below
		}
		if expected := want.told(kernel[call.word]); answers[i] != expected {
			t.Errorf("%s: %s answers %q, want %q (%s)", c.name, call.word, answers[i], expected, want)
		}
	}
	found.hold(c.pair, c.out, loaded{programs[0], c.rec, c.read}, c.random)
	return true
}

// told is what the probe says of a call that a filter gives an answer to; the kernel's own is known.
func (v verdict) told(kernel string) string {
	switch v.action {
	case specs.ActKillProcess, specs.ActKillThread, specs.ActTrap:
		return "killed 31"
	case specs.ActErrno:
		return strconv.Itoa(-int(v.errno))
	case specs.ActTrace: // nobody traces
		return strconv.Itoa(-errENOSYS)
	}
	return kernel
}

// probed is a call as the probe takes it.
type probed struct {
	abi  specs.Arch
	nr   int
	args [6]uint64
	word string
}

func word(prefix string, nr int, args [6]uint64) string {
	var list []string
	for _, a := range args {
		list = append(list, strconv.FormatInt(int64(a), 10))
	}
	return fmt.Sprintf("%s:%d:%s", prefix, nr, strings.Join(list, ","))
}
