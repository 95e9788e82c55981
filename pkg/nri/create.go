package nri

import (
	"context"
	"strings"
	"time"

	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
)

// CreateContainer decides on a container and returns the filter to give it.
func (p *Plugin) CreateContainer(ctx context.Context, pod *api.PodSandbox, ctr *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
	start := time.Now()
	d, err := guard(ctx, p, "CreateContainer", func() decided { return p.decide(nil, pod, ctr) })
	if err != nil {
		d = decided{req: named(pod, ctr), err: err}
	}
	if d.err != nil {
		return nil, nil, p.refused(start, d)
	}
	if err := p.leave(ctx, &d); err != nil {
		d.err = err
		return nil, nil, p.refused(start, d)
	}
	p.mu.Lock()
	failed := p.pending.put(ctr.GetId(), fullName(pod, ctr), d.engine)
	p.mu.Unlock()
	if failed && d.wire != nil && !binding(d.out) {
		// NRI refuses a container for which two plugins set a filter, and audit must not keep one from being created.
		d.wire, d.out.Install, d.out.Effective = nil, nil, d.req.Current.Filter
		d.note("nothing is logged: an earlier attempt to create the container failed, as it does where another plugin sets its filter")
	}
	p.set.Record(audit.Decided(p.set.Now(), d.snapshot, d.req, d.out, time.Since(start)))
	if d.wire == nil {
		return nil, nil, nil
	}
	adjust := &api.ContainerAdjustment{}
	adjust.SetLinuxSeccompPolicy(d.wire)
	return adjust, nil, nil
}

// fullName tells the containers of a pod apart, over several attempts to create one.
func fullName(pod *api.PodSandbox, ctr *api.Container) string {
	return pod.GetId() + "/" + ctr.GetName()
}

// decided is what an engine said of a container, in the form that NRI carries.
type decided struct {
	req      enforce.Request
	engine   Engine
	snapshot string
	out      enforce.Outcome
	// wire is the filter to give; nil leaves the container's own alone.
	wire *api.LinuxSeccomp
	err  error
	// deferred is the refusal instead of which the decision is left to the runtime door, or nil.
	deferred *enforce.Refusal
}

// decide asks an engine, the one in force where it is nil, about a container.
func (p *Plugin) decide(engine Engine, pod *api.PodSandbox, ctr *api.Container) (d decided) {
	p.mu.Lock()
	rep := p.rep
	p.mu.Unlock()
	var missing error
	if engine == nil {
		engine, missing = p.set.Engine()
	}
	legacy := missing == nil && engine.Policy().HonourLegacyAnnotations
	d.req = request(pod, ctr, rep, legacy)
	if missing != nil {
		d.err = refuse(ReasonNoPolicy, missing.Error())
		return d
	}
	d.engine, d.snapshot = engine, engine.Snapshot()
	if d.out, d.err = engine.Enforce(d.req); d.err != nil {
		if d.defers(p.set.Records); d.err != nil {
			return d
		}
	}
	if !legacy && carriesLegacy(pod.GetAnnotations(), ctr.GetName()) {
		d.note("the pod asks for seccomp with annotations that have no effect since Kubernetes 1.27")
	}
	name := bypass(ctr.GetAnnotations())
	switch {
	case name != "" && binding(d.out):
		d.err = d.refuse(ReasonBypass, "annotation "+name+" makes crun replace the container's filter: remove it")
	case name != "":
		d.wouldRefuse("annotation " + name + " makes crun replace the container's filter")
	case d.out.Install != nil && d.out.Install.DefaultAction == "":
		// Runtimes read a section without a default action as no filter at all.
		d.err = d.refuse(enforce.ReasonInternal, "the filter to install is empty")
	case d.out.Install != nil:
		d.wire = p.wire(d.out.Install)
	}
	if why := tooLarge(pod, ctr, d.wire); why != "" && d.err == nil {
		why += notAgain
		if binding(d.out) {
			d.err = d.refuse(ReasonSize, why)
		} else {
			d.wouldRefuse(why)
		}
	}
	return d
}

// wouldRefuse says of a container that is created in audit that enforcing would refuse it.
func (d *decided) wouldRefuse(why string) {
	if !d.out.Refused {
		d.out.Refused, d.out.Would = true, "refuse: "+why
	}
}

// note adds to the outcome's notes, whose array the engine shares.
func (d *decided) note(text string) {
	d.out.Notes = append(d.out.Notes[:len(d.out.Notes):len(d.out.Notes)], text)
}

// binding reports whether an outcome must hold. In audit mode a container is created as it would be without us, other
// plugins' changes and all.
func binding(out enforce.Outcome) bool { return out.Mode != policy.ModeAudit }

// bypassPrefix is that of the annotations by which crun takes a filter, or a listener for one, from elsewhere.
const bypassPrefix = "run.oci.seccomp"

// bypass returns the name of an annotation that goes round the filter, or "".
func bypass(annotations map[string]string) string {
	found := ""
	for name := range annotations {
		if strings.HasPrefix(name, bypassPrefix) && (found == "" || name < found) {
			found = name
		}
	}
	return found
}
