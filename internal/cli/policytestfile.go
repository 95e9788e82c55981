package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/policy"
)

// policyTestKind is what a file of tests says of itself.
const policyTestKind = "PolicyTest"

// testFile is a file of tests.
type testFile struct {
	// policy and profiles are relative to the file; arch is the machine that the tests are for; at is when they are.
	policy, arch string
	profiles     []string
	at           time.Time
	cases        []testCase
}

// testCase is one test.
type testCase struct {
	node     *document.Node
	name     string
	workload testWorkload
	current  string
	expect   expectation
}

// expectation is what a test expects; what is "" or nil may be as it likes.
type expectation struct {
	rule, undecidable, action, mode, profile string
	exceptions                               *[]string
	// refused is whether it is, and a part of the message.
	refused *bool
	message string
	calls   []expectedCall
}

// readTests decodes a file of tests. Every error has its place.
func readTests(name string, data []byte) (testFile, error) {
	n, err := yamldoc.Parse(name, data)
	if err != nil {
		return testFile{}, err
	}
	d := &testDecoder{}
	f := d.file(n)
	return f, d.Err()
}

// testDecoder decodes tests.
type testDecoder struct{ document.Decoder }

func (d *testDecoder) file(n *document.Node) testFile {
	o := d.Object(n, "a file of tests")
	d.constant(o, "apiVersion", policy.APIVersion)
	d.constant(o, "kind", policyTestKind)
	f := testFile{
		policy:   d.String(o.Take("policy"), "policy"),
		profiles: d.Strings(o.Take("profiles"), "profiles"),
		at:       d.Time(o.Take("at"), "at"),
	}
	arch := o.Take("arch")
	if f.arch = d.OneOf(arch, "arch", goarches()); f.arch == "" && arch != nil && arch.Kind == document.String && arch.Text == "" {
		d.Errorf(arch, "as in amd64", "arch is empty")
	}
	tests := o.Take("tests")
	if o.Node != nil && (tests == nil || tests.Kind == document.List && len(tests.Items) == 0) {
		d.Errorf(o.Node, "", "there are no tests")
	}
	o.Done()
	seen := map[string]bool{}
	for _, item := range d.List(tests, "tests") {
		c := d.test(item)
		if seen[c.name] {
			d.Errorf(item, "give each its own name", "two tests are named %q", c.name)
		}
		seen[c.name] = c.name != ""
		f.cases = append(f.cases, c)
	}
	return f
}

// constant takes a field that can say one thing only.
func (d *testDecoder) constant(o *document.Object, key, want string) {
	n := o.Take(key)
	switch {
	case o.Node == nil:
	case n == nil:
		d.Errorf(o.Node, fmt.Sprintf("write %s: %s", key, want), "%s is missing", key)
	default:
		d.OneOf(n, key, []string{want})
	}
}

func (d *testDecoder) test(n *document.Node) testCase {
	o := d.Object(n, "a test")
	c := testCase{node: n, name: d.String(o.Take("name"), "name"), current: d.String(o.Take("current"), "current")}
	if o.Node != nil && c.name == "" {
		d.Errorf(n, "", "a test has no name")
	}
	workload, expect := o.Take("workload"), o.Take("expect")
	c.workload = d.workload(workload)
	if o.Node != nil && expect == nil {
		d.Errorf(n, "as in expect: {rule: default}", "a test expects nothing")
	}
	c.expect = d.expect(expect)
	o.Done()
	return c
}

func (d *testDecoder) expect(n *document.Node) expectation {
	o := d.Object(n, "expect")
	e := expectation{
		rule:        d.String(o.Take("rule"), "rule"),
		undecidable: d.String(o.Take("undecidable"), "undecidable"),
		action:      d.OneOf(o.Take("action"), "action", words(policy.Actions())),
		mode:        d.OneOf(o.Take("mode"), "mode", []string{string(policy.ModeEnforce), string(policy.ModeAudit)}),
		profile:     d.String(o.Take("profile"), "profile"),
	}
	if list := o.Take("exceptions"); list != nil {
		names := d.Strings(list, "exceptions")
		slices.Sort(names)
		e.exceptions = &names
	}
	if refused := o.Take("refused"); refused != nil {
		yes := refused.Kind == document.String || d.Bool(refused, "refused")
		e.refused = &yes
		if refused.Kind == document.String {
			e.message = refused.Text
		}
	}
	e.calls = d.calls(o.Take("calls"))
	if o.Node != nil && len(o.Node.Fields) == 0 {
		d.Errorf(n, "as in expect: {rule: default}", "a test expects nothing")
	}
	o.Done()
	return e
}
