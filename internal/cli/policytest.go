package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/policy"
)

// testAnswer is what test says.
type testAnswer struct {
	Passed int          `json:"passed"`
	Failed int          `json:"failed"`
	Files  []testedFile `json:"files"`
}

// testedFile are the results of one file of tests.
type testedFile struct {
	File   string       `json:"file"`
	Policy string       `json:"policy"`
	Tests  []testedCase `json:"tests"`
}

// testedCase is the result of one test.
type testedCase struct {
	Name   string `json:"name"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Passed bool   `json:"passed"`
	// Differences are what was expected otherwise.
	Differences []testDifference `json:"differences,omitempty"`
}

// testDifference is one thing that is not as expected.
type testDifference struct {
	Field    string `json:"field"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

func newTest(c *console) *cobra.Command {
	var node nodeFlags
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run the unit tests of a policy",
		Long: "test decides about the workloads of test files by the policy that they name, and holds the decisions and the filters against what\n" +
			"they expect. Nothing of it happens, and no node is needed: what a policy only audits is tested as if it were enforced.\n\n" +
			"It exits with 1 if a test fails.",
		Example: "  seccompctl test policy-test.yaml\n  seccompctl test tests/*.yaml --policy new.yaml -o json",
		Args:    testTakes,
		RunE: func(cmd *cobra.Command, args []string) error {
			t := policyTester{console: c, node: &node}
			t.policyGiven, t.profilesGiven = cmd.Flags().Changed("policy"), cmd.Flags().Changed("profiles")
			return t.run(cmd.Context(), args)
		},
	}
	node.register(cmd)
	return cmd
}

func testTakes(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return &usageError{message: "a file is missing"}
	case args[0] == "-":
		return &usageError{message: "tests name their policy by its place beside them: standard input has none", hint: "name a file"}
	}
	return nil
}

// policyTester runs tests.
type policyTester struct {
	*console
	node *nodeFlags
	// policyGiven and profilesGiven say that the flags overrule what the files name.
	policyGiven, profilesGiven bool
}

func (t *policyTester) run(ctx context.Context, files []string) error {
	a := testAnswer{Files: []testedFile{}}
	for _, name := range files {
		f, err := t.file(ctx, name)
		if err != nil {
			return err
		}
		for _, c := range f.Tests {
			if c.Passed {
				a.Passed++
			} else {
				a.Failed++
			}
		}
		a.Files = append(a.Files, f)
	}
	if err := t.print(a); err != nil {
		return err
	}
	if a.Failed > 0 {
		return errNo
	}
	return nil
}

func (a testAnswer) table(t *table) {
	for _, f := range a.Files {
		t.gap()
		t.line("%s, of %s", f.File, f.Policy)
		for _, c := range f.Tests {
			if c.Passed {
				t.line("  ok    %s", c.Name)
				continue
			}
			t.line("  FAIL  %s (%s:%d:%d)", c.Name, f.File, c.Line, c.Column)
			for _, d := range c.Differences {
				t.row("          "+d.Field, "expected "+d.Expected, "got "+d.Got)
			}
		}
	}
	t.gap()
	t.line("%s passed, %d failed", plural(a.Passed, "test"), a.Failed)
}

// shortfall collects what is not as expected.
type shortfall struct{ list []testDifference }

func (h *shortfall) add(field, expected, got string) {
	h.list = append(h.list, testDifference{field, expected, got})
}

// equal holds a word against one that is expected, "" for whatever.
func (h *shortfall) equal(field, expected, got string) {
	if expected != "" && expected != got {
		h.add(field, expected, or(got, "none"))
	}
}

// decision holds what the policy says.
func (h *shortfall) decision(e expectation, d policy.Decision, exceptions []string) {
	got := d.RuleName
	if d.Undecidable {
		got = "undecidable at " + strconv.Quote(d.UndecidableRule)
	}
	h.equal("rule", e.rule, got)
	h.equal("undecidable", e.undecidable, d.UndecidableRule)
	h.equal("action", e.action, string(d.Action))
	h.equal("mode", e.mode, string(d.Mode))
	if e.exceptions != nil {
		if want, have := fmt.Sprint(*e.exceptions), fmt.Sprint(exceptions); want != have {
			h.add("exceptions", want, have)
		}
	}
}
