package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

// file runs the tests of a file.
func (t *policyTester) file(ctx context.Context, name string) (testedFile, error) {
	data, err := readFile(name)
	if err != nil {
		return testedFile{}, fmt.Errorf("read tests: %w", err)
	}
	f, err := readTests(name, data)
	if err != nil {
		return testedFile{}, err
	}
	run, err := t.begin(ctx, name, f)
	if err != nil {
		return testedFile{}, err
	}
	out := testedFile{File: name, Policy: run.name, Tests: []testedCase{}}
	for i := range f.cases {
		c := &f.cases[i]
		differences, err := run.one(c)
		var at *document.Error
		switch {
		case errors.As(err, &at):
			return out, err
		case err != nil:
			return out, c.failed(err)
		}
		out.Tests = append(out.Tests, testedCase{c.name, c.node.Line, c.node.Column, len(differences) == 0, differences})
	}
	return out, nil
}

// testRun is a policy that tests ask.
type testRun struct {
	*asked
	console *console
	// dir is where the tests stand.
	dir string
}

// begin builds the policy of a file of tests: what it names stands beside it, unless flags say otherwise.
func (t *policyTester) begin(ctx context.Context, name string, f testFile) (*testRun, error) {
	c := *t.console
	if !f.at.IsZero() {
		c.now = func() time.Time { return f.at }
	}
	dir := filepath.Dir(name)
	if f.policy != "" && !t.policyGiven {
		c.policy = beside(dir, f.policy)
	}
	if len(f.profiles) > 0 && !t.profilesGiven {
		c.profiles = nil
		for _, p := range f.profiles {
			c.profiles = append(c.profiles, beside(dir, p))
		}
	}
	node := *t.node
	if f.arch != "" && node.arch == "" && node.facts == "" {
		node.arch = f.arch
	}
	src, err := c.source(c.policy)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }()
	facts, err := node.read(ctx, &c)
	if err != nil {
		return nil, err
	}
	snap, _, err := src.Build(build.Node{Facts: facts, Now: c.now()})
	if err != nil {
		return nil, err
	}
	in, err := newAsked(c.policy, snap, c.now)
	return &testRun{in, &c, dir}, err
}

// beside returns the path of a file that another one names.
func beside(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// one runs a test and returns what is not as expected.
func (in *testRun) one(c *testCase) ([]testDifference, error) {
	all, on, err := c.workload.whole()
	if err != nil {
		return nil, err
	}
	current, err := in.current(c.current, all)
	if err != nil {
		return nil, err
	}
	by, err := in.seenBy(all, current, on, &c.workload.door, c.workload.adjust)
	if err != nil {
		return nil, err
	}
	trace := in.compiled.Explain(by.Workload, in.console.now())
	r := in.result(by.Request, current, trace.Decision.Mode)
	var h shortfall
	h.decision(c.expect, trace.Decision, r.Exceptions)
	if want := c.expect.refused; want != nil {
		got := "no"
		if r.Refused {
			got = strconv.Quote(r.Message)
		}
		switch {
		case *want && c.expect.message != "" && !(r.Refused && strings.Contains(r.Message, c.expect.message)):
			h.add("refused", strconv.Quote(c.expect.message), got)
		case *want != r.Refused:
			h.add("refused", map[bool]string{true: "yes", false: "no"}[*want], got)
		}
	}
	h.equal("profile", c.expect.profile, r.Profile)
	return h.list, h.calls(c.expect.calls, r, in.snap.Facts)
}

// current returns the filter that the workload of a test would have without us: what the test says, or what follows from what it
// asks for.
func (in *testRun) current(name string, w workload.Workload) (enforce.Current, error) {
	e := explainer{console: in.console}
	switch name {
	case "none":
		return enforce.Current{State: enforce.CurrentNone}, nil
	case "unknown":
		return enforce.Current{State: enforce.CurrentUnknown}, nil
	case "RuntimeDefault":
		w.Requested, w.Privileged = workload.RequestRuntimeDefault, workload.Known(false)
	case "":
		if w.Requested == workload.RequestLocalhost {
			return enforce.Current{State: enforce.CurrentFilter}, nil
		}
	default:
		return currentFile(beside(in.dir, name))
	}
	c, _, err := e.without(&w, in.snap.Facts)
	return c, err
}

// currentFile reads linux.seccomp as an engine hands it to its runtime: plain OCI.
func currentFile(name string) (enforce.Current, error) {
	data, err := readFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return enforce.Current{}, fmt.Errorf("current is a file, none, unknown or RuntimeDefault: %w", err)
	}
	if err != nil {
		return enforce.Current{}, err
	}
	f := new(specs.LinuxSeccomp)
	if err := json.Unmarshal(data, f); err != nil {
		return enforce.Current{}, fmt.Errorf("read %s: %w", name, err)
	}
	return enforce.Current{State: enforce.CurrentFilter, Filter: f}, nil
}
