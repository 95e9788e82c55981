package lint

import (
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/profile"
)

// meanings looks at what the filter answers.
func (l *linter) meanings() error {
	m, denied, err := l.denied()
	if err != nil {
		return err
	}
	l.waysRound(m, denied)
	l.needsENOSYS(denied)
	if l.target.PlainOCI {
		return l.dialect(m)
	}
	return nil
}

// denied reads the filter and returns what it means, and a case of each call that it denies. Overlaps are reported.
func (l *linter) denied() (algebra.Meaning, []algebra.Witness, error) {
	m, overlaps, err := algebra.Read(l.filter, l.env())
	if err != nil {
		return m, nil, err
	}
	l.overlaps(overlaps)
	open, _, err := algebra.Read(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: m.Architectures()}, l.env())
	return m, algebra.Compare(open, m).Weaker, err
}

// overlaps reports each call once, at the last rule that names it.
func (l *linter) overlaps(list []algebra.Overlap) {
	said := map[string]bool{}
	for _, o := range list {
		if said[o.Call.Name] {
			continue
		}
		said[o.Call.Name] = true
		at := l.places.field("syscalls")
		for i, r := range l.subject.Written.Rules {
			if slices.Contains(r.Names, o.Call.Name) && len(r.Args) > 0 {
				at = l.places.name(i, o.Call.Name)
			}
		}
		l.add(ruleOverlap, at, "make the conditions exclude one another", "two rules hold for %s, with %s and %s: which one a runtime takes depends on the rules beside them, and some refuse the filter", o.Call, o.First, o.Next)
	}
}

// replaced are calls that C libraries, Go or Rust make on their own and replace by an older one on ENOSYS only. They are those of
// pkg/syscalls/data/fallbacks.tsv that programs make without knowing it.
var replaced = []string{
	"clone3", "close_range", "copy_file_range", "faccessat2", "fchmodat2", "getrandom", "openat2", "pidfd_open", "pidfd_send_signal",
	"preadv2", "pwritev2", "renameat2", "rseq", "statx",
}

// needsENOSYS finds those that are denied whatever their arguments, and not with ENOSYS. Where the default kills it is meant so.
func (l *linter) needsENOSYS(denied []algebra.Witness) {
	var byDefault []string
	var answer algebra.Answer
	for _, w := range denied {
		if w.Arch != l.target.Facts.Native || w.Mask != [6]uint64{} || !slices.Contains(replaced, w.Name) || w.B.String() == "ERRNO(ENOSYS)" {
			continue
		}
		if !l.names(w.Name) {
			byDefault, answer = append(byDefault, w.Name), w.B
			continue
		}
		l.add(ruleNeedsENOSYS, l.places.call(w.Name, denying), `"errnoRet": 38`, "%s is answered with %s, and C libraries use another call only on ENOSYS", w.Name, w.B)
	}
	if len(byDefault) > 0 && l.filter.DefaultAction == specs.ActErrno {
		l.add(ruleNeedsENOSYS, l.places.field("defaultAction"), `allow them, or add a rule for them with SCMP_ACT_ERRNO and "errnoRet": 38`,
			"the default answers %s with %s, and C libraries use another call only on ENOSYS", joined(byDefault), answer)
	}
}

// names reports whether the filter has a rule for a call.
func (l *linter) names(call string) bool {
	return slices.ContainsFunc(l.filter.Syscalls, func(r specs.LinuxSyscall) bool { return slices.Contains(r.Names, call) })
}

// dialect says what is lost where a profile of Docker's dialect is read as plain OCI.
func (l *linter) dialect(m algebra.Meaning) error {
	p := l.subject.Written
	if l.subject.Document == nil || p.Dialect != profile.Docker && p.Dialect != profile.Podman {
		return nil
	}
	read := &specs.LinuxSeccomp{DefaultAction: p.DefaultAction, DefaultErrnoRet: p.DefaultErrnoRet, Architectures: p.Architectures, Flags: p.Flags}
	ignored := map[string]bool{"archMap": len(p.ArchMap) > 0}
	for i, r := range p.Rules {
		s := specs.LinuxSyscall{Names: r.Names, Action: r.Action, ErrnoRet: r.ErrnoRet, Args: r.Args}
		if l.places.rule(i).Lookup("names") == nil && l.places.rule(i).Lookup("name") != nil {
			s.Names, ignored["name"] = nil, true
		}
		if l.places.rule(i).Lookup("errnoRet") == nil && l.places.rule(i).Lookup("errno") != nil {
			s.ErrnoRet, ignored["errno"] = nil, true
		}
		ignored["includes"] = ignored["includes"] || r.Includes != nil
		ignored["excludes"] = ignored["excludes"] || r.Excludes != nil
		read.Syscalls = append(read.Syscalls, s)
	}
	var lost []string
	for _, key := range []string{"name", "includes", "excludes", "archMap", "errno"} {
		if ignored[key] {
			lost = append(lost, key)
		}
	}
	if len(lost) == 0 {
		return nil // comments alone
	}
	other, _, err := algebra.Read(read, l.env())
	if err != nil {
		return err
	}
	effect := ""
	if weaker := algebra.Compare(other, m).Weaker; len(weaker) > 0 {
		effect = fmt.Sprintf("; then calls that it denies are permitted, as %s", weaker[0].Call)
	} else if c := algebra.Compare(m.Restrict(other.Architectures()), other); c.Verdict != algebra.Equal || len(other.Architectures()) < len(m.Architectures()) {
		effect = "; then calls that it permits are denied, those of other ABIs among them"
	}
	l.add(ruleDockerDialect, l.places.field("defaultAction"), "give it to seccompd, Docker or podman, or write what 'seccompctl show -o oci' prints into the file",
		"it is in the dialect of %s: containerd, nerdctl and the kubelet read it as plain OCI and ignore %s in silence%s", p.Dialect, strings.Join(lost, ", "), effect)
	return nil
}
