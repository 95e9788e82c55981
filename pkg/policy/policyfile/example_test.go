package policyfile_test

import (
	"fmt"
	"time"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/workload"
)

func ExampleParse() {
	p, err := policyfile.Parse("policy.yaml", []byte(`
apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
rules:
- name: payments
  match: {namespaces: [payments]}
  action: replace
  profile: {type: Localhost, localhostProfile: payments.json}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	compiled, err := policy.Compile(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	w := &workload.Workload{Namespace: workload.Known("payments")}
	d := compiled.Decide(w, time.Now())
	fmt.Println(d.RuleName, d.Action, d.Profile.LocalhostProfile)
	// Output: payments replace payments.json
}

// All mistakes are shown at once, with their places.
func ExampleParse_errors() {
	_, err := policyfile.Parse("policy.yaml", []byte(`
apiVersion: seccompd/v1
kind: NodePolicy
mode: enforc
rules:
- name: prod
  match: {namespace: [prod]}
  action: refuse
`))
	fmt.Println(err)
	// Output:
	// policy.yaml:4:7: mode cannot be "enforc" (did you mean "enforce"?)
	// policy.yaml:7:11: match has no field "namespace" (did you mean "namespaces"?)
}
