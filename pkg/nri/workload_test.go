package nri

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/containerd/nri/pkg/api"
	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"google.golang.org/protobuf/proto"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/workload"
)

var all = reports{request: true, current: true, user: true, image: true}

func TestVersions(t *testing.T) {
	for name, c := range map[string]struct {
		runtime Runtime
		want    reports
		needed  string // of an engine that cannot be served
	}{
		"containerd 1.7":                  {Runtime{"containerd", "1.7.28", "v0.8.0"}, reports{}, "containerd 2.2 or later"},
		"containerd 2.1":                  {Runtime{"containerd", "v2.1.6", "v0.8.0"}, reports{}, "containerd 2.2 or later"},
		"containerd 2.2.0":                {Runtime{"containerd", "v2.2.0", "v0.10.0"}, reports{}, ""},
		"containerd 2.2.1":                {Runtime{"containerd", "v2.2.1", "v0.11.0"}, reports{request: true}, ""},
		"containerd 2.3":                  {Runtime{"containerd", "v2.3.0", "v0.12.0"}, reports{request: true, current: true, user: true}, ""},
		"containerd 2.3, a candidate":     {Runtime{"containerd", "v2.3.0-rc.1", "v0.12.0"}, reports{request: true}, ""},
		"containerd 2.4":                  {Runtime{"containerd", "v2.4.2", "v0.12.3"}, all, ""},
		"containerd 2.4, built from head": {Runtime{"containerd", "2.4.2+unknown", "v0.12.3"}, all, ""},
		"containerd of a distribution":    {Runtime{"containerd", "2.2.1-0ubuntu1~24.04", "v0.11.0"}, reports{request: true}, ""},
		"CRI-O 1.33":                      {Runtime{"cri-o", "1.33.4", "v0.9.1"}, reports{}, "CRI-O 1.34 or later"},
		"CRI-O 1.34":                      {Runtime{"cri-o", "1.34.0", "v0.10.0"}, reports{}, ""},
		"CRI-O 1.36":                      {Runtime{"cri-o", "1.36.0", "v0.11.0"}, reports{user: true}, ""},
		"an unknown engine":               {Runtime{"moon", "1.0.0", "v0.12.0"}, reports{}, ""},
		"an unknown engine, old NRI":      {Runtime{"moon", "1.0.0", "v0.9.0"}, reports{}, "NRI v0.10"},
		"nothing known":                   {Runtime{"", "", "unknown"}, reports{}, "NRI v0.10"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.runtime.capabilities()
			if (err != nil) != (c.needed != "") || (err != nil && !strings.Contains(err.Error(), c.needed)) {
				t.Fatalf("error %v, want %q", err, c.needed)
			}
			want := map[string]workload.Attr[string]{"containerd": workload.Known("k8s.io"), "cri-o": workload.Absent[string]()}
			if err == nil && got.namespace != want[c.runtime.Name] {
				t.Errorf("containerd's namespace is %+v", got.namespace)
			}
			got.namespace = workload.Unknown[string]()
			if got != c.want {
				t.Errorf("reports %+v, want %+v", got, c.want)
			}
		})
	}
}

func sys(kind string, options ...string) *api.Mount {
	return &api.Mount{Destination: "/sys", Type: kind, Options: options}
}

func asked(kind api.SecurityProfile_ProfileType) *api.SecurityProfile {
	return &api.SecurityProfile{ProfileType: kind, LocalhostRef: "/var/lib/kubelet/seccomp/a/b.json"}
}

