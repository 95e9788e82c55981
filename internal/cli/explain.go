package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/cli/manifest"
	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// subject is a container that explain is asked about.
type subject struct {
	name     string
	workload workload.Workload
	// whole says that the workload is all that there is to know, of which the door sees a part. Otherwise it is what a
	// door saw already.
	whole bool
	// current is what it would have without us, nil where that follows from what it asks for.
	current *enforce.Current
	// record is the decision that was looked up, or nil.
	record *audit.Record
	notes  []string
}

func newExplain(c *console) *cobra.Command {
	e := explainer{console: c}
	cmd := &cobra.Command{
		Use:   "explain [FILE|ID]",
		Short: "Say what a container gets, by which rule, and why not by the others",
		Long: "explain says for each container which rule decides, why each earlier one does not, what filter the container gets, and\n" +
			"what that changes for it. It takes\n\n" +
			"  - a file with Kubernetes objects (Pod, Deployment, DaemonSet, StatefulSet, Job, CronJob, …), or - for standard input,\n" +
			"  - the config.json of an OCI container, or a directory with one,\n" +
			"  - the id of a refusal or decision, or of a container, from the decision log,\n" +
			"  - or flags that describe a container.\n\n" +
			"It asks the policy in force; with --policy, --profiles, --arch or --host-facts the policy file.",
		Example: "  seccompctl explain pod.yaml\n" +
			"  seccompctl explain --policy new.yaml --namespace prod --requested Unconfined\n" +
			"  seccompctl explain 1k2x3c4v5b6-2f",
		Args: takes(0, 1, "file or id"),
		RunE: func(cmd *cobra.Command, args []string) error { return e.run(cmd, args) },
	}
	e.node.register(cmd)
	e.flags.register(cmd)
	e.door.register(cmd)
	f := cmd.Flags()
	f.StringVar(&e.decisions, "decisions", defaultDecisions, "the decision log, for ids: a `file`")
	f.StringVar(&e.kubelet, "localhost-profiles", defaultKubelet, "the `directory` in which the kubelet looks for Localhost profiles of pods")
	return cmd
}

type explainer struct {
	*console
	node      nodeFlags
	flags     workloadFlags
	door      doorFlags
	decisions string
	kubelet   string
}

func (e *explainer) run(cmd *cobra.Command, args []string) error {
	described := e.flags.given(cmd)
	switch {
	case len(args) == 0 && len(described) == 0:
		return &usageError{message: "name a file or an id, or describe a container with flags"}
	case len(args) > 0 && len(described) > 0:
		return &usageError{message: fmt.Sprintf("--%s describes a container, and %q is one already", described[0], args[0])}
	}
	var subjects []subject
	var err error
	if len(args) == 0 {
		subjects, err = e.flags.subjects()
	} else {
		subjects, err = e.named(args[0])
	}
	if err != nil {
		return err
	}
	return e.explain(cmd.Context(), subjects, e.fromSource(cmd))
}

// named finds out what an argument is.
func (e *explainer) named(arg string) ([]subject, error) {
	if arg == "-" {
		data, err := io.ReadAll(io.LimitReader(e.in, document.MaxSize+1))
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return e.parse(stdinName, data)
	}
	st, err := os.Stat(arg)
	if errors.Is(err, fs.ErrNotExist) {
		return e.recorded(arg)
	}
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		arg = filepath.Join(arg, "config.json")
	}
	data, err := readFile(arg)
	if err != nil {
		return nil, err
	}
	return e.parse(arg, data)
}

// parse reads what starts with a brace as JSON, which may be either, and everything else as objects in YAML.
func (e *explainer) parse(file string, data []byte) ([]subject, error) {
	if text := bytes.TrimLeft(data, " \t\r\n"); len(text) > 0 && text[0] == '{' {
		n, err := document.ParseJSON(file, data)
		if err != nil {
			return nil, err
		}
		if n.Lookup("ociVersion") != nil {
			return e.bundle(file, data)
		}
	}
	containers, err := manifest.Parse(file, data)
	if err != nil {
		return nil, err
	}
	var out []subject
	for _, ctr := range containers {
		out = append(out, subject{
			name:     fmt.Sprintf("%s, container %q", ctr.Object, ctr.Workload.Container.Or("")),
			workload: ctr.Workload, whole: true, notes: ctr.Notes,
		})
	}
	return out, nil
}

// bundle is what the runtime door would see of a container.
func (e *explainer) bundle(file string, data []byte) ([]subject, error) {
	ctr, err := oci.Parse(file, data)
	if err != nil {
		return nil, err
	}
	s := subject{name: file, workload: *ctr.Workload(oci.Origin{Claimed: true}), notes: ctr.Notes}
	s.current = &enforce.Current{State: enforce.CurrentNone}
	if ctr.Filter != nil {
		s.current = &enforce.Current{State: enforce.CurrentFilter, Filter: ctr.Filter}
	}
	if s.workload.Engine.State() != workload.StateKnown {
		s.workload.Engine = workload.Known(workload.EngineContainerd)
		oci.NoPod(&s.workload)
		s.notes = append(s.notes, "no annotation tells the engine: taken for a client of containerd")
	}
	return []subject{s}, nil
}

// explain asks the policy about each container and prints the answers.
func (e *explainer) explain(ctx context.Context, subjects []subject, source bool) error {
	if r := subjects[0].record; r != nil && unasked(r) && !source {
		return e.print(explainAnswer{Policy: "not asked", Containers: []explained{{
			Name: subjects[0].name, Door: r.Door, Workload: &subjects[0].workload, Record: r,
			Trace:  policy.Trace{Decision: policy.Decision{Rule: -1}},
			Result: result{Refused: true, Reason: r.Reason, Message: r.Message},
			Notes:  []string{"the door refused it before any policy was asked"},
		}}})
	}
	in, err := e.asked(ctx, source, subjects[0].record)
	if err != nil {
		return err
	}
	a := explainAnswer{Policy: in.name, Snapshot: in.snap.Digest}
	for i := range subjects {
		one, err := e.one(in, &subjects[i])
		if err != nil {
			return err
		}
		a.Containers = append(a.Containers, one)
	}
	return e.print(a)
}
