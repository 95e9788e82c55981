package algebra

import "slices"

// unimplemented are calls that do nothing on any kernel since 3.1, so that answering them with ENOSYS changes nothing, and
// idle are after them calls that no program misses.
var (
	unimplemented = []string{"nfsservctl", "vserver", "afs_syscall", "getpmsg", "putpmsg"}
	idle          = append(slices.Clone(unimplemented), "lookup_dcookie", "remap_file_pages", "sysfs", "acct")
)

// Unimplemented reports whether every kernel answers a call with ENOSYS by itself, so that it is nothing to anybody whether a
// filter does. Emit denies such calls where libseccomp needs a rule.
func Unimplemented(name string) bool { return slices.Contains(unimplemented, name) }

// prelude makes sure that the program for each ABI loads the number of the call before it compares it.
//
// libseccomp 2.5.4 gives that load to the first rule for an ABI, and then leaves the rule out if the ABI has no such call: on
// arm64 {deny open; deny semctl with arguments} becomes a program that looks for semctl in the architecture's number and lets
// it through. A rule without conditions for a call that the ABI has loads the number for itself.
func (e *emitter) prelude() {
	for i := range e.m.abis {
		var loads, conditional, foreign bool
		for _, t := range e.targets {
			if !t.named || t.out.constant() && t.out.answer() == e.fallback {
				continue
			}
			here := slices.ContainsFunc(t.at, func(p placed) bool { return p.abi == i && p.known })
			loads = loads || here && t.out.constant()
			conditional = conditional || here && !t.out.constant()
			foreign = foreign || !here
		}
		if loads || !conditional || !foreign {
			continue
		}
		for _, name := range idle {
			t := e.target(name)
			if t == nil || t.named || !slices.ContainsFunc(t.at, func(p placed) bool { return p.abi == i && p.known }) {
				continue
			}
			t.named, t.out = true, constant(e.denial(constant(answerENOSYS)))
			break
		}
	}
}