// The rows are what containerd sends for each request of a pod.
func TestRequests(t *testing.T) {
	filter := &api.LinuxSeccomp{DefaultAction: "SCMP_ACT_ERRNO", Syscalls: []*api.LinuxSyscall{{Names: []string{"read"}, Action: "SCMP_ACT_ALLOW"}}}
	type want struct {
		requested  workload.Requests
		localhost  workload.Attr[string]
		privileged workload.Attr[bool]
		current    enforce.CurrentState
		engines    bool // its RuntimeDefault
	}
	no, yes, unknown := workload.Known(false), workload.Known(true), workload.Unknown[bool]()
	for name, c := range map[string]struct {
		profile *api.SecurityProfile
		policy  *api.LinuxSeccomp
		sys     *api.Mount
		rep     reports
		want    want
	}{
		"RuntimeDefault":             {asked(api.SecurityProfile_RUNTIME_DEFAULT), filter, sys("sysfs", "ro"), all, want{workload.RequestRuntimeDefault, workload.Absent[string](), no, enforce.CurrentFilter, true}},
		"Unconfined":                 {asked(api.SecurityProfile_UNCONFINED), nil, sys("sysfs", "ro"), all, want{workload.RequestUnconfined, workload.Absent[string](), no, enforce.CurrentNone, false}},
		"Localhost":                  {asked(api.SecurityProfile_LOCALHOST), filter, sys("sysfs", "ro"), all, want{workload.RequestLocalhost, workload.Known("a/b.json"), no, enforce.CurrentFilter, false}},
		"unset":                      {nil, nil, sys("sysfs", "ro"), all, want{workload.RequestUnset, workload.Absent[string](), no, enforce.CurrentNone, false}},
		"unset, with a default":      {nil, filter, sys("sysfs", "ro"), all, want{workload.RequestUnset, workload.Absent[string](), no, enforce.CurrentFilter, false}},
		"privileged, RuntimeDefault": {asked(api.SecurityProfile_RUNTIME_DEFAULT), nil, nil, all, want{workload.RequestRuntimeDefault, workload.Absent[string](), yes, enforce.CurrentNone, false}},
		"privileged, unset":          {nil, nil, sys("sysfs", "nosuid", "rw"), all, want{workload.RequestUnset, workload.Absent[string](), yes, enforce.CurrentNone, false}},
		"unset, own /sys, writable":  {nil, nil, sys("bind", "rbind", "rw"), all, want{workload.RequestUnset, workload.Absent[string](), unknown, enforce.CurrentNone, false}},
		"unset, no /sys":             {nil, nil, nil, all, want{workload.RequestUnset, workload.Absent[string](), unknown, enforce.CurrentNone, false}},
		"an empty section is none":   {asked(api.SecurityProfile_LOCALHOST), &api.LinuxSeccomp{}, nil, all, want{workload.RequestLocalhost, workload.Known("a/b.json"), no, enforce.CurrentNone, false}},
		"privileged, Localhost":      {asked(api.SecurityProfile_LOCALHOST), nil, nil, all, want{workload.RequestLocalhost, workload.Known("a/b.json"), yes, enforce.CurrentNone, false}},
		"2.2.0 says nothing":         {nil, nil, sys("sysfs", "ro"), reports{}, want{workload.AnyRequest, workload.Unknown[string](), no, enforce.CurrentUnknown, false}},
		"2.2.1 says the request":     {nil, nil, sys("sysfs", "ro"), reports{request: true}, want{workload.RequestUnset, workload.Absent[string](), no, enforce.CurrentUnknown, false}},
		"CRI-O, privileged":          {nil, nil, sys("sysfs", "rw"), reports{user: true}, want{workload.AnyRequest, workload.Unknown[string](), yes, enforce.CurrentUnknown, false}},
	} {
		t.Run(name, func(t *testing.T) {
			ctr := &api.Container{Id: "1", Linux: &api.LinuxContainer{SeccompProfile: c.profile, SeccompPolicy: c.policy}}
			if c.sys != nil {
				ctr.Mounts = []*api.Mount{c.sys}
			}
			req := request(&api.PodSandbox{}, ctr, c.rep, false)
			got := want{req.Workload.Requested, req.Workload.LocalhostProfile, req.Workload.Privileged, req.Current.State, req.Current.RuntimeDefault}
			if got != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestWhatIsNotReportedIsUnknown(t *testing.T) {
	ctr := &api.Container{Id: "1", User: &api.User{Uid: 7}, Image: &api.Image{Name: "a", Digest: "sha256:b"}}
	for name, c := range map[string]struct {
		rep  reports
		ctr  *api.Container
		want workload.State
	}{
		"not reported":      {reports{}, ctr, workload.StateUnknown},
		"reported":          {all, ctr, workload.StateKnown},
		"reported as empty": {all, &api.Container{Image: &api.Image{}}, workload.StateUnknown},
	} {
		w := request(&api.PodSandbox{}, c.ctr, c.rep, false).Workload
		for field, got := range map[string]workload.State{"user": w.User.State(), "image": w.Image.State(), "imageDigest": w.ImageDigest.State()} {
			if got != c.want {
				t.Errorf("%s: %s is %s, want %s", name, field, got, c.want)
			}
		}
		if w.Capabilities.State() != workload.StateUnknown || w.Namespace.State() != workload.StateUnknown || w.Kinds&workload.KindSandbox != 0 {
			t.Errorf("%s: %+v", name, w)
		}
	}
}

func TestHostNamespaces(t *testing.T) {
	ns := func(pairs ...string) (out []*api.LinuxNamespace) {
		for _, p := range pairs {
			kind, path, _ := strings.Cut(p, "=")
			out = append(out, &api.LinuxNamespace{Type: kind, Path: path})
		}
		return out
	}
	joined := ns("pid", "mount", "cgroup", "network=/proc/9/ns/net", "ipc=/proc/9/ns/ipc", "uts=/proc/9/ns/uts")
	for name, c := range map[string]struct {
		pod, ctr []*api.LinuxNamespace
		want     workload.Attr[workload.HostNamespaces]
	}{
		"a usual pod":       {ns("pid", "mount", "network=/run/netns/x", "ipc", "uts"), joined, workload.Known(workload.HostUser)},
		"hostNetwork":       {ns("pid", "mount", "ipc"), joined, workload.Known(workload.HostUser | workload.HostNetwork | workload.HostUTS)},
		"hostPID":           {ns("mount", "network", "ipc", "uts"), ns("mount", "cgroup", "user", "pid=/proc/9/ns/pid", "network=/proc/9/ns/net", "ipc", "uts"), workload.Known(workload.HostPID)},
		"init's own":        {ns("pid"), ns("mount", "cgroup", "user", "pid=/proc/1/ns/pid", "network=/run/netns/x", "ipc", "uts"), workload.Known(workload.HostPID)},
		"sandbox not known": {nil, joined, workload.Unknown[workload.HostNamespaces]()},
		"nothing known":     {nil, nil, workload.Unknown[workload.HostNamespaces]()},
	} {
		pod := &api.PodSandbox{Linux: &api.LinuxPodSandbox{Namespaces: c.pod}}
		if got := hostNamespaces(pod, &api.Container{Linux: &api.LinuxContainer{Namespaces: c.ctr}}); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestLegacyAnnotations(t *testing.T) {
	for name, c := range map[string]struct {
		annotations map[string]string
		want        workload.Requests
		localhost   string
	}{
		"none":                     {nil, workload.RequestUnset, ""},
		"the pod's":                {map[string]string{legacyPod: "runtime/default"}, workload.RequestRuntimeDefault, ""},
		"the container's wins":     {map[string]string{legacyPod: "runtime/default", legacyContainer + "c": "localhost/x.json"}, workload.RequestLocalhost, "x.json"},
		"another container's":      {map[string]string{legacyContainer + "d": "localhost/x.json"}, workload.RequestUnset, ""},
		"unconfined is ignored":    {map[string]string{legacyPod: "unconfined"}, workload.RequestUnset, ""},
		"out of the directory":     {map[string]string{legacyPod: "localhost/../../etc/passwd"}, workload.RequestUnset, ""},
		"an absolute path":         {map[string]string{legacyPod: "localhost//etc/passwd"}, workload.RequestUnset, ""},
		"the old name of the same": {map[string]string{legacyPod: "docker/default"}, workload.RequestRuntimeDefault, ""},
	} {
		pod := &api.PodSandbox{Annotations: c.annotations}
		w := request(pod, &api.Container{Name: "c"}, all, true).Workload
		if w.Requested != c.want || w.LocalhostProfile.Or("") != c.localhost {
			t.Errorf("%s: asks for %v %q", name, w.Requested, w.LocalhostProfile.Or(""))
		}
		if w := request(pod, &api.Container{Name: "c"}, all, false).Workload; w.Requested != workload.RequestUnset {
			t.Errorf("%s: honoured without the setting", name)
		}
		set := &api.Container{Name: "c", Linux: &api.LinuxContainer{SeccompProfile: asked(api.SecurityProfile_UNCONFINED)}}
		if w := request(pod, set, all, true).Workload; w.Requested != workload.RequestUnconfined {
			t.Errorf("%s: honoured for a container that asks for something else", name)
		}
	}
}

func TestFiltersRoundTrip(t *testing.T) {
	n := uint(22)
	f := &specs.LinuxSeccomp{
		DefaultAction: specs.ActErrno, DefaultErrnoRet: &n,
		Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86},
		Flags:         []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog},
		ListenerPath:  "/run/l.sock", ListenerMetadata: "m",
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"read", "write"}, Action: specs.ActAllow},
			{Names: []string{"socket"}, Action: specs.ActErrno, ErrnoRet: &n, Args: []specs.LinuxSeccompArg{
				{Index: 0, Value: 1 << 40, ValueTwo: 3, Op: specs.OpMaskedEqual}, {Index: 5, Value: ^uint64(0), Op: specs.OpNotEqual},
			}},
		},
	}
	wire, err := proto.Marshal(toNRI(f))
	if err != nil {
		t.Fatal(err)
	}
	var back api.LinuxSeccomp
	if err := proto.Unmarshal(wire, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, fromNRI(&back)); diff != "" {
		t.Error(diff)
	}
	if fromNRI(nil) != nil || toNRI(nil) != nil {
		t.Error("no filter becomes one")
	}
	empty := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}
	a, _ := json.Marshal(empty)
	b, _ := json.Marshal(fromNRI(toNRI(empty)))
	if string(a) != string(b) {
		t.Errorf("%s became %s", a, b)
	}
}

