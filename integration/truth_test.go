package integration_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/audit"
)

// A row of the truth table is an action, for the pods of a namespace of the
// same name, and what the container of each column ends up with, in the order
// of columns. A refusal is the kind "refused: REASON".
type row struct {
	name, action string
	cells        [6]kind
}

const (
	byRule      kind = "refused: rule"
	undecidable kind = "refused: undecidable"
)

func (k kind) reason() (string, bool) { return strings.CutPrefix(string(k), "refused: ") }

const (
	profileP  = ", profile: {type: Localhost, localhostProfile: p.json}"
	profileRD = ", profile: {type: RuntimeDefault}"
	message   = ", message: \"not on this node: ask team-a\""
)

// The rows where onError is refuse. fill RuntimeDefault depends on capabilities,
// which NRI does not tell: where a container asked for something else than
// nothing, nobody may guess them, and onError decides.
var (
	keepRow     = row{"keep", "keep", [6]kind{rd, local, none, none, none, enosys}}
	fillPRow    = row{"fill-p", "fill" + profileP, [6]kind{rd, local, policyP, policyP, policyP, enosys}}
	fillRDRow   = row{"fill-rd", "fill" + profileRD, [6]kind{rd, local, undecidable, rd, undecidable, enosys}}
	replacePRow = row{"replace-p", "replace" + profileP, [6]kind{policyP, policyP, policyP, policyP, policyP, policyP}}
	refuseRow   = row{"refuse", "refuse" + message, [6]kind{byRule, byRule, byRule, byRule, byRule, byRule}}

	rows = []row{keepRow, fillPRow, fillRDRow, replacePRow, refuseRow}

	// onErrorRows are the cells which onError: RuntimeDefault changes.
	onErrorRows = []row{{"fill-rd", fillRDRow.action, [6]kind{rd, local, rdNoCaps, rd, rdNoCaps, enosys}}}
)

// rules returns the rows as rules, with what each rule says besides.
func rules(rows []row, besides string) string {
	var text strings.Builder
	text.WriteString("rules:\n")
	for _, r := range rows {
		fmt.Fprintf(&text, "- {name: the-%s-rule, match: {namespaces: [%s]}, action: %s%s}\n", r.name, r.name, r.action, besides)
	}
	return text.String()
}

// truthNode is a node that fails closed, with a policy and its P.
func truthNode(t *testing.T, policy string) (*node.Node, *node.Daemon) {
	t.Helper()
	n := newNode(t, allMeasures())
	src := newSource(t, n, policy)
	writeJSON(t, src.profiles+"/p.json", *referenceFilter(t, policyP))
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n, d
}

// TestTruthTable is what README and docs promise: what each action makes of what
// a pod asked for, with the kernel as judge.
func TestTruthTable(t *testing.T) {
	t.Parallel()
	for _, table := range []struct {
		name, policy string
		rows         []row
		audit        bool
	}{
		{"onError refuse", policyText("enforce", rules(rows, "")), rows, false},
		{"onError RuntimeDefault", strings.Replace(policyText("enforce", rules(onErrorRows, "")), "onError: refuse", "onError: RuntimeDefault", 1), onErrorRows, false},
		{"policy in audit", policyText("audit", rules(rows, "")), rows, true},
		{"rules in audit", policyText("enforce", rules(rows[3:], ", mode: audit")), rows[3:], true},
	} {
		t.Run(table.name, func(t *testing.T) {
			t.Parallel()
			n, d := truthNode(t, table.policy)
			columns := columns(t, n)
			for _, r := range table.rows {
				pods := map[bool]*node.Pod{}
				for _, privileged := range []bool{false, true} {
					pods[privileged] = runPod(t, n, node.PodSpec{Namespace: r.name, Privileged: privileged})
				}
				for i, column := range columns {
					t.Run(r.name+"/"+column.name, func(t *testing.T) {
						c := cell{t: t, daemon: d, pod: pods[column.pod.Privileged], row: r, column: column, unchanged: keepRow.cells[i], want: r.cells[i]}
						if table.audit {
							c.audited()
						} else {
							c.enforced()
						}
					})
				}
			}
		})
	}
}

// A cell of the table is a container that asks for something under a rule.
type cell struct {
	t      *testing.T
	daemon *node.Daemon
	pod    *node.Pod
	row    row
	column asked
	// unchanged is what the container has without us, want what it is to get.
	unchanged, want kind
}

// enforced holds a container to what the table says.
func (c cell) enforced() {
	c.t.Helper()
	if reason, ok := c.want.reason(); ok {
		c.refused(reason)
		return
	}
	container := c.run()
	sameFilter(c.t, container, referenceFilter(c.t, c.want))
	c.kernel(container, c.want, c.want != none)
	r := recordOf(c.t, c.daemon, container.ID)
	c.record(r)
	want := audit.ResultInstalled
	if got, err := container.Filter(); err != nil || reflect.DeepEqual(got, referenceFilter(c.t, c.unchanged)) {
		want = audit.ResultKept
	}
	if r.Result != want {
		c.t.Errorf("the decision is on record as %s, want %s", r.Result, want)
	}
	if c.want == c.unchanged && r.Profile != "current" || c.want != c.unchanged && r.Profile == "current" {
		c.t.Errorf("the decision names profile %q for a container that got %s where it asked for %s", r.Profile, c.want, c.unchanged)
	}
}

