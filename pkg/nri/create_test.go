package nri_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/containerd/nri/pkg/api"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/nri"
)

const (
	replace = "mode: enforce\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n"
	keep    = "mode: enforce\ndefault: {action: keep}\n"
)

func TestCreate(t *testing.T) {
	for name, c := range map[string]struct {
		policy    string
		container *api.Container
		installed bool
		result    audit.Result
	}{
		"replace where there is no filter": {replace, container("1"), true, audit.ResultInstalled},
		"replace where there is one":       {replace, filtered("1"), true, audit.ResultInstalled},
		"keep none":                        {keep, container("1"), false, audit.ResultKept},
		"keep one":                         {keep, filtered("1"), false, audit.ResultKept},
		"audit":                            {strings.Replace(replace, "enforce", "audit", 1), container("1"), true, audit.ResultAudited},
	} {
		t.Run(name, func(t *testing.T) {
			n := serve(t, engine(t, c.policy))
			got, err := n.runtime.create(pod(), c.container)
			if err != nil {
				t.Fatal(err)
			}
			if (got != nil) != c.installed {
				t.Errorf("filter %v, want one: %v", got, c.installed)
			}
			if got != nil && (len(got.Syscalls) != 1 || got.Syscalls[0].Names[0] != "mkdir") {
				t.Errorf("filter %v, want that of p.json", got)
			}
			if r := n.last(t); r.Result != c.result || r.ID == "" || r.Rule != "default" || r.Snapshot != "sha256:test" || r.Workload.Pod.Or("") != "web" {
				t.Errorf("recorded %+v", r)
			}
		})
	}
}

func TestRefusalIsOneLineWithRuleAndID(t *testing.T) {
	n := serve(t, engine(t, "mode: enforce\nrules:\n- {name: no, match: {namespaces: [prod]}, action: refuse, message: \"not here "+strings.Repeat("x", 200)+"\"}\n"))
	_, err := n.runtime.create(pod(), container("1"))
	if err == nil {
		t.Fatal("created")
	}
	r := n.last(t)
	text := err.Error()[strings.Index(err.Error(), "seccompd refused"):]
	if len(text) > 512 || strings.Contains(text, "\n") || !strings.Contains(text, r.ID) || !strings.Contains(text, "rule no") {
		t.Errorf("refused with %d bytes: %q, recorded %+v", len(text), text, r)
	}
}

func TestWithoutAPolicyEverythingIsRefused(t *testing.T) {
	n := serve(t, nil)
	n.missing = errors.New("no policy is in force: run 'seccompctl apply'")
	_, err := n.runtime.create(pod(), container("1"))
	if err == nil || !strings.Contains(err.Error(), "run 'seccompctl apply'") {
		t.Fatalf("error %v, want one that says what to do", err)
	}
	if r := n.last(t); r.Result != audit.ResultRefused || r.Reason != nri.ReasonNoPolicy || r.ID == "" {
		t.Errorf("recorded %+v", r)
	}
	n.use(engine(t, keep))
	if _, err := n.runtime.create(pod(), container("1")); err != nil {
		t.Errorf("with a policy: %v", err)
	}
}

func TestDefaultErrnoIsSpelledOut(t *testing.T) {
	n := serve(t, engine(t, "mode: enforce\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: enosys.json}}\n"))
	got, err := n.runtime.create(pod(), container("1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range got.GetSyscalls() {
		for _, name := range s.Names {
			if name == "chmod" && s.Action == "SCMP_ACT_ERRNO" && s.GetErrnoRet().GetValue() == 38 {
				return
			}
		}
	}
	t.Errorf("chmod does not answer ENOSYS: %v", got)
}

// broken is an engine that does something first that only a bug would do.
type broken struct {
	*enforce.Engine
	do func(enforce.Request)
}

func (b broken) Enforce(r enforce.Request) (enforce.Outcome, error) {
	b.do(r)
	return b.Engine.Enforce(r)
}

func TestPanicIsARefusal(t *testing.T) {
	n := serve(t, broken{engine(t, keep), func(r enforce.Request) {
		if r.Workload.ID == "1" {
			panic("boom")
		}
	}})
	if _, err := n.runtime.create(pod(), container("1")); err == nil || !strings.Contains(err.Error(), "a fault in CreateContainer") {
		t.Fatalf("error %v, want a refusal", err)
	}
	if r := n.last(t); r.Result != audit.ResultRefused || r.Workload.ID != "1" || r.Reason != enforce.ReasonInternal {
		t.Errorf("recorded %+v", r)
	}
	if _, err := n.runtime.create(pod(), container("2")); err != nil {
		t.Errorf("the next container: %v", err)
	}
}

func TestAnswerComesBeforeTheRuntimeGivesUp(t *testing.T) {
	held := make(chan struct{})
	n := serve(t, broken{engine(t, keep), func(r enforce.Request) {
		if r.Workload.ID == "1" {
			<-held
		}
	}})
	_, err := n.runtime.create(pod(), container("1"))
	if err == nil || !strings.Contains(err.Error(), "CreateContainer was not answered within") {
		t.Fatalf("error %v, want a refusal of our own", err)
	}
	if n.Stuck() == 0 {
		t.Error("nobody would notice the request that hangs")
	}
	if !n.State().Connected {
		t.Error("the runtime dropped the plugin")
	}
	if _, err := n.runtime.create(pod(), container("2")); err != nil {
		t.Errorf("the next container: %v", err)
	}
	close(held)
}

// emptied is an engine with a fault: it installs a filter that says nothing, which runc takes for none.
type emptied struct{ *enforce.Engine }

func (e emptied) Enforce(r enforce.Request) (enforce.Outcome, error) {
	out, err := e.Engine.Enforce(r)
	out.Install = new(specs.LinuxSeccomp)
	return out, err
}

func TestEmptyFilterIsARefusal(t *testing.T) {
	n := serve(t, emptied{engine(t, replace)})
	if _, err := n.runtime.create(pod(), container("1")); err == nil || !strings.Contains(err.Error(), "the filter to install is empty") {
		t.Errorf("error %v, want a refusal", err)
	}
}

// TestWhatIsTooLargeToBeToldAgainIsRefused: an engine that connects tells of all containers, and a few that are large
// would keep it from doing so.
func TestWhatIsTooLargeToBeToldAgainIsRefused(t *testing.T) {
	large := map[string]string{"a": strings.Repeat("x", 300<<10), "b": strings.Repeat("x", 300<<10)}
	ctr, sandbox := container("1"), pod()
	ctr.Annotations, sandbox.Labels = large, large
	for name, c := range map[string]struct {
		pod *api.PodSandbox
		ctr *api.Container
		ok  bool
	}{
		"a large container":       {pod(), ctr, false},
		"a large pod":             {sandbox, container("1"), false},
		"as large as an API lets": {&api.PodSandbox{Name: "web", Annotations: map[string]string{"a": strings.Repeat("x", 256<<10)}}, container("1"), true},
	} {
		for mode, policy := range map[string]string{"enforce": replace, "audit": strings.Replace(replace, "enforce", "audit", 1)} {
			n := serve(t, engine(t, policy))
			_, err := n.runtime.create(c.pod, c.ctr)
			if refused := err != nil; refused != (!c.ok && mode == "enforce") {
				t.Errorf("%s, %s: error %v", name, mode, err)
			}
			r := n.last(t)
			if said := r.Reason == nri.ReasonSize || r.WouldRefuse && strings.Contains(r.Would, "has 6"); said == c.ok {
				t.Errorf("%s, %s: recorded %q, would %q", name, mode, r.Reason, r.Would)
			}
		}
	}
}