func TestEqualSeesEveryField(t *testing.T) {
	make := func(change func(*api.LinuxSeccomp)) *api.LinuxSeccomp {
		s := &api.LinuxSeccomp{
			DefaultAction: "SCMP_ACT_ERRNO", DefaultErrno: api.UInt32(uint32(1)), Architectures: []string{"a"}, Flags: []string{"f"}, ListenerPath: "p", ListenerMetadata: "m",
			Syscalls: []*api.LinuxSyscall{{Names: []string{"n"}, Action: "SCMP_ACT_ALLOW", ErrnoRet: api.UInt32(uint32(2)), Args: []*api.LinuxSeccompArg{{Index: 1, Op: "o", Value: 2, ValueTwo: 3}}}},
		}
		change(s)
		return s
	}
	same := func(*api.LinuxSeccomp) {}
	if !equal(make(same), make(same)) || equal(make(same), nil) {
		t.Error("equal filters differ, or one is equal to none")
	}
	for i, change := range []func(*api.LinuxSeccomp){
		func(s *api.LinuxSeccomp) { s.DefaultAction = "x" }, func(s *api.LinuxSeccomp) { s.DefaultErrno = nil },
		func(s *api.LinuxSeccomp) { s.Architectures = nil }, func(s *api.LinuxSeccomp) { s.Flags[0] = "x" },
		func(s *api.LinuxSeccomp) { s.ListenerPath = "" }, func(s *api.LinuxSeccomp) { s.ListenerMetadata = "" },
		func(s *api.LinuxSeccomp) { s.Syscalls = append(s.Syscalls, s.Syscalls[0]) },
		func(s *api.LinuxSeccomp) { s.Syscalls[0].Names[0] = "x" }, func(s *api.LinuxSeccomp) { s.Syscalls[0].Action = "x" },
		func(s *api.LinuxSeccomp) { s.Syscalls[0].ErrnoRet.Value = 0 }, func(s *api.LinuxSeccomp) { s.Syscalls[0].Args[0].Index = 0 },
		func(s *api.LinuxSeccomp) { s.Syscalls[0].Args[0].Op = "" }, func(s *api.LinuxSeccomp) { s.Syscalls[0].Args[0].Value = 0 },
		func(s *api.LinuxSeccomp) { s.Syscalls[0].Args[0].ValueTwo = 0 },
	} {
		if equal(make(same), make(change)) {
			t.Errorf("change %d is not seen", i)
		}
	}
	// A new field of a later NRI must be looked at here.
	for name, want := range map[string]int{"LinuxSeccomp": 7, "LinuxSyscall": 4, "LinuxSeccompArg": 4} {
		var got int
		switch name {
		case "LinuxSeccomp":
			got = (&api.LinuxSeccomp{}).ProtoReflect().Descriptor().Fields().Len()
		case "LinuxSyscall":
			got = (&api.LinuxSyscall{}).ProtoReflect().Descriptor().Fields().Len()
		case "LinuxSeccompArg":
			got = (&api.LinuxSeccompArg{}).ProtoReflect().Descriptor().Fields().Len()
		}
		if got != want {
			t.Errorf("%s has %d fields, and %d are compared", name, got, want)
		}
	}
}
