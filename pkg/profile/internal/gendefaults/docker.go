package main

import (
	"fmt"
	"slices"

	// The module that is evaluated; tests also call it as it is.
	_ "github.com/moby/profiles/seccomp"

	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// docker reads a version of Docker's default with our own parser of its dialect.
func docker(e *evaluator, r release) (*profile.Profile, error) {
	var machines []machine
	for _, arch := range goarches {
		machines = append(machines, machine{Version: r.name, GOARCH: arch, Kernel: newestKernel})
	}
	results, err := e.run(machines)
	if err != nil {
		return nil, err
	}
	p, err := profile.ParseJSON("default.json", results[0].Whole)
	if err != nil {
		return nil, fmt.Errorf("read the default of %s: %w", r.name, err)
	}
	for i, m := range machines {
		native, _ := syscalls.Native(m.GOARCH)
		mapped := func(a profile.ArchMap) bool { return a.Architecture == native }
		if len(results[i].Filter.Architectures) == 0 && slices.ContainsFunc(p.ArchMap, mapped) {
			p.ArchMap = slices.DeleteFunc(p.ArchMap, mapped)
			p.Rules = withoutArch(p.Rules, words(m.GOARCH))
		}
	}
	p.Name, p.Findings = "runtime-default@"+r.name, nil
	for i := range p.Rules {
		p.Rules[i].Comment, p.Rules[i].Line = "", 0
	}
	return p, nil
}

// withoutArch leaves out rules that are for an architecture alone. Docker looks architectures up in a table of its code, and
// older ones lack some that their profile has: nothing of what it says of them is ever used.
func withoutArch(rules []profile.Rule, arch string) []profile.Rule {
	return slices.DeleteFunc(rules, func(r profile.Rule) bool {
		if r.Includes == nil || !slices.Contains(r.Includes.Arches, arch) {
			return false
		}
		r.Includes.Arches = slices.DeleteFunc(r.Includes.Arches, func(a string) bool { return a == arch })
		return len(r.Includes.Arches) == 0
	})
}
