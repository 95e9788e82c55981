package profile_test

import (
	"fmt"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// A profile in Docker's dialect is another filter for each set of capabilities.
func ExampleProfile_Resolve() {
	p, err := profile.ParseJSON("mount.json", []byte(`{
	  "defaultAction": "SCMP_ACT_ERRNO",
	  "syscalls": [
	    {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
	    {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}
	  ]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, caps := range []workload.Capabilities{workload.DefaultCapabilities, workload.AllCapabilities} {
		f, err := p.Resolve(profile.Target{Facts: host.Assume("amd64"), Capabilities: caps})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Dialect, len(f.Syscalls), "rules")
	}
	// Output:
	// docker 1 rules
	// docker 2 rules
}

// What runtimes skip in silence is an error, with its place.
func ExampleParseJSON() {
	_, err := profile.ParseJSON("deny.json", []byte(`{
	  "defaultAction": "SCMP_ACT_ALLOW",
	  "syscalls": [{"names": ["unshrae"], "action": "SCMP_ACT_ERRNO"}]
	}`))
	fmt.Println(err)
	// Output:
	// deny.json:3:28: no system call is named "unshrae": runtimes skip it in silence (did you mean "unshare"?)
}
