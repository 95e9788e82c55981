package cli

import (
	"testing"

	"github.com/seccompd/seccompd/pkg/policy"
)

// Only the word changes.
func TestWithMode(t *testing.T) {
	tests := []struct{ before, after string }{
		{"mode: audit\n", "mode: enforce\n"},
		{"# mode: audit\r\nmode:  'audit' # x\r\nrules:\r\n- {mode: audit}", "# mode: audit\r\nmode:  'enforce' # x\r\nrules:\r\n- {mode: audit}"},
		{`{"a": "mode", "mode": "audit"}`, `{"a": "mode", "mode": "enforce"}`},
		{"mode:\n  audit", "mode:\n  enforce"},
		{"rules: [{mode: audit}]\nmode: enforce", "rules: [{mode: audit}]\nmode: enforce"},
		{"message: äöü\nü: ü\nmode: audit", "message: äöü\nü: ü\nmode: enforce"},
		{"{ü: ü, mode: audit}", ""},
		{"mode: \"aud\\u0069t\"", ""},
		{"mode: |\n  audit\n", ""},
		{"mode: 12", ""},
		{"rules: []", ""},
	}
	for _, tt := range tests {
		got, err := withMode("policy.yaml", []byte(tt.before), policy.ModeEnforce)
		if (err != nil) != (tt.after == "") || string(got) != tt.after {
			t.Errorf("withMode(%q) = %q, %v, want %q", tt.before, got, err, tt.after)
		}
	}
}
