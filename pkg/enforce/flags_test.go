package enforce_test

import (
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
)

func TestUsableFlags(t *testing.T) {
	const tsync, log, spec, wait = "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
	all := []specs.LinuxSeccompFlag{tsync, log, spec, wait}
	runc := &host.Runtime{Name: "runc", Version: "1.5.2", FlagsKnown: true, Flags: []specs.LinuxSeccompFlag{tsync, log, spec}}
	for name, c := range map[string]struct {
		flags  []specs.LinuxSeccompFlag
		rt     *host.Runtime
		action specs.LinuxSeccompAction
		want   []specs.LinuxSeccompFlag
	}{
		"absent stays absent":       {nil, runc, specs.ActErrno, nil},
		"none stays none":           {[]specs.LinuxSeccompFlag{}, runc, specs.ActErrno, []specs.LinuxSeccompFlag{}},
		"what the runtime lists":    {all, runc, specs.ActErrno, []specs.LinuxSeccompFlag{log, spec}},
		"a runtime that takes none": {all, &host.Runtime{Name: "runc", Version: "1.1.5", FlagsKnown: true}, specs.ActErrno, []specs.LinuxSeccompFlag{}},
		"a runtime that says not":   {all, &host.Runtime{Name: "crun"}, specs.ActErrno, []specs.LinuxSeccompFlag{log, spec}},
		"no runtime, a listener":    {all, nil, specs.ActNotify, []specs.LinuxSeccompFlag{log, spec, wait}},
		"a mistake stays":           {[]specs.LinuxSeccompFlag{"SECCOMP_FILTER_FLAG_LGO"}, runc, specs.ActErrno, []specs.LinuxSeccompFlag{"SECCOMP_FILTER_FLAG_LGO"}},
	} {
		s := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Flags: c.flags, Syscalls: []specs.LinuxSyscall{{Names: []string{"mkdir"}, Action: c.action}}}
		before := slices.Clone(c.flags)
		got, note := enforce.UsableFlags(s, c.rt)
		if !slices.Equal(got.Flags, c.want) || (got.Flags == nil) != (c.want == nil) {
			t.Errorf("%s: %q; want %q", name, got.Flags, c.want)
		}
		if (note != "") != (len(c.flags) != len(c.want)) {
			t.Errorf("%s: note %q", name, note)
		}
		if !slices.Equal(s.Flags, before) {
			t.Errorf("%s: the filter that was given has changed: %q", name, s.Flags)
		}
	}
}
