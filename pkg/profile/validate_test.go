package profile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
)

func TestValidate(t *testing.T) {
	for _, c := range []struct{ filter, want string }{
		{`{"defaultAction": "SCMP_ACT_ALLOW"}`, ""},
		{`{}`, "defaultAction: it is missing: runc takes such a filter for no seccomp at all"},
		{`{"defaultAction": "ALLOW"}`, `defaultAction: no runtime knows "ALLOW"`},
		{`{"defaultAction": "SCMP_ACT_NOTIFY"}`, "defaultAction: SCMP_ACT_NOTIFY cannot be the default: handing over the listener would wait for it"},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 0}`, "defaultErrnoRet: 0 would make the call seem to have succeeded"},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4095}`, "defaultErrnoRet: 4095 is not from 1 to 4094"},
		{`{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}`, "defaultErrnoRet: it means nothing for SCMP_ACT_ALLOW: crun refuses it"},
		{`{"defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86", "x86"]}`, `architectures[1]: no runtime knows "x86"`},
		{`{"defaultAction": "SCMP_ACT_LOG", "flags": ["SECCOMP_FILTER_FLAG_NEW"]}`, `flags[0]: no runtime knows "SECCOMP_FILTER_FLAG_NEW"`},
		{`{"defaultAction": "SCMP_ACT_LOG", "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}`, "flags[0]: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule of SCMP_ACT_NOTIFY: seccomp(2) refuses it"},
		{`{"defaultAction": "SCMP_ACT_LOG", "listenerPath": "/a"}`, "listenerPath: no rule is SCMP_ACT_NOTIFY: the container does not start"},
		{`{"defaultAction": "SCMP_ACT_LOG", "listenerMetadata": "a"}`, "listenerMetadata: there is no listenerPath for it"},
		{`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": [], "action": "SCMP_ACT_ALLOW"}]}`, "syscalls[0].names: it is empty: the rule does nothing"},
		{`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["read", ""], "action": ""}]}`, "syscalls[0].action: it is missing\nsyscalls[0].names[1]: it is empty: runc refuses it"},
		{`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]}`, "syscalls[0].action: SCMP_ACT_NOTIFY needs listenerPath: without it the container does not start"},
		{`{"defaultAction": "SCMP_ACT_LOG", "listenerPath": "/a", "syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}]}`, "syscalls[0].names[0]: SCMP_ACT_NOTIFY cannot stand on write: runc hands over the listener with it"},
		{`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_TRACE", "errnoRet": 70000}]}`, "syscalls[0].errnoRet: 70000 is more than the 16 bits that a tracer is given"},
		{`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 6, "value": 0, "op": "EQ"}]}]}`, "syscalls[0].args[0].index: 6 is not from 0 to 5\nsyscalls[0].args[0].op: no runtime knows \"EQ\""},
		{`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [
			{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
			{"names": ["write", "read"], "action": "SCMP_ACT_TRAP", "args": [{"index": 0, "value": 1, "valueTwo": 9, "op": "SCMP_CMP_EQ"}]}]}`,
			"syscalls[1]: read has the same conditions in syscalls[0] with another action: the container does not start"},
		// what libseccomp takes without an error is left to it
		{`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [
			{"names": ["read"], "action": "SCMP_ACT_ALLOW"}, {"names": ["read"], "action": "SCMP_ACT_TRAP"},
			{"names": ["read"], "action": "SCMP_ACT_TRAP", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
			{"names": ["read"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`, ""},
		{`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [
			{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
			{"names": ["read"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`, ""},
	} {
		got := ""
		if err := profile.Validate(filter(t, c.filter), nil); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.filter, diff)
		}
	}
	if profile.Validate(nil, nil) == nil {
		t.Error("no filter is valid")
	}
}

func TestValidateForRuntime(t *testing.T) {
	rt := host.Runtime{
		Name: "runc", Version: "1.1.5", FlagsKnown: true, Actions: []specs.LinuxSeccompAction{specs.ActAllow, specs.ActErrno},
		Operators: []specs.LinuxSeccompOperator{specs.OpEqualTo}, Arches: []specs.Arch{specs.ArchX86_64},
	}
	f := filter(t, `{"defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_LOONGARCH64"],
	 "flags": ["SECCOMP_FILTER_FLAG_LOG"], "syscalls": [
	 {"names": ["read"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1, "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_NE"}]}]}`)
	want := strings.Join([]string{
		"defaultAction: runc 1.1.5 does not know SCMP_ACT_LOG",
		"architectures[1]: runc 1.1.5 does not know SCMP_ARCH_LOONGARCH64",
		"flags[0]: runc 1.1.5 does not support SECCOMP_FILTER_FLAG_LOG here",
		"syscalls[0].args[0].op: runc 1.1.5 does not know SCMP_CMP_NE",
	}, "\n")
	if diff := cmp.Diff(want, profile.Validate(f, &rt).Error()); diff != "" {
		t.Error(diff)
	}
}
