package profile

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// listener checks what belongs to SCMP_ACT_NOTIFY.
func (v *validator) listener() {
	notify := -1
	for i, r := range v.filter.Syscalls {
		if r.Action == specs.ActNotify {
			notify = i
			break
		}
	}
	switch {
	case notify >= 0 && v.filter.ListenerPath == "":
		v.add(fmt.Sprintf("syscalls[%d].action", notify), "SCMP_ACT_NOTIFY needs listenerPath: without it the container does not start")
	case notify < 0 && v.filter.ListenerPath != "":
		v.add("listenerPath", "no rule is SCMP_ACT_NOTIFY: the container does not start")
	case v.filter.ListenerPath == "" && v.filter.ListenerMetadata != "":
		v.add("listenerMetadata", "there is no listenerPath for it")
	}
	for i, flag := range v.filter.Flags {
		if flag == specs.LinuxSeccompFlagWaitKillableRecv && notify < 0 {
			v.add(fmt.Sprintf("flags[%d]", i), "%s needs a rule of SCMP_ACT_NOTIFY: seccomp(2) refuses it", flag)
		}
	}
}

// contradictions finds conditions that one call has twice with two actions: libseccomp refuses the second (EEXIST).
// Rules of the default action are never handed to it.
func (v *validator) contradictions() {
	byDefault := verdictOf(v.filter.DefaultAction, v.filter.DefaultErrnoRet)
	type seen struct {
		rule int
		does verdict
	}
	first, unconditional := map[string]seen{}, map[string]bool{}
	for i, r := range v.filter.Syscalls {
		does := verdictOf(r.Action, r.ErrnoRet)
		if does == byDefault {
			continue
		}
		for _, name := range r.Names {
			key := name + " " + argsKey(r.Args)
			other, ok := first[key]
			switch {
			case len(r.Args) == 0:
				unconditional[name] = true
			case unconditional[name]: // libseccomp leaves out what follows one, without an error
			case !ok:
				first[key] = seen{i, does}
			case other.does != does:
				v.add(fmt.Sprintf("syscalls[%d]", i), "%s has the same conditions in syscalls[%d] with another action: the container does not start", name, other.rule)
			}
		}
	}
}
