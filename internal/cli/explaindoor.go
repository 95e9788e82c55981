package cli

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// doorFlags say through which door a container comes, and on which version of its engine.
type doorFlags struct {
	door    string
	version string
}

func (d *doorFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&d.door, "door", "", "the door that the container comes through: "+strings.Join(words(workload.Doors()), ", ")+" (all of the policy that it comes through)")
	f.StringVar(&d.version, "engine-version", "", "the `version` of containerd, as 2.3, or cri-o-1.34 for CRI-O (the newest)")
	must(cmd.RegisterFlagCompletionFunc("door", cobra.FixedCompletions(words(workload.Doors()), cobra.ShellCompDirectiveNoFileComp)))
}

// versionForm is 2, 2.4, 2.4.1, and what a release candidate or a distribution adds.
var versionForm = regexp.MustCompile(`^\d+(\.\d+){0,2}([-+~].*)?$`)

// platform is the software of an engine in the version that was asked for.
func (d *doorFlags) platform(engine workload.Engine) (policy.Platform, error) {
	on := policy.Platform{Engine: engine, Software: policy.Containerd, Version: strings.TrimPrefix(d.version, "v")}
	switch engine {
	case workload.EngineDocker:
		on.Software = policy.Docker
	case workload.EnginePodman:
		on.Software = policy.Podman
	case workload.EngineKubernetes, workload.EngineContainerd, workload.EngineNerdctl:
	}
	for _, software := range []string{policy.Containerd, policy.CRIO, policy.Docker, policy.Podman} {
		if v, ok := strings.CutPrefix(d.version, software); ok {
			if engine == workload.EngineKubernetes {
				on.Software = software
			}
			on.Version = strings.TrimPrefix(strings.TrimLeft(v, "- "), "v")
		}
	}
	if on.Version != "" && !versionForm.MatchString(on.Version) {
		return on, &usageError{message: fmt.Sprintf("--engine-version cannot be %q", d.version), hint: "as in 2.3, or cri-o-1.34"}
	}
	return on, nil
}

// choose returns the door: the one that was asked for, or the first of the policy's that guards the platform.
func (d *doorFlags) choose(p *policy.Policy, on policy.Platform) (workload.Door, error) {
	if d.door != "" {
		name, err := oneOf("--door", d.door, words(workload.Doors()))
		if err != nil {
			return "", err
		}
		if !policy.Guards(workload.Door(name), on) {
			return "", fmt.Errorf("door %s does not guard %s", name, on)
		}
		return workload.Door(name), nil
	}
	for _, door := range p.RelyOn() {
		if policy.Guards(door, on) {
			return door, nil
		}
	}
	return "", fmt.Errorf("none of the policy's doors (%s) guards %s: its containers are created without a decision (--door shows another)", strings.Join(words(p.RelyOn()), ", "), on)
}

// seen returns what a door sees of a workload.
func seen(w workload.Workload, door workload.Door, on policy.Platform) workload.Workload {
	sight := func(f policy.Field) policy.Sight { return policy.Sees(f, door, on) }
	w.Door = door
	look(&w.Engine, sight(policy.FieldEngines))
	look(&w.ContainerdNamespace, sight(policy.FieldContainerdNamespaces))
	look(&w.Namespace, sight(policy.FieldNamespaces))
	look(&w.Pod, sight(policy.FieldPods))
	look(&w.Container, sight(policy.FieldContainers))
	look(&w.Image, sight(policy.FieldImages))
	look(&w.ImageDigest, sight(policy.FieldImageDigests))
	look(&w.Labels, sight(policy.FieldLabels))
	look(&w.PodLabels, sight(policy.FieldPodLabels))
	look(&w.RuntimeHandler, sight(policy.FieldRuntimeHandlers))
	look(&w.LocalhostProfile, sight(policy.FieldLocalhostProfiles))
	look(&w.Privileged, sight(policy.FieldPrivileged))
	look(&w.Capabilities, sight(policy.FieldCapabilities))
	look(&w.User, sight(policy.FieldUsers))
	look(&w.HostNamespaces, sight(policy.FieldHostNamespaces))
	look(&w.Annotations, sight(policy.FieldAnnotations))
	switch sight(policy.FieldRequested) {
	case policy.SightNo:
		w.Requested = workload.AnyRequest
	case policy.SightPartly:
		w.Requested = bySight(w)
	case policy.SightAbsent, policy.SightYes:
	}
	if sight(policy.FieldContainerKinds) == policy.SightPartly && w.Kinds&workload.KindSandbox == 0 {
		w.Kinds = workload.KindContainer | workload.KindInit | workload.KindEphemeral
	}
	return w
}

// bySight is what may have been asked for, where only a filter or none is seen.
func bySight(w workload.Workload) workload.Requests {
	confined := workload.RequestRuntimeDefault | workload.RequestLocalhost
	switch {
	case w.Privileged.Or(false):
		return workload.AnyRequest
	case w.Requested&confined != 0:
		return confined
	case w.Engine.Or("") == workload.EngineKubernetes, w.Engine.Or("") == workload.EngineContainerd, w.Requested == workload.RequestUnconfined:
		return workload.AnyRequest &^ confined
	}
	// Docker, nerdctl and podman give their default to a container that asks for nothing.
	return confined | workload.RequestUnset
}

func look[T any](a *workload.Attr[T], s policy.Sight) {
	switch s {
	case policy.SightNo:
		*a = workload.Unknown[T]()
	case policy.SightAbsent:
		*a = workload.Absent[T]()
	case policy.SightPartly, policy.SightYes:
	}
}

// doorsThatSee lists the other doors of a platform that see a field.
func doorsThatSee(f policy.Field, but workload.Door, on policy.Platform) []string {
	f = policy.Field(strings.TrimPrefix(string(f), "except."))
	var out []string
	for _, door := range workload.Doors() {
		if door != but && policy.Guards(door, on) && policy.Sees(f, door, on) >= policy.SightPartly {
			out = append(out, string(door))
		}
	}
	return out
}
