package nri_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/containerd/nri/pkg/api"
	"google.golang.org/protobuf/proto"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/nri"
)

// Each way in which another plugin could leave a container with another filter than the policy's, and the control: in
// audit mode, where nothing of ours holds, the same goes through.
func TestOtherPluginsAreCaught(t *testing.T) {
	allowAll := &api.LinuxSeccomp{DefaultAction: "SCMP_ACT_ALLOW"}
	set := func(s *api.LinuxSeccomp) func(*api.Container, *api.ContainerAdjustment) {
		return func(_ *api.Container, a *api.ContainerAdjustment) { a.SetLinuxSeccompPolicy(s) }
	}
	annotate := func(key string) func(*api.Container, *api.ContainerAdjustment) {
		return func(_ *api.Container, a *api.ContainerAdjustment) { a.AddAnnotation(key, "x") }
	}
	for name, c := range map[string]struct {
		policy string
		before bool // the other plugin comes before ours
		adjust func(*api.Container, *api.ContainerAdjustment)
		ctr    func(string) *api.Container
		want   string // in the error; "" where it goes through
	}{
		"a filter where we keep none, after us":      {keep, false, set(allowAll), container, "plugin 20-other changes the filter"},
		"a filter where we keep none, before us":     {keep, true, set(allowAll), container, "plugin 05-other changes the filter"},
		"a filter where we keep one":                 {keep, false, set(allowAll), filtered, "plugin 20-other changes the filter"},
		"the empty filter":                           {keep, false, set(&api.LinuxSeccomp{}), filtered, "plugin 20-other changes the filter"},
		"the same filter":                            {keep, false, set(own()), filtered, ""},
		"a filter where we set one":                  {replace, false, set(allowAll), container, "tried to set"},
		"crun's annotation where we set one":         {replace, false, annotate("run.oci.seccomp_bpf_data"), container, "adds annotation run.oci.seccomp_bpf_data"},
		"crun's annotation where we keep":            {keep, false, annotate("run.oci.seccomp.receiver"), container, "adds annotation run.oci.seccomp.receiver"},
		"crun's annotation before us":                {keep, true, annotate("run.oci.seccomp.receiver"), container, "annotation run.oci.seccomp.receiver"},
		"another annotation":                         {replace, false, annotate("example.com/x"), container, ""},
		"an annotation that the decision rests on":   {"mode: enforce\nrules:\n- {name: open, match: {annotations: {open: \"yes\"}}, action: keep}\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n", true, func(_ *api.Container, a *api.ContainerAdjustment) { a.AddAnnotation("open", "yes") }, container, "without the filter of the policy"},
		"a mount that makes it look privileged":      {"mode: enforce\nrules:\n- {name: open, match: {privileged: true}, action: keep}\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n", true, remount, container, "without the filter of the policy"},
		"nothing":                                    {replace, false, func(*api.Container, *api.ContainerAdjustment) {}, container, ""},
		"a filter removed after us is not expressed": {replace, false, func(*api.Container, *api.ContainerAdjustment) {}, filtered, ""},
	} {
		for _, mode := range []string{"enforce", "audit"} {
			t.Run(mode+"/"+name, func(t *testing.T) {
				n := serve(t, engine(t, strings.Replace(c.policy, "enforce", mode, 1)))
				index := "20"
				if c.before {
					index = "05"
				}
				n.runtime.addPlugin(t, index, c.adjust)
				_, err := n.runtime.create(pod(), c.ctr("1"))
				switch {
				case mode == "audit" && c.want == "tried to set":
					// NRI refuses a container for which two plugins set a filter, of which ours only logs.
					if err == nil || !strings.Contains(err.Error(), c.want) {
						t.Errorf("error %v, want NRI's own", err)
					}
					// So ours is not set when the client tries again.
					if _, err := n.runtime.create(pod(), c.ctr("2")); err != nil {
						t.Errorf("again: %v", err)
					}
				case mode == "audit" || c.want == "":
					if err != nil {
						t.Errorf("refused: %v", err)
					}
				case err == nil:
					t.Error("created")
				case c.want != "tried to set" && (!strings.Contains(err.Error(), c.want) || n.last(t).Result != audit.ResultRefused):
					t.Errorf("error %v, want one with %q, recorded", err, c.want)
				}
			})
		}
	}
}

