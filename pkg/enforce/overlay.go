package enforce

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Overlay returns an inline profile: the base with what the reference allows and denies. Errors about what needs more than
// names match profile.ErrNeedsAlgebra.
func Overlay(base *profile.Profile, ref *policy.ProfileRef) (*profile.Profile, error) {
	return profile.Overlay(base, calls(ref.Allow), calls(ref.Deny))
}

// calls puts the policy's words for calls into those of an OCI profile.
func calls(list []policy.Call) []profile.Call {
	out := make([]profile.Call, len(list))
	for i, c := range list {
		out[i].Names = c.Names
		for _, a := range c.Args {
			out[i].Args = append(out[i].Args, specs.LinuxSeccompArg{
				Index: a.Index, Value: a.Value, ValueTwo: a.ValueTwo, Op: specs.LinuxSeccompOperator("SCMP_CMP_" + string(a.Op)),
			})
		}
	}
	return out
}
