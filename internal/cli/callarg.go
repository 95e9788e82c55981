package cli

import (
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// argument is the one argument of a call by which people tell what it does, and its values by name.
type argument struct {
	calls []string
	index uint
	// what the values are, as messages call them.
	what string
	// flags are bits, of which several can be set.
	flags bool
	// bits is how wide the argument is for the kernel: more in a register is cut off.
	bits   uint
	values map[string]uint64
	// beside says which other calls do the same.
	beside string
}

// callArgument reads CALL[:ARGUMENT]: a call, a glob of calls, a group or a pack, and for a call with an argument by which people
// tell what it does, as the family of a socket, a value of it by name or number. Any argument can be named as argN=VALUE. The
// note says what else to ask about; it may be "".
func callArgument(text string) (call policy.Call, note string, err error) {
	name, value, narrowed := strings.Cut(text, ":")
	if name == "pack" {
		return policy.Call{Names: []string{text}}, "", nil
	}
	if name == "" || narrowed && value == "" {
		return call, "", &usageError{message: fmt.Sprintf("a call cannot be %q", text), hint: "as in keyctl, socket:AF_ALG, clone:CLONE_NEWUSER or ioctl:arg1=0x5412"}
	}
	call.Names = []string{name}
	if !narrowed {
		return call, "", nil
	}
	if !strings.ContainsAny(name, "@*?[") && !syscalls.Known(name) {
		return call, "", noCall(name)
	}
	if arg, ok, err := anyArgument(value); ok || err != nil {
		call.Args = []policy.Arg{arg}
		return call, "", err
	}
	i := slices.IndexFunc(arguments, func(a argument) bool { return slices.Contains(a.calls, name) })
	if i < 0 {
		u := &usageError{message: fmt.Sprintf("%s has no argument with names here", name), hint: "name it as in " + name + ":arg0=1"}
		return call, "", u
	}
	a := &arguments[i]
	arg, err := a.parse(name, value)
	call.Args = []policy.Arg{arg}
	return call, a.beside, err
}

var numbered = regexp.MustCompile(`^arg([0-9]+)(&([^=]*))?=(.*)$`)

// anyArgument reads argN=VALUE and argN&MASK=VALUE.
func anyArgument(text string) (arg policy.Arg, ok bool, err error) {
	m := numbered.FindStringSubmatch(text)
	if m == nil {
		return arg, false, nil
	}
	bad := &usageError{message: fmt.Sprintf("an argument cannot be %q", text), hint: "as in arg0=1 or arg1&0x3=0x1, with N from 0 to 5"}
	index, err := strconv.ParseUint(m[1], 10, 8)
	if err != nil || index > 5 {
		return arg, true, bad
	}
	arg = policy.Arg{Index: uint(index), Op: policy.OpEQ}
	if arg.Value, err = strconv.ParseUint(m[4], 0, 64); err != nil {
		return arg, true, bad
	}
	if m[2] != "" {
		arg.Op, arg.ValueTwo = policy.OpMaskedEQ, arg.Value
		if arg.Value, err = strconv.ParseUint(m[3], 0, 64); err != nil {
			return arg, true, bad
		}
	}
	return arg, true, nil
}

// parse reads a value, or flags joined with "|".
func (a *argument) parse(call, text string) (policy.Arg, error) {
	var value uint64
	for word := range strings.SplitSeq(text, "|") {
		v, err := a.value(call, strings.TrimSpace(word))
		if err != nil {
			return policy.Arg{}, err
		}
		if value != 0 && !a.flags {
			return policy.Arg{}, &usageError{message: fmt.Sprintf("%s of %s is one value, and %q names several", a.what, call, text)}
		}
		value |= v
	}
	index := a.index
	if call == "clone" && runtime.GOARCH == "s390x" {
		index = 1 // CONFIG_CLONE_BACKWARDS2: the stack comes first
	}
	mask := ^uint64(0) >> (64 - a.bits)
	if a.flags {
		if mask = value; value == 0 {
			return policy.Arg{}, &usageError{message: fmt.Sprintf("%s of %s cannot be %q", a.what, call, text), hint: "name at least one flag"}
		}
	}
	return policy.Arg{Index: index, Op: policy.OpMaskedEQ, Value: mask, ValueTwo: value}, nil
}

func (a *argument) value(call, word string) (uint64, error) {
	if v, ok := a.values[strings.ToUpper(word)]; ok {
		return v, nil
	}
	if v, err := strconv.ParseUint(word, 0, int(a.bits)); err == nil {
		return v, nil
	}
	var names []string
	for name := range a.values {
		names = append(names, name)
	}
	slices.Sort(names)
	u := &usageError{message: fmt.Sprintf("%s of %s cannot be %q", a.what, call, word), hint: "a number, or one of " + strings.Join(names[:min(len(names), 4)], ", ") + "…"}
	if near := document.Closest(strings.ToUpper(word), names); near != "" {
		u.hint = fmt.Sprintf("did you mean %s:%s?", call, near)
	}
	return 0, u
}

// completeCall completes the name of a system call, a group or a pack; an argument behind it nobody can guess.
func completeCall(_ *cobra.Command, args []string, begin string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := completedCalls(begin)
	for _, group := range syscalls.Groups() {
		names = append(names, "@"+group)
	}
	packs, err := packfile.Load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	for _, name := range slices.Sorted(maps.Keys(packs)) {
		names = append(names, policy.PackPrefix+name)
	}
	return slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, begin) }), cobra.ShellCompDirectiveNoFileComp
}

// completedCalls are this machine's system calls that begin so.
func completedCalls(begin string) []string {
	native, ok := syscalls.Native(runtime.GOARCH)
	table, known := syscalls.Table(native)
	if !ok || !known {
		return nil
	}
	return slices.DeleteFunc(slices.Sorted(slices.Values(table.Names())), func(n string) bool { return !strings.HasPrefix(n, begin) })
}
