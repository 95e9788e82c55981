package main

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	libseccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// library is the vocabulary of the libseccomp that is linked: of its release, and what the distribution added.
func library() syscalls.Vocab {
	major, minor, micro := libseccomp.GetLibraryVersion()
	v, _ := syscalls.Vocabulary(fmt.Sprintf("%d.%d.%d", major, minor, micro))
	var more []string
	for _, name := range v.Lacks() {
		if _, err := libseccomp.GetSyscallFromName(name); err == nil {
			more = append(more, name)
		}
	}
	return v.With(more...)
}

// shipped are the filters that seccompd carries, resolved for a machine.
func shipped(goarch string) (map[string]*specs.LinuxSeccomp, error) {
	native, _ := syscalls.Native(goarch)
	out := map[string]*specs.LinuxSeccomp{}
	target := profile.Target{Facts: host.Facts{GOARCH: goarch, Native: native, Kernel: host.Version{Major: 6, Minor: 18}}}
	sets := map[string]workload.Capabilities{"none": 0, "default": workload.DefaultCapabilities, "all": ^workload.Capabilities(0)}
	for caps, set := range sets {
		target.Capabilities = set
		for engine, p := range map[string]*profile.Profile{
			"containerd": profile.RuntimeDefault(workload.EngineContainerd), "docker": profile.RuntimeDefault(workload.EngineDocker),
		} {
			f, err := p.Resolve(target)
			if err != nil {
				return nil, err
			}
			out[engine+" "+caps] = f
		}
	}
	target.Capabilities = workload.DefaultCapabilities
	for _, name := range profile.BuiltinNames() {
		p, _ := profile.Builtin(name)
		f, err := p.Resolve(target)
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		out[name] = f
	}
	for _, version := range profile.RuntimeDefaultVersions() {
		p, _ := profile.RuntimeDefaultVersion(version)
		f, err := p.Resolve(target)
		if err != nil {
			return nil, fmt.Errorf("runtime default of %s: %w", version, err)
		}
		out[version] = f
	}
	return out, packs(target, out)
}

// packs adds the packs, each as a filter that permits everything else.
func packs(target profile.Target, out map[string]*specs.LinuxSeccomp) error {
	all, err := packfile.Load()
	if err != nil {
		return err
	}
	for name := range all {
		e, err := pack.Expand([]profile.Call{{Names: []string{pack.Prefix + name}}}, nil, all)
		if err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
		f, err := e.Profile(name).Resolve(target)
		if err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
		out[pack.Prefix+name] = f
	}
	return nil
}
