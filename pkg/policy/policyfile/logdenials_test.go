package policyfile_test

import (
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
)

func TestLogDenials(t *testing.T) {
	const rules = `apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
rules:
- {name: quiet, match: {namespaces: [a]}, logDenials: false, action: keep}
- {name: loud, match: {namespaces: [b]}, logDenials: true, action: keep}
- {name: silent, match: {namespaces: [c]}, action: keep}
`
	for text, want := range map[string][]bool{
		rules:                         {false, true, false, false},
		rules + "logDenials: true\n":  {false, true, true, true},
		rules + "logDenials: false\n": {false, true, false, false},
	} {
		p, err := policyfile.Parse("p.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			rule := i
			if i == len(p.Rules) {
				rule = -1
			}
			if got := p.LogsDenials(rule); got != w {
				t.Errorf("rule %d of\n%s logs denials: %v", rule, text, got)
			}
		}
		at, asks := p.AsksForDenials()
		if wantLine := map[bool]int{true: 8, false: 6}[p.LogDenials]; !asks || at.Line != wantLine {
			t.Errorf("asks %v in line %d, want line %d of\n%s", asks, at.Line, wantLine, text)
		}
	}
	p, err := policyfile.Parse("p.yaml", []byte(strings.ReplaceAll(rules, "logDenials: true, ", "")))
	if err != nil {
		t.Fatal(err)
	}
	if at, asks := p.AsksForDenials(); asks || at != (policy.Position{}) {
		t.Errorf("a policy that asks for none asks in %v", at)
	}
	_, err = policyfile.Parse("p.yaml", []byte(rules+"logDenial: true\n"))
	if err == nil || !strings.Contains(err.Error(), `did you mean "logDenials"?`) {
		t.Errorf("a typo: %v", err)
	}
}
