package enforce_test

import (
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// A policy that leaves no foreign ABI in filters takes none from a container that it enforces nothing on.
func TestNativeAloneTakesNothingInAudit(t *testing.T) {
	const fill = "default: {action: fill, profile: {type: RuntimeDefault}}\n"
	for _, policy := range []string{
		"mode: audit\n" + fill,
		"mode: audit\nfloor: {deny: [unshare]}\ndefault: {action: keep}\n",
		"mode: enforce\nfloor: {mode: audit, deny: [unshare]}\ndefault: {action: keep}\n",
	} {
		out, err := built(t, "architectures: native\n"+policy).Enforce(columns["unset"].request())
		if err != nil {
			t.Fatal(err)
		}
		if got := asks(t, out.Effective, "unshare"); got != "log" {
			t.Errorf("%sunshare is %s, want it logged", policy, got)
		}
		if a := meaning(t, out.Effective).Evaluate(specs.ArchX86, 20, [6]uint64{}); a.Class() != algebra.Permits {
			t.Errorf("%sgetpid of 32-bit programs is %s, which no filter denied", policy, a)
		}
	}
}

// What the floor denies in a foreign ABI alone is denied in a container without a filter, too.
func TestNativeAloneHoldsAForeignFloor(t *testing.T) {
	for _, text := range []string{"", "architectures: native\n", "architectures: keep\n"} {
		e := built(t, text+"mode: enforce\nfloor: {deny: [socketcall]}\ndefault: {action: keep}\n")
		out, err := e.Enforce(columns["Unconfined"].request())
		if err != nil {
			t.Fatal(err)
		}
		if out.Effective == nil {
			t.Fatalf("%sit has no filter", text)
		}
		if a, _ := meaning(t, out.Effective).EvaluateName(specs.ArchX86, "socketcall", [6]uint64{}); a.Class() != algebra.Denies {
			t.Errorf("%ssocketcall is %s", text, a)
		}
	}
}
