package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// workloadFlags describe a container. What they leave out is taken as in a container that asks for nothing, but for names,
// which then are unknown.
type workloadFlags struct {
	engine, containerdNamespace, namespace, pod, container, image string
	labels, podLabels, annotations                                map[string]string
	runtimeHandler, requested, localhostProfile, kind             string
	privileged                                                    bool
	caps, hostNamespaces                                          []string
	user                                                          uint32
}

// describing are the names of the flags.
var describing = []string{
	"engine", "containerd-namespace", "namespace", "pod", "container", "image", "label", "pod-label", "annotation",
	"runtime-handler", "requested", "localhost-profile", "privileged", "cap", "user", "host-namespace", "kind",
}

func (w *workloadFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&w.engine, "engine", string(workload.EngineKubernetes), "what creates the container: "+strings.Join(words(workload.Engines()), ", "))
	f.StringVar(&w.containerdNamespace, "containerd-namespace", "", "containerd's `namespace`")
	f.StringVar(&w.namespace, "namespace", "", "the pod's `namespace`")
	f.StringVar(&w.pod, "pod", "", "the pod's `name`")
	f.StringVar(&w.container, "container", "", "the container's `name`")
	f.StringVar(&w.image, "image", "", "the image's `reference`, with its digest where that matters")
	f.StringToStringVar(&w.labels, "label", nil, "a label of the container, as `key=value`")
	f.StringToStringVar(&w.podLabels, "pod-label", nil, "a label of the pod, as `key=value`")
	f.StringToStringVar(&w.annotations, "annotation", nil, "an annotation, as `key=value`")
	f.StringVar(&w.runtimeHandler, "runtime-handler", "", "the runtime `handler`")
	f.StringVar(&w.requested, "requested", "Unset", "the seccomp profile that is asked for: "+strings.Join(workload.RequestNames(), ", "))
	f.StringVar(&w.localhostProfile, "localhost-profile", "", "the `name` that a Localhost request gives")
	f.BoolVar(&w.privileged, "privileged", false, "the container is privileged")
	f.StringSliceVar(&w.caps, "cap", nil, "a `capability` beside the default ones; ALL for every one, -NAME for one less")
	f.Uint32Var(&w.user, "user", 0, "the `uid` of the first process")
	f.StringSliceVar(&w.hostNamespaces, "host-namespace", nil, "a namespace of the host that it shares: "+strings.Join(workload.HostNamespaceNames(), ", "))
	f.StringVar(&w.kind, "kind", "container", "what kind of container it is: "+strings.Join(workload.KindNames(), ", "))
	for name, list := range map[string][]string{
		"engine": words(workload.Engines()), "requested": workload.RequestNames(), "kind": workload.KindNames(),
		"host-namespace": workload.HostNamespaceNames(), "cap": workload.CapabilityNames(),
	} {
		must(cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)))
	}
}

// given lists the flags that were given.
func (w *workloadFlags) given(cmd *cobra.Command) []string {
	return slices.DeleteFunc(slices.Clone(describing), func(name string) bool { return !cmd.Flags().Changed(name) })
}

// subjects returns the one container that the flags describe.
func (w *workloadFlags) subjects() ([]subject, error) {
	engine, err1 := oneOf("--engine", w.engine, words(workload.Engines()))
	requested, err2 := oneOf("--requested", w.requested, workload.RequestNames())
	kind, err3 := oneOf("--kind", w.kind, workload.KindNames())
	caps, err4 := capabilities(w.caps)
	var host workload.HostNamespaces
	var err5 error
	for _, name := range w.hostNamespaces {
		if _, err := oneOf("--host-namespace", name, workload.HostNamespaceNames()); err != nil {
			err5 = err
		}
		bit, _ := workload.HostNamespaceNamed(name)
		host |= bit
	}
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			return nil, err
		}
	}
	if w.localhostProfile != "" && requested != "Localhost" {
		return nil, &usageError{message: "--localhost-profile goes with --requested Localhost"}
	}
	s := subject{name: "the container that the flags describe", whole: true}
	out := &s.workload
	out.Engine = workload.Known(workload.Engine(engine))
	out.Requested, _ = workload.RequestNamed(requested)
	out.Kinds, _ = workload.KindNamed(kind)
	out.Privileged = workload.Known(w.privileged)
	if w.privileged {
		caps = workload.AllCapabilities
	}
	out.Capabilities = workload.Known(caps)
	out.User = workload.Known(w.user)
	out.HostNamespaces = workload.Known(host)
	out.Labels, out.PodLabels, out.Annotations = workload.Known(w.labels), workload.Known(w.podLabels), workload.Known(w.annotations)
	out.RuntimeHandler = workload.Known(w.runtimeHandler)
	out.LocalhostProfile = workload.Absent[string]()
	if out.Requested == workload.RequestLocalhost {
		out.LocalhostProfile = named(w.localhostProfile)
	}
	out.Namespace, out.Pod, out.Container = named(w.namespace), named(w.pod), named(w.container)
	out.Image = named(w.image)
	if _, digest, ok := strings.Cut(w.image, "@"); ok {
		out.ImageDigest = workload.Known(digest)
	}
	out.ContainerdNamespace = named(w.containerdNamespace)
	if engine == string(workload.EngineKubernetes) && w.containerdNamespace == "" {
		out.ContainerdNamespace = workload.Known("k8s.io")
	}
	if engine != string(workload.EngineKubernetes) {
		oci.NoPod(out)
	}
	return []subject{s}, nil
}

// named is an attribute that exists; a flag that was not given leaves it unknown.
func named(s string) workload.Attr[string] {
	if s == "" {
		return workload.Unknown[string]()
	}
	return workload.Known(s)
}

func oneOf(flag, value string, list []string) (string, error) {
	if slices.Contains(list, value) {
		return value, nil
	}
	u := &usageError{message: fmt.Sprintf("%s cannot be %q", flag, value), hint: "one of " + strings.Join(list, ", ")}
	if near := document.Closest(value, list); near != "" {
		u.hint = fmt.Sprintf("did you mean %q?", near)
	}
	return "", u
}

// capabilities adds to the default set: ALL, NAME, and -NAME for one less.
func capabilities(list []string) (workload.Capabilities, error) {
	set := workload.DefaultCapabilities
	for _, name := range list {
		bare, less := strings.CutPrefix(name, "-")
		bits, ok := workload.CapabilityNamed(bare)
		if strings.EqualFold(bare, "ALL") {
			bits, ok = workload.AllCapabilities, true
		}
		if !ok {
			_, err := oneOf("a capability", "CAP_"+strings.TrimPrefix(strings.ToUpper(bare), "CAP_"), workload.CapabilityNames())
			var u *usageError
			if errors.As(err, &u) && strings.HasPrefix(u.hint, "one of ") {
				u.hint = "capabilities(7) lists them" // forty are more than a line
			}
			return 0, err
		}
		if less {
			set &^= bits
		} else {
			set |= bits
		}
	}
	return set, nil
}

// flagOf is the flag that gives a field its value.
var flagOf = map[policy.Field]string{
	policy.FieldContainerdNamespaces: "containerd-namespace", policy.FieldNamespaces: "namespace", policy.FieldPods: "pod",
	policy.FieldContainers: "container", policy.FieldImages: "image", policy.FieldLocalhostProfiles: "localhost-profile",
}