// audited holds a container to be as without us, to the byte, but that what
// enforcing would deny is logged; and the record to what would have been.
func (c cell) audited() {
	c.t.Helper()
	container := c.run()
	got, err := container.Filter()
	if err != nil {
		c.t.Fatal(err)
	}
	logs := c.logged(got)
	c.kernel(container, c.unchanged, logs || c.unchanged != none)
	r := recordOf(c.t, c.daemon, container.ID)
	c.record(r)
	if r.Result != audit.ResultAudited {
		c.t.Errorf("the decision is on record as %s, want %s", r.Result, audit.ResultAudited)
	}
	if _, refused := c.want.reason(); refused != r.WouldRefuse {
		c.t.Errorf("wouldRefuse is %v on record, and the table says %s", r.WouldRefuse, c.want)
	}
	would := map[kind]string{
		policyP: "install p.json", byRule: "refuse: not on this node: ask team-a", undecidable: "refuse: profile RuntimeDefault depends on the container's capabilities",
	}[c.want]
	switch c.want {
	case c.unchanged:
		would = "keep the current filter"
	case rd:
		would = "install RuntimeDefault"
	}
	if !strings.HasPrefix(r.Would, would) {
		c.t.Errorf("on record: would %q, want %q", r.Would, would)
	}
}

// logged holds the filter of a container in audit to its own, where a call that
// it permits and the wanted filter denies is logged. It reports whether any is.
func (c cell) logged(got *specs.LinuxSeccomp) bool {
	c.t.Helper()
	own := referenceFilter(c.t, c.unchanged)
	want := meaning(c.t, own)
	if _, refused := c.want.reason(); !refused {
		var err error
		if want, err = algebra.Log(want, meaning(c.t, referenceFilter(c.t, c.want))); err != nil {
			c.t.Fatal(err)
		}
	}
	if want.Equal(meaning(c.t, own)) {
		if !reflect.DeepEqual(got, own) {
			c.t.Errorf("linux.seccomp differs from what it is without us:\n got %+v\nwant %+v", got, own)
		}
		return false
	}
	sameMeaning(c.t, meaning(c.t, got), want)
	return true
}

// run starts the container: its first process asks the kernel everything.
func (c cell) run() *node.Container {
	c.t.Helper()
	spec := c.column.spec
	spec.Args = append(append([]string{"/probe"}, words(c.t)...), "pause")
	container, err := c.pod.Run(c.t.Context(), spec)
	if err != nil {
		c.t.Fatal(err)
	}
	return container
}

// kernel asks the kernel what the container runs under: its first process, and
// one that joined it.
func (c cell) kernel(container *node.Container, k kind, filtered bool) {
	c.t.Helper()
	checkKernel(c.t, container, filtered)
	want := referenceAnswers(c.t, k, c.column.spec.Privileged)
	checkAnswers(c.t, "reference", want, anchors[k])
	list := words(c.t)
	first, err := container.Answers(c.t.Context(), list[len(list)-1])
	if err != nil {
		c.t.Fatal(err)
	}
	sameAnswers(c.t, "first process", first, want)
	joined, err := container.Probe(c.t.Context(), list...)
	if err != nil {
		c.t.Fatal(err)
	}
	sameAnswers(c.t, "exec", joined, want)
}

// anchors are answers by which a reference is known to be what it is called.
var anchors = map[kind]map[string]string{
	rd:       {"mkdir": "EFAULT", "chmod": "EFAULT", "unshare": "EPERM", "clone3": "ENOSYS", "32:39:8,0755": "EFAULT", "32:310:0x200": "EPERM"},
	rdNoCaps: {"mkdir": "EFAULT", "chmod": "EFAULT", "unshare": "EPERM", "clone3": "ENOSYS", "chroot": "EPERM"},
	local:    {"mkdir": "EFAULT", "chmod": "EPERM", "fchmodat2": "EPERM", "unshare": "ok", "32:39:8,0755": "killed SIGSYS"},
	none:     {"mkdir": "EFAULT", "chmod": "EFAULT", "unshare": "ok", "clone3": "EINVAL"},
	policyP:  {"mkdir": "EACCES", "mkdirat": "EACCES", "chmod": "EFAULT", "unshare": "EPERM", "clone3": "ENOSYS", "32:39:8,0755": "EACCES"},
	enosys:   {"mkdir": "EFAULT", "chmod": "ENOSYS", "unshare": "ENOSYS", "bpf": "ENOSYS"},
}

// record holds the record of a decision to the cell.
func (c cell) record(r audit.Record) {
	c.t.Helper()
	if want := "the-" + c.row.name + "-rule"; r.Rule != want {
		// An undecidable profile has matched a rule all the same.
		c.t.Errorf("the decision names rule %q, want %q", r.Rule, want)
	}
	current := map[kind]string{rd: "RuntimeDefault", local: "filter", enosys: "filter", none: "none"}[c.unchanged]
	if r.Current != current {
		c.t.Errorf("the decision names %q as the current filter, want %q", r.Current, current)
	}
	if r.Workload == nil || r.Workload.Namespace.Or("") != c.row.name {
		c.t.Errorf("the decision is about %+v", r.Workload)
	}
}
