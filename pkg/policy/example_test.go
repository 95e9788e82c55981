package policy_test

import (
	"fmt"
	"time"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

func ExampleCompiled_Explain() {
	p := &policy.Policy{
		Mode: policy.ModeEnforce,
		Rules: []policy.Rule{
			{Name: "builders", Match: policy.Match{Namespaces: []string{"build-*"}}, Action: policy.ActionKeep},
			{Name: "no-unconfined", Match: policy.Match{Requested: workload.RequestUnconfined}, Action: policy.ActionRefuse},
		},
	}
	compiled, err := policy.Compile(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	w := &workload.Workload{
		Namespace: workload.Known("prod"),
		Requested: workload.RequestUnconfined | workload.RequestUnset, // this door cannot tell them apart
	}
	trace := compiled.Explain(w, time.Now())
	for _, r := range trace.Rules {
		for _, f := range r.Fields {
			fmt.Printf("%s: %s: %s wanted, saw %s: %s\n", r.Name, f.Field, f.Want, f.Saw, f.Answer)
		}
	}
	fmt.Println(trace.Decision.Action, trace.Decision.Undecidable, trace.Decision.UndecidableRule, trace.Decision.UndecidableField)
	// Output:
	// builders: namespaces: ["build-*"] wanted, saw "prod": no
	// no-unconfined: requested: ["Unconfined"] wanted, saw one of Unconfined, Unset: cannot tell
	// refuse true no-unconfined requested
}

func ExampleSees() {
	for _, version := range []string{"2.2.0", "2.3.1", "2.4.2"} {
		on := policy.Platform{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: version}
		fmt.Println(on, policy.Sees(policy.FieldRequested, workload.DoorNRI, on), policy.Sees(policy.FieldImageDigests, workload.DoorNRI, on))
	}
	// Output:
	// containerd 2.2.0 no no
	// containerd 2.3.1 yes no
	// containerd 2.4.2 yes yes
}

func ExampleParseSelector() {
	s, err := policy.ParseSelector("app=web, tier in (front, back), !legacy")
	fmt.Println(s, err)
	fmt.Println(s.Matches(map[string]string{"app": "web", "tier": "back"}))
	// Output:
	// app in (web),tier in (back,front),!legacy <nil>
	// true
}
