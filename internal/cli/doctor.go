package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/coverage"
	"github.com/seccompd/seccompd/internal/engineconf"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// doctorAnswer is what doctor says.
type doctorAnswer struct {
	// Guarded says that a policy is in force, and that nothing was found that it does not reach.
	Guarded bool `json:"guarded"`
	// Enforced says that what is refused is not created: the policy in force, or a part of it, is in enforce.
	Enforced bool `json:"enforced"`
	// Policy is why no policy is in force, or why that is not known; empty where one is.
	Policy  string            `json:"policy,omitempty"`
	Engines []coverage.Engine `json:"engines"`
	Host    host.Facts        `json:"host"`
	// Findings are what is wrong, each with the command that ends it where there is one.
	Findings []coverage.Opening `json:"findings,omitempty"`
	// Always is what no configuration closes.
	Always []coverage.Opening `json:"always"`
	// RuntimeDoor is how the runtime door is set up; nil where it is not installed.
	RuntimeDoor *coverage.RuntimeDoor `json:"runtimeDoor,omitempty"`
	// Notes are what could be had and leaves nothing unguarded, each with what brings it.
	Notes []coverage.Opening `json:"notes,omitempty"`
	Probe *probeAnswer       `json:"probe,omitempty"`
}

// doctor looks at the machine.
type doctor struct {
	*console
	node  coverage.Node
	probe bool
	ctr   string
}

func newDoctor(c *console) *cobra.Command {
	d := &doctor{console: c}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say which engines this node has, which door guards each, and what is open",
		Long: "doctor looks for container engines, at how each is configured and what it runs with, and says which door guards it, how that\n" +
			"is known, and which command closes what is open. It changes nothing, and exits with 1 if something that it found is not\n" +
			"guarded.\n\n" +
			"With --probe it also creates one container with ctr, in a namespace of its own of containerd, and looks whether a door\n" +
			"decided on it and what the kernel holds. It never does that over CRI.",
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := d.look(cmd.Context())
			if err != nil {
				return err
			}
			if err := c.print(a); err != nil {
				return err
			}
			if !a.Guarded {
				return errNo
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&d.probe, "probe", false, "create a container with ctr, look at it and remove it")
	f.StringVar(&d.ctr, "ctr", "ctr", "with --probe: the ctr `program`")
	f.StringVar(&d.node.Shims, "shims", engineconf.ShimDir, "the `directory` with seccompd's runtime")
	f.StringVar(&d.node.Containerd.ConfigPath, "containerd-config", "/etc/containerd/config.toml", "containerd's configuration `file`")
	f.StringVar(&d.node.Containerd.DropInDir, "containerd-drop-ins", "/etc/containerd/conf.d", "the `directory` for our part of it")
	f.StringVar(&d.node.Containerd.Binary, "containerd", "", "the containerd `program` (looked for in the usual places)")
	return cmd
}

func (d *doctor) look(ctx context.Context) (*doctorAnswer, error) {
	a := &doctorAnswer{Engines: d.node.Engines(ctx), Always: always(d.node.Shims)}
	var err error
	if a.Host, err = d.host(ctx); err != nil {
		return nil, err
	}
	d.policy(a)
	for _, e := range a.Engines {
		a.engine(e)
	}
	a.runtimes()
	a.RuntimeDoor = d.node.RuntimeDoor(d.runDir, d.now())
	a.door()
	if len(a.Engines) == 0 {
		a.find("", "no container engine was found in the usual places")
	}
	if d.probe {
		a.Probe = d.create(ctx)
		if a.Probe.State != coverage.Yes {
			a.find("", "the probe: %s", a.Probe.How)
		}
	}
	a.Guarded = len(a.Findings) == 0
	return a, nil
}

func (a *doctorAnswer) find(remedy, format string, args ...any) {
	a.Findings = append(a.Findings, coverage.Opening{What: fmt.Sprintf(format, args...), Close: remedy})
}

