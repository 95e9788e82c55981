package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// goarches are those of the syscall tables; conditions call two of them otherwise.
var goarches = []string{"amd64", "386", "arm64", "arm", "riscv64", "ppc64le", "s390x", "loong64"}

var conditionArch = map[string]string{"386": "x86", "loong64": "loongarch64"}

// newestKernel is a kernel that has everything.
const newestKernel = 255

// observation is one machine and the rules that containerd's code gives it.
type observation struct {
	machine
	rules []string
}

// containerd finds the conditions of each rule of a version by comparing what the code computes with no capability and with
// each single one, on every architecture, on a new kernel and on one just too old for each version that the code asks for.
func containerd(e *evaluator, release release) (*profile.Profile, error) {
	first, err := e.run([]machine{{Version: release.name, GOARCH: "amd64", Kernel: newestKernel}})
	if err != nil {
		return nil, err
	}
	asked := first[0].Asked
	if len(asked) > 1 {
		return nil, fmt.Errorf("it asks for %d kernel versions, and this generator knows how to tell apart one", len(asked))
	}
	var machines []machine
	for _, arch := range goarches {
		for _, bounding := range append([]string{""}, workload.CapabilityNames()...) {
			m := machine{Version: release.name, GOARCH: arch, Kernel: newestKernel}
			if bounding != "" {
				m.Bounding = []string{bounding}
			}
			machines = append(machines, m)
			if len(asked) > 0 && bounding == "" {
				m.Kernel, m.Major = asked[0][0], asked[0][1]-1
				machines = append(machines, m)
			}
		}
	}
	results, err := e.run(machines)
	if err != nil {
		return nil, err
	}
	p := &profile.Profile{Dialect: profile.Docker, Name: "runtime-default@" + release.name, DefaultAction: first[0].Filter.DefaultAction}
	var seen []observation
	rules := map[string]specs.LinuxSyscall{}
	var order []string
	for i, r := range results {
		o := observation{machine: machines[i]}
		for _, rule := range r.Filter.Syscalls {
			text, err := json.Marshal(rule)
			if err != nil {
				return nil, fmt.Errorf("encode a rule: %w", err)
			}
			key := string(text)
			if _, ok := rules[key]; !ok {
				rules[key], order = rule, append(order, key)
			}
			o.rules = append(o.rules, key)
		}
		seen = append(seen, o)
		if native, ok := syscalls.Native(o.GOARCH); ok && len(o.Bounding) == 0 && o.Kernel == newestKernel && len(r.Filter.Architectures) > 0 {
			subs := slices.DeleteFunc(r.Filter.Architectures, func(a specs.Arch) bool { return a == native })
			p.ArchMap = append(p.ArchMap, profile.ArchMap{Architecture: native, SubArchitectures: subs})
		}
	}
	for _, key := range order {
		found, err := conditions(rules[key], key, seen, asked)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", key, err)
		}
		p.Rules = append(p.Rules, found...)
	}
	return p, nil
}

// conditions returns the rule with its conditions; several of it where any of several capabilities brings it.
func conditions(r specs.LinuxSyscall, key string, seen []observation, asked [][2]uint64) ([]profile.Rule, error) {
	var with, without []string // architectures
	caps := map[string]bool{}  // whether each single capability, or "" for none, brings the rule
	old := false
	for _, o := range seen {
		has := slices.Contains(o.rules, key)
		name := append(o.Bounding, "")[0]
		switch {
		case o.Kernel != newestKernel:
			old = old || has
			continue
		case has && !slices.Contains(with, o.GOARCH):
			with = append(with, o.GOARCH)
		}
		caps[name] = caps[name] || has
	}
	rule := profile.Rule{Names: r.Names, Action: r.Action, ErrnoRet: r.ErrnoRet, Args: r.Args}
	if len(rule.Args) == 0 {
		rule.Args = nil
	}
	var includes, excludes profile.Condition
	for _, arch := range goarches {
		if !slices.Contains(with, arch) {
			without = append(without, words(arch))
		}
	}
	switch {
	case len(without) > 0 && len(without) < len(with):
		excludes.Arches = without
	case len(without) > 0:
		for _, arch := range with {
			includes.Arches = append(includes.Arches, words(arch))
		}
	}
	if caps[""] && !old && len(asked) > 0 {
		includes.MinKernel = &host.Version{Major: int(asked[0][0]), Minor: int(asked[0][1])}
	}
	if caps[""] {
		for _, name := range workload.CapabilityNames() {
			if set, _ := workload.CapabilityNamed(name); !caps[name] {
				excludes.Capabilities |= set
			}
		}
		return []profile.Rule{conditioned(rule, includes, excludes)}, nil
	}
	var out []profile.Rule
	for _, name := range workload.CapabilityNames() {
		if set, _ := workload.CapabilityNamed(name); caps[name] {
			includes.Capabilities = set
			out = append(out, conditioned(rule, includes, excludes))
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no condition explains it")
	}
	return out, nil
}

func conditioned(r profile.Rule, includes, excludes profile.Condition) profile.Rule {
	if includes.Capabilities != 0 || len(includes.Arches) > 0 || includes.MinKernel != nil {
		r.Includes = &includes
	}
	if excludes.Capabilities != 0 || len(excludes.Arches) > 0 {
		r.Excludes = &excludes
	}
	return r
}

func words(goarch string) string {
	if w, ok := conditionArch[goarch]; ok {
		return w
	}
	return goarch
}
