package handoff

import specs "github.com/opencontainers/runtime-spec/specs-go"

// Placeholder is the filter that a door installs where it leaves the decision to the next: one under which no container
// starts. Where the next door is missing, or does not find the record, nothing runs unfiltered. It is shared, and must not
// be changed.
func Placeholder() *specs.LinuxSeccomp { return placeholder }

var placeholder = &specs.LinuxSeccomp{
	DefaultAction: specs.ActKillProcess,
	// A rule that is as good as none, by which the filter is told from others that deny everything.
	Syscalls: []specs.LinuxSyscall{{Names: []string{"exit"}, Action: specs.ActKillProcess, Args: []specs.LinuxSeccompArg{{Index: 0, Value: placeholderMark, Op: specs.OpEqualTo}}}},
}

// placeholderMark is an exit status that nobody uses ("left to").
const placeholderMark = 0x6c656674746f

// IsPlaceholder reports whether a filter is a Placeholder.
func IsPlaceholder(f *specs.LinuxSeccomp) bool {
	return f != nil && f.DefaultAction == specs.ActKillProcess && len(f.Syscalls) == 1 && len(f.Syscalls[0].Args) == 1 &&
		f.Syscalls[0].Args[0].Value == placeholderMark
}