// policy says whether a policy is in force, and whether it refuses anything.
func (d *doctor) policy(a *doctorAnswer) {
	snap, err := snapshot.Open(d.stateDir).Current()
	switch {
	case err == nil:
	case errors.Is(err, snapshot.ErrNone):
		a.Policy = noneInForce
		a.find(d.firstPolicy(), "no policy is in force")
	case errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0:
		a.Policy = unreadable
		a.find("run this as root", "whether a policy is in force is not known: %v", err)
	default:
		a.Policy = err.Error()
		a.find("seccompctl apply", "%v", err)
	}
	if snap == nil {
		return
	}
	p := snap.Policy
	a.Enforced = p.Floor != nil && p.FloorMode() == policy.ModeEnforce || p.ModeOf(-1) == policy.ModeEnforce
	for i := range p.Rules {
		a.Enforced = a.Enforced || p.ModeOf(i) == policy.ModeEnforce
	}
}

// What doctor says of the policy in force where there is none, and where nothing is known of it.
const (
	noneInForce = "none is in force"
	unreadable  = "it cannot be read"
)

// engine adds what is open of an engine.
func (a *doctorAnswer) engine(e coverage.Engine) {
	for _, door := range e.Doors {
		if door.Name == "runtime" && door.State != coverage.Yes {
			a.find(door.Close, "%s: %s is not guarded: %s", e.Name, door.Covers, door.How)
		}
	}
	for _, o := range e.Open {
		a.find(o.Close, "%s: %s", e.Name, o.What)
	}
}

// door adds what of the runtime door's settings is wrong, and what they leave out.
func (a *doctorAnswer) door() {
	d := a.RuntimeDoor
	if d == nil {
		return
	}
	if d.Error != "" {
		a.find("", "the runtime door runs nothing: %s", d.Error)
		return
	}
	note := func(remedy, format string, args ...any) {
		a.Notes = append(a.Notes, coverage.Opening{What: fmt.Sprintf(format, args...), Close: remedy})
	}
	if !d.VerifyStart {
		note(`"verifyStart": true in `+d.Settings, "verifyStart is off, as it is at first: a filter that a program behind the runtime door changes, such as a runtime that is a wrapper, is not noticed when the container starts")
	}
	if d.ContainerdLookup == "" && slices.ContainsFunc(a.Engines, func(e coverage.Engine) bool { return e.Name == "containerd" }) {
		note(`"containerdLookup": "500ms" in `+d.Settings, "containerdLookup is off, as it is at first: images and labels that containerd keeps are unknown to the runtime door, unless the NRI door left a record, and rules on them follow onError")
	}
	if d.Answered == coverage.No && d.ContainerdLookup == "" && !d.VerifyStart {
		note(d.Close, "containers take longer to be created than they need, for each of which the runtime door decides itself: %s", d.How)
	}
}

// runtimes adds runtimes that cannot do their part.
func (a *doctorAnswer) runtimes() {
	for _, r := range a.Host.Runtimes {
		switch {
		case !r.Seccomp:
			a.find("", "%s %s (%s) was built without seccomp: no filter reaches its containers", r.Name, r.Version, r.Path)
		case r.Libseccomp == "":
			a.find("", "%s %s (%s) does not say which libseccomp it has: names that it may not know are denied otherwise", r.Name, r.Version, r.Path)
		}
	}
	for _, i := range a.Host.Ignored {
		a.find("", "%s was left out: %s", i.Path, i.Reason)
	}
}

// always is what stays open whatever is configured.
func always(shims string) []coverage.Opening {
	return []coverage.Opening{
		{What: "who may use an engine's socket is root: such a client can name another runtime, or another shim"},
		{What: "runc and crun that are called by their own paths, as by 'ctr run --runc-binary' and 'podman --runtime'", Close: "install.sh --divert (puts " + shims + " in their place)"},
		{What: "containers of users who run podman or Docker by themselves: they stay as they are, with no more than the user's rights"},
		{What: "runtimes that are not runc or crun, such as Kata's and gVisor's: what their sandbox filters is theirs"},
	}
}
