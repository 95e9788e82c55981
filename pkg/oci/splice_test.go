package oci_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/oci"
)

var errnoOne = uint(1)

var filter = &specs.LinuxSeccomp{
	DefaultAction: specs.ActErrno, DefaultErrnoRet: &errnoOne, Architectures: []specs.Arch{specs.ArchX86_64},
	Flags: []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog}, ListenerPath: "/run/a<b>&.sock", ListenerMetadata: "m",
	Syscalls: []specs.LinuxSyscall{
		{Names: []string{"read", "write"}, Action: specs.ActAllow},
		{Names: []string{"socket"}, Action: specs.ActErrno, ErrnoRet: &errnoOne, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 1<<64 - 1, ValueTwo: 38, Op: specs.OpMaskedEqual}}},
	},
}

const section = `{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"architectures":["SCMP_ARCH_X86_64"],"flags":["SECCOMP_FILTER_FLAG_LOG"],` +
	`"listenerPath":"/run/a<b>&.sock","listenerMetadata":"m","syscalls":[{"names":["read","write"],"action":"SCMP_ACT_ALLOW"},` +
	`{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"args":[{"index":0,"value":18446744073709551615,"valueTwo":38,"op":"SCMP_CMP_MASKED_EQ"}]}]}`

// Every byte outside linux.seccomp stays, also of what nobody knows and however it is spaced.
func TestWithKeepsAllElse(t *testing.T) {
	for name, test := range map[string]struct{ in, out string }{
		"a filter":         {`{ "x":1.50, "linux" : {"seccomp" :  {"defaultAction":"SCMP_ACT_ALLOW"} ,"y":[ ]}}`, `{ "x":1.50, "linux" : {"seccomp" :  ` + section + ` ,"y":[ ]}}`},
		"null":             {`{"linux":{"seccomp":null}}`, `{"linux":{"seccomp":` + section + `}}`},
		"an empty filter":  {`{"linux":{"seccomp":{}}}`, `{"linux":{"seccomp":` + section + `}}`},
		"no filter":        {`{"linux":{ "a":1},"b":2}`, `{"linux":{"seccomp":` + section + `, "a":1},"b":2}`},
		"an empty linux":   {`{"linux":{ }}`, `{"linux":{"seccomp":` + section + ` }}`},
		"linux is null":    {`{"linux": null}`, `{"linux": {"seccomp":` + section + `}}`},
		"no linux":         {"{\"z\":\"\\u00e9\"}\n", `{"linux":{"seccomp":` + section + "},\"z\":\"\\u00e9\"}\n"},
		"nothing":          {`{}`, `{"linux":{"seccomp":` + section + `}}`},
		"the same already": {`{"linux":{"seccomp":` + section + `}}`, `{"linux":{"seccomp":` + section + `}}`},
	} {
		c, err := oci.Parse("config.json", []byte(test.in))
		if err != nil {
			t.Fatal(name, err)
		}
		out, err := c.With(filter)
		if err != nil {
			t.Fatal(name, err)
		}
		if string(out) != test.out {
			t.Errorf("%s:\n%s\nwant\n%s", name, out, test.out)
		}
		again, err := oci.Parse("config.json", out)
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(filter, again.Filter); diff != "" {
			t.Errorf("%s: read back: %s", name, diff)
		}
	}
}

func TestWithout(t *testing.T) {
	for in, want := range map[string]string{
		`{"linux":{"a":1,"seccomp": {"defaultAction":"SCMP_ACT_ALLOW"} }}`: `{"linux":{"a":1,"seccomp": null }}`,
		`{"linux":{}}`: `{"linux":{"seccomp":null}}`,
	} {
		c, err := oci.Parse("config.json", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.Without()
		if err != nil || string(out) != want {
			t.Errorf("%s, %v; want %s", out, err, want)
		}
		if again, err := oci.Parse("config.json", out); err != nil || again.Filter != nil {
			t.Errorf("read back: %+v, %v", again, err)
		}
	}
}

// An empty list of flags means none; runc adds one of its own where there is no list.
func TestWithKeepsEmptyFlags(t *testing.T) {
	c, err := oci.Parse("config.json", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]specs.LinuxSeccompFlag{nil, {}} {
		out, err := c.With(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Flags: want, ListenerMetadata: "a\"\\\n\x7f\u00e9"})
		if err != nil {
			t.Fatal(err)
		}
		again, err := oci.Parse("config.json", out)
		if err != nil || (again.Filter.Flags == nil) != (want == nil) || again.Filter.ListenerMetadata != "a\"\\\n\x7f\u00e9" {
			t.Errorf("%v: %s, %v", want, out, err)
		}
	}
}

func TestWithRefusesTheEmptyFilter(t *testing.T) {
	c, err := oci.Parse("config.json", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*specs.LinuxSeccomp{nil, {}} {
		if out, err := c.With(f); err == nil {
			t.Errorf("%+v: %s", f, out)
		}
	}
}

// Whatever is read is read as encoding/json reads it, which runc uses; what is written holds the filter, and all else.
func FuzzParse(f *testing.F) {
	for _, h := range hostile {
		if len(h.text) < 1<<12 {
			f.Add([]byte(h.text))
		}
	}
	f.Add([]byte(with("", "")))
	f.Add([]byte(`{"ociVersion": "1.2.0", "process": {"user": {"uid": 7}}, "linux": {"namespaces": [{"type": "pid", "path": "/proc/1/ns/pid"}]}, "mounts": [{"destination": "/sys/", "type": "sysfs"}], "annotations": {"nerdctl/namespace": "n"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := oci.Parse("config.json", data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("several lines: %q", err)
			}
			return
		}
		for _, o := range []oci.Origin{{}, {Claimed: true}, {Namespace: "k8s.io"}, {Namespace: "k8s.io", StrictIdentity: true}, {Namespace: "moby"}, {Bundle: "/x/userdata"}} {
			if w := c.Workload(o); w.Requested == 0 || w.Kinds == 0 {
				t.Errorf("%+v: %+v", o, w)
			}
		}
		var spec specs.Spec
		if err := json.Unmarshal(data, &spec); err != nil {
			return // of something else's type; the runtimes say so
		}
		if spec.Linux != nil && spec.Linux.Seccomp != nil && spec.Linux.Seccomp.DefaultAction != "" {
			if diff := cmp.Diff(spec.Linux.Seccomp, c.Filter); diff != "" {
				t.Errorf("read otherwise: %s", diff)
			}
		} else if c.Filter != nil {
			t.Errorf("a filter that runc does not see: %+v", c.Filter)
		}
		out, err := c.With(filter)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		again, err := oci.Parse("config.json", out)
		if err != nil || !cmp.Equal(again.Filter, filter) {
			t.Errorf("%q: %v", out, err)
		}
	})
}
