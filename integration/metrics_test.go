package integration_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/enforce"
)

// TestDashboardAndAlerts holds every expression of the dashboard and of the alerts to the metrics of a daemon that has
// decided on containers, refused one, read a denial and looked for drift.
func TestDashboardAndAlerts(t *testing.T) {
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	n := newNode(t, allMeasures())
	src := newSource(t, n, policyText("enforce", "logDenials: true\ndefault: {action: keep}\n"+
		"rules: [{name: none, match: {namespaces: [refused]}, action: refuse}]\n"+
		"floor: {deny: [keyctl, {names: [bpf], auditUntil: "+until+"}]}\n"+
		"exceptions: [{name: open, match: {namespaces: [opened]}, allow: [keyctl], reason: r, until: "+until+"}]\n"))
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}, Args: []string{
		"--drift-interval", "1s", "--containerd-state", filepath.Join(n.Dir(), "state"), "--runtime-state", filepath.Join(n.Dir(), "state", "runc"),
	}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	needAudit(t, d)
	if _, err := runPod(t, n, node.PodSpec{Namespace: "refused"}).Run(t.Context(), node.ContainerSpec{}); err == nil {
		t.Fatal("the container is not refused")
	}
	c, err := runPod(t, n, node.PodSpec{}).Run(t.Context(), node.ContainerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Probe(t.Context(), "keyctl"); err != nil {
		t.Fatal(err)
	}
	exprs := expressions(t)
	var missing []string
	for end := time.Now().Add(settle); ; time.Sleep(200 * time.Millisecond) {
		have := families(t, d)
		missing = nil
		for _, where := range slices.Sorted(maps.Keys(exprs)) {
			missing = append(missing, unknownIn(t, where, exprs[where], have)...)
		}
		if len(missing) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not in the daemon's metrics:\n%s", strings.Join(missing, "\n"))
		}
	}
}

// expressions are those of the dashboard and of the alerts, by where they stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	groups, errs := rulefmt.ParseFile("../config/prometheus/seccompd.rules.yaml", false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			if r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%s has no severity or summary", r.Alert)
			}
			out["alert "+r.Alert] = r.Expr
		}
	}
	text, err := os.ReadFile("../config/grafana/seccompd.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ RefID, Expr string }
		}
		Annotations struct{ List []struct{ Name, Expr string } }
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			out["panel "+p.Title+" "+target.RefID] = target.Expr
		}
	}
	for _, a := range board.Annotations.List {
		out["annotation "+a.Name] = a.Expr
	}
	if len(out) < 30 {
		t.Fatalf("there are only %d expressions", len(out))
	}
	return out
}

// target are the labels that Prometheus adds to what it reads.
var target = []string{"job", "instance"}

// unknownIn lists what an expression names that no metric has.
func unknownIn(t *testing.T, where, expr string, families map[string]*dto.MetricFamily) (out []string) {
	t.Helper()
	expr = strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*").Replace(expr)
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %s: %v", where, expr, err)
	}
	known := slices.Clone(target)
	var used []string
	parser.Inspect(tree, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			values := valuesOf(families, n.Name)
			if values == nil {
				out = append(out, fmt.Sprintf("%s: the metric %s", where, n.Name))
			}
			known = append(known, slices.Collect(maps.Keys(values))...)
			for _, m := range n.LabelMatchers {
				if m.Name == model.MetricNameLabel || slices.Contains(target, m.Name) {
					continue
				}
				if !matches(values[m.Name], m) {
					out = append(out, fmt.Sprintf("%s: %s with %s, of %v", where, n.Name, m, values[m.Name]))
				}
			}
		case *parser.AggregateExpr:
			used = append(used, n.Grouping...)
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				used = append(used, n.VectorMatching.MatchingLabels...)
			}
		}
		return nil
	})
	for _, label := range used {
		if !slices.Contains(known, label) {
			out = append(out, fmt.Sprintf("%s: the label %s", where, label))
		}
	}
	return out
}

// matches reports whether each word that a matcher names is a value of the label.
func matches(values []string, m *labels.Matcher) bool {
	for word := range strings.SplitSeq(m.Value, "|") {
		if !slices.Contains(values, word) && !(m.Name == "reason" && word == string(enforce.ReasonInternal)) {
			return false
		}
	}
	return true
}

// valuesOf are the values of each label of a metric, or nil where there is none of this name.
func valuesOf(families map[string]*dto.MetricFamily, name string) map[string][]string {
	base, bucket := strings.CutSuffix(name, "_bucket")
	f := families[base]
	if f == nil || bucket != (f.GetType() == dto.MetricType_HISTOGRAM) {
		return nil
	}
	out := map[string][]string{}
	if bucket {
		out["le"] = nil
	}
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			out[l.GetName()] = append(out[l.GetName()], l.GetValue())
		}
	}
	return out
}

// families are the daemon's metrics, read as Prometheus does.
func families(t *testing.T, d *node.Daemon) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(model.UTF8Validation)
	out, err := p.TextToMetricFamilies(strings.NewReader(scrape(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAlertsNameLabels holds the labels in the words of alerts to those that the expressions leave.
func TestAlertsNameLabels(t *testing.T) {
	groups, errs := rulefmt.ParseFile("../config/prometheus/seccompd.rules.yaml", false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	named := regexp.MustCompile(`\$labels\.(\w+)`)
	for _, r := range groups.Groups[0].Rules {
		for _, m := range named.FindAllStringSubmatch(r.Annotations["summary"], -1) {
			if by, sum := strings.CutPrefix(r.Expr, "sum by ("); sum && !strings.Contains(by[:strings.IndexByte(by, ')')], m[1]) {
				t.Errorf("%s: the sum leaves no label %s", r.Alert, m[1])
			}
		}
	}
}
