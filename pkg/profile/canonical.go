package profile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Canonical returns a filter that does the same in runc and crun, in one order and one spelling: rules of calls that have
// no other rule are gathered by action, with sorted names; all others stand alone, by name.
//
// Within one system call the order of rules is kept wherever it may matter: where actions differ, since an unconditional
// rule shadows others, and where several conditions are ordered ones, which libseccomp 2.5 is known to compile by order.
// Rules that only repeat the default action are kept: they name calls, and runc answers ENOSYS above the highest one named.
func Canonical(f *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	if f == nil {
		return nil
	}
	out := &specs.LinuxSeccomp{
		DefaultAction:    plain(f.DefaultAction),
		DefaultErrnoRet:  plainErrno(f.DefaultAction, f.DefaultErrnoRet),
		Architectures:    sorted(f.Architectures, arches),
		Flags:            sorted(f.Flags, flags),
		ListenerPath:     f.ListenerPath,
		ListenerMetadata: f.ListenerMetadata,
	}
	groups := map[string][]specs.LinuxSyscall{}
	for _, r := range f.Syscalls {
		for _, name := range r.Names {
			key := sharedName(name)
			groups[key] = append(groups[key], specs.LinuxSyscall{
				Names: []string{name}, Action: plain(r.Action), ErrnoRet: plainErrno(r.Action, r.ErrnoRet), Args: plainArgs(r.Args),
			})
		}
	}
	gathered := map[string]*specs.LinuxSyscall{}
	var alone []specs.LinuxSyscall
	for _, key := range sortedKeys(groups) {
		rules := groups[key]
		if !orderMatters(rules) {
			rules = unique(rules)
			rules = gather(gathered, rules)
		}
		alone = append(alone, rules...)
	}
	for _, key := range sortedKeys(gathered) {
		slices.Sort(gathered[key].Names)
		out.Syscalls = append(out.Syscalls, *gathered[key])
	}
	out.Syscalls = append(out.Syscalls, alone...)
	return out
}

// gather moves unconditional rules whose call has no other rule to the one of their action, and returns the others.
func gather(gathered map[string]*specs.LinuxSyscall, rules []specs.LinuxSyscall) []specs.LinuxSyscall {
	count := map[string]int{}
	for _, r := range rules {
		count[r.Names[0]]++
	}
	var rest []specs.LinuxSyscall
	for _, r := range rules {
		if len(r.Args) > 0 || count[r.Names[0]] > 1 {
			rest = append(rest, r)
			continue
		}
		key := actionKey(r)
		if g := gathered[key]; g != nil {
			g.Names = append(g.Names, r.Names[0])
			continue
		}
		gathered[key] = &r
	}
	return rest
}

// orderMatters reports whether rules of one system call may do something else in another order.
func orderMatters(rules []specs.LinuxSyscall) bool {
	ordered := 0
	for _, r := range rules {
		if actionKey(r) != actionKey(rules[0]) {
			return true
		}
		if slices.ContainsFunc(r.Args, func(a specs.LinuxSeccompArg) bool {
			return a.Op != specs.OpEqualTo && a.Op != specs.OpMaskedEqual
		}) {
			ordered++
		}
	}
	return ordered > 1
}

// unique sorts rules and drops those that are there already: libseccomp takes the same rule twice as once.
func unique(rules []specs.LinuxSyscall) []specs.LinuxSyscall {
	key := func(r specs.LinuxSyscall) string { return r.Names[0] + " " + argsKey(r.Args) }
	slices.SortStableFunc(rules, func(a, b specs.LinuxSyscall) int { return cmp.Compare(key(a), key(b)) })
	return slices.CompactFunc(rules, func(a, b specs.LinuxSyscall) bool { return key(a) == key(b) })
}

// actionKey is equal for rules of one verdict, and sorts by strictness.
func actionKey(r specs.LinuxSyscall) string {
	key := strconv.Itoa(strictness(r.Action)) + string(r.Action)
	if r.ErrnoRet != nil {
		key += " " + strconv.FormatUint(uint64(*r.ErrnoRet), 10)
	}
	return key
}

// argsKey is equal for the same conditions, in whatever order they stand where that does not matter.
func argsKey(args []specs.LinuxSeccompArg) string {
	var b strings.Builder
	for _, a := range plainArgs(args) {
		b.WriteString(strconv.FormatUint(uint64(a.Index), 10) + string(a.Op))
		b.WriteString(" " + strconv.FormatUint(a.Value, 16) + " " + strconv.FormatUint(a.ValueTwo, 16) + ";")
	}
	return b.String()
}