func remount(_ *api.Container, a *api.ContainerAdjustment) {
	a.RemoveMount("/sys")
	a.AddMount(&api.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"rw"}})
}

// A container of which we were not asked, as when the runtime went on without our answer, has no filter of ours pending.
func TestUnaskedContainerIsCaught(t *testing.T) {
	p := newNode(engine(t, replace))
	err := p.ValidateContainerAdjustment(t.Context(), &api.ValidateContainerAdjustmentRequest{
		Pod: pod(), Container: container("1"), Adjust: &api.ContainerAdjustment{Linux: &api.LinuxContainerAdjustment{}},
	})
	if err == nil || !strings.Contains(err.Error(), "without the filter of the policy") {
		t.Errorf("error %v", err)
	}
	if r := p.last(t); r.Reason != nri.ReasonTampered {
		t.Errorf("recorded %+v", r)
	}
}

// A policy that comes into force between a container's two requests must not refuse it: both are decided by one.
func TestPolicyChangeBetweenTheRequests(t *testing.T) {
	n := serve(t, engine(t, replace))
	other := engine(t, keep)
	var created atomic.Bool
	n.runtime.addPlugin(t, "20", func(*api.Container, *api.ContainerAdjustment) {
		if created.CompareAndSwap(false, true) {
			n.use(other)
		}
	})
	for range 2 {
		if _, err := n.runtime.create(pod(), container("1")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnnotationOfTheContainerItself(t *testing.T) {
	n := serve(t, engine(t, keep))
	c := container("1")
	c.Annotations = map[string]string{"run.oci.seccomp_bpf_data": "AAAA"}
	if _, err := n.runtime.create(pod(), c); err == nil || !strings.Contains(err.Error(), "annotation run.oci.seccomp_bpf_data") {
		t.Errorf("error %v", err)
	}
	n.use(engine(t, strings.Replace(keep, "enforce", "audit", 1)))
	if _, err := n.runtime.create(pod(), c); err != nil {
		t.Errorf("in audit: %v", err)
	}
	if r := n.last(t); !r.WouldRefuse || !strings.Contains(r.Would, "run.oci.seccomp") {
		t.Errorf("in audit nothing was noted: %+v", r)
	}
}

// Runtimes refuse a filter that two plugins set before they have it validated. Where one did not, we would.
func TestAnotherFilterThanTheDecidedIsCaught(t *testing.T) {
	for name, change := range map[string]func(*api.LinuxSeccomp){
		"the decided one": func(*api.LinuxSeccomp) {},
		"all is allowed":  func(s *api.LinuxSeccomp) { s.Syscalls = nil },
		"another errno":   func(s *api.LinuxSeccomp) { s.Syscalls[0].ErrnoRet = &api.OptionalUInt32{Value: 38} },
		"another call":    func(s *api.LinuxSeccomp) { s.Syscalls[0].Names = []string{"rmdir"} },
		"a condition":     func(s *api.LinuxSeccomp) { s.Syscalls[0].Args = []*api.LinuxSeccompArg{{Op: "SCMP_CMP_EQ"}} },
		"the empty one":   func(s *api.LinuxSeccomp) { s.DefaultAction, s.Syscalls = "", nil },
	} {
		t.Run(name, func(t *testing.T) {
			p := newNode(engine(t, replace))
			adjust, _, err := p.CreateContainer(t.Context(), pod(), container("1"))
			if err != nil {
				t.Fatal(err)
			}
			pending := proto.CloneOf(adjust)
			change(pending.Linux.SeccompPolicy)
			err = p.ValidateContainerAdjustment(t.Context(), &api.ValidateContainerAdjustmentRequest{Pod: pod(), Container: container("1"), Adjust: pending})
			if name == "the decided one" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "another filter than that of the policy") {
				t.Fatalf("error %v, want a refusal", err)
			}
			if r := p.last(t); r.Reason != nri.ReasonTampered || r.Rule != "default" {
				t.Errorf("recorded %+v", r)
			}
		})
	}
}
