package profile

import (
	"errors"
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
)

// Problem is one reason why a runtime would not load a filter, or would not do what it says.
type Problem struct {
	// Path is where in the filter, as "syscalls[3].args[0].index".
	Path    string
	Message string
}

// Error returns "path: message".
func (p *Problem) Error() string { return p.Path + ": " + p.Message }

// Validate returns every Problem of a filter, joined, or nil. With a runtime, it is judged by what that runtime said of
// itself (its "features" command); with nil, by what runc 1.5 and crun 1.8 have in common. Names of calls are not judged:
// see the vocabulary of the runtime's libseccomp.
func Validate(f *specs.LinuxSeccomp, rt *host.Runtime) error {
	if f == nil {
		return &Problem{Path: "seccomp", Message: "there is no filter"}
	}
	v := &validator{filter: f}
	if rt != nil {
		v.rt = *rt
	}
	v.top()
	for i, r := range f.Syscalls {
		v.rule(i, r)
	}
	v.listener()
	v.contradictions()
	return errors.Join(v.problems...)
}

type validator struct {
	filter   *specs.LinuxSeccomp
	rt       host.Runtime
	problems []error
}

func (v *validator) add(path, format string, args ...any) {
	v.problems = append(v.problems, &Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// word adds a problem unless the vocabulary has the word, and the runtime too where it told.
func word[T ~string](v *validator, path string, w T, known, runtime []T) {
	switch {
	case w == "":
		v.add(path, "it is missing")
	case !slices.Contains(known, w):
		v.add(path, "no runtime knows %q", string(w))
	case len(runtime) > 0 && !slices.Contains(runtime, w):
		v.add(path, "%s %s does not know %s", v.rt.Name, v.rt.Version, string(w))
	}
}

func (v *validator) top() {
	f := v.filter
	if f.DefaultAction == "" {
		v.add("defaultAction", "it is missing: runc takes such a filter for no seccomp at all")
	} else {
		word(v, "defaultAction", f.DefaultAction, actions, v.rt.Actions)
	}
	if f.DefaultAction == specs.ActNotify {
		v.add("defaultAction", "SCMP_ACT_NOTIFY cannot be the default: handing over the listener would wait for it")
	}
	v.errno("defaultErrnoRet", f.DefaultAction, f.DefaultErrnoRet)
	for i, a := range f.Architectures {
		word(v, fmt.Sprintf("architectures[%d]", i), a, arches, v.rt.Arches)
	}
	for i, flag := range f.Flags {
		path := fmt.Sprintf("flags[%d]", i)
		word(v, path, flag, flags, nil)
		if v.rt.FlagsKnown && slices.Contains(flags, flag) && !slices.Contains(v.rt.Flags, flag) {
			v.add(path, "%s %s does not support %s here", v.rt.Name, v.rt.Version, flag)
		}
	}
}

func (v *validator) rule(i int, r specs.LinuxSyscall) {
	path := fmt.Sprintf("syscalls[%d]", i)
	word(v, path+".action", r.Action, actions, v.rt.Actions)
	v.errno(path+".errnoRet", r.Action, r.ErrnoRet)
	if len(r.Names) == 0 {
		v.add(path+".names", "it is empty: the rule does nothing")
	}
	for j, name := range r.Names {
		switch {
		case name == "":
			v.add(fmt.Sprintf("%s.names[%d]", path, j), "it is empty: runc refuses it")
		case name == "write" && r.Action == specs.ActNotify:
			v.add(fmt.Sprintf("%s.names[%d]", path, j), "SCMP_ACT_NOTIFY cannot stand on write: runc hands over the listener with it")
		}
	}
	if len(r.Args) > maxArgs {
		v.add(path+".args", "it has %d conditions, and crun reads %d", len(r.Args), maxArgs)
	}
	for j, a := range r.Args {
		at := fmt.Sprintf("%s.args[%d]", path, j)
		if a.Index >= maxArgs {
			v.add(at+".index", "%d is not from 0 to %d", a.Index, maxArgs-1)
		}
		word(v, at+".op", a.Op, operators, v.rt.Operators)
	}
}

// errno: 0 is a success that did not happen, more than 4094 fails to load, and on actions that return no number runc
// ignores it where crun refuses the container.
func (v *validator) errno(path string, a specs.LinuxSeccompAction, n *uint) {
	switch {
	case n == nil:
	case a == specs.ActTrace && *n > 1<<16-1:
		v.add(path, "%d is more than the 16 bits that a tracer is given", *n)
	case a == specs.ActTrace:
	case a == specs.ActErrno && *n == 0:
		v.add(path, "0 would make the call seem to have succeeded")
	case a == specs.ActErrno && *n > maxErrno:
		v.add(path, "%d is not from 1 to %d", *n, maxErrno)
	case a != specs.ActErrno && v.rt.Name != "runc":
		v.add(path, "it means nothing for %s: crun refuses it", a)
	}
}
