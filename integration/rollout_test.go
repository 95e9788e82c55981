package integration_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

var update = flag.Bool("update", false, "write what the commands of docs/rollout.md print")

const rollout = "../docs/rollout.md"

// TestRollout goes through docs/rollout.md on a real node: it writes each policy, does what the comments say, runs each
// command, and holds what it prints to what stands there.
func TestRollout(t *testing.T) {
	text, err := os.ReadFile(rollout)
	if err != nil {
		t.Fatal(err)
	}
	longEnough(t, 15*time.Second, func(t *testing.T, open time.Duration) bool { return rollOut(t, string(text), open) })
}

// rollOut goes through the page, where the audit of the last part takes so long. It reports whether that was long enough to do in it
// what the page does, and everything was seen.
func rollOut(t *testing.T, text string, open time.Duration) bool {
	t.Helper()
	r := newRolledOut(t)
	r.open = open
	blocks := regexp.MustCompile("(?s)```(yaml|console)\n.*?```|<!-- .*? -->")
	got := blocks.ReplaceAllStringFunc(text, func(block string) string {
		inside := strings.TrimSuffix(block, "```")
		switch {
		case strings.HasPrefix(block, "<!-- "):
			r.event(strings.TrimSuffix(strings.TrimPrefix(block, "<!-- "), " -->"))
		case strings.HasPrefix(block, "```yaml\napiVersion"):
			r.write(strings.TrimPrefix(inside, "```yaml\n"))
		case strings.HasPrefix(block, "```console\n"):
			return "```console\n" + r.run(strings.TrimPrefix(inside, "```console\n")) + "```"
		}
		return block
	})
	if r.late {
		return false
	}
	if *update {
		if err := os.WriteFile(rollout, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != text {
		t.Errorf("%s is not what the commands print (-update writes it):\n%s", rollout, lineDiff(text, got))
	}
	return true
}

// rolledOut is the node of the page.
type rolledOut struct {
	t      *testing.T
	n      *node.Node
	d      *node.Daemon
	policy string
	etc    string // containerd's configuration, which enforce writes to; the node requires the plugin already
	alive  map[string]*node.Pod
	open   time.Duration
	until  time.Time
	late   bool // until was over too soon, or something could not be seen
	// differs says that something was printed that does not stand on the page.
	differs bool
}

func newRolledOut(t *testing.T) *rolledOut {
	t.Helper()
	n := newNode(t, allMeasures())
	src := newSource(t, n, "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: audit\n")
	if err := os.Remove(filepath.Join(src.profiles, "marked.json")); err != nil {
		t.Fatal(err)
	}
	r := &rolledOut{t: t, n: n, policy: src.policy, etc: filepath.Join(n.Dir(), "containerd-etc"), alive: map[string]*node.Pod{}}
	if err := os.MkdirAll(filepath.Join(r.etc, "conf.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(r.etc, "config.toml"), "version = 3\nimports = ['conf.d/*.toml']\n")
	r.d = n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}, Args: []string{
		"--drift-interval", "1s", "--containerd-state", filepath.Join(n.Dir(), "state"), "--runtime-state", filepath.Join(n.Dir(), "state", "runc"),
	}})
	if err := r.d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	needAudit(t, r.d)
	return r
}

// create creates a pod's container again, and makes calls in it.
func (r *rolledOut) create(namespace, pod, container string, request node.Request, calls ...string) {
	r.t.Helper()
	key := namespace + "/" + pod
	if old := r.alive[key]; old != nil {
		if err := old.Remove(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}
	p, err := r.n.RunPod(r.t.Context(), node.PodSpec{Namespace: namespace, Name: pod, Seccomp: node.RuntimeDefault})
	if err != nil {
		r.t.Fatal(err)
	}
	r.alive[key] = p
	c, err := p.Run(r.t.Context(), node.ContainerSpec{Name: container, Seccomp: request})
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := c.Probe(r.t.Context(), calls...); err != nil {
		r.t.Fatal(err)
	}
	recordOf(r.t, r.d, c.ID)
	time.Sleep(1500 * time.Millisecond) // denials are written, and the daemon looks for drift, within a second
}

// write writes a policy. The daemon would apply it by itself, and sooner than the next command where the machine is slow: it stands
// still until apply has.
func (r *rolledOut) write(policy string) {
	r.t.Helper()
	if err := errors.Join(r.d.Freeze(), replaceFile(r.policy, policy)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rolledOut) event(what string) {
	r.t.Helper()
	switch what {
	case "everything runs":
		r.create("shop", "web-0", "web", node.Unconfined, "chmod", "getpid")
		r.create("lab", "agent-0", "agent", node.Unconfined, "getpid")
	case "the shop is created again":
		r.create("shop", "web-0", "web", node.Unconfined, "chmod", "getpid")
	case "something uses the call":
		r.create("lab", "agent-0", "agent", node.Unconfined, vsock)
	case "something uses the call again":
		r.create("lab", "agent-1", "agent", node.Unconfined, vsock)
		r.late = r.late || time.Now().After(r.until)
	case "the audit is over":
		time.Sleep(time.Until(r.until))
	case "they are created again":
		r.create("lab", "agent-0", "agent", node.Unconfined, vsock)
		r.create("lab", "agent-1", "agent", node.Unconfined, vsock)
		r.create("shop", "web-0", "web", node.Unconfined, "getpid")
	default:
		r.t.Fatalf("%s: nobody knows how %q is done", rollout, what)
	}
}

// run runs the commands of a block and returns the block as it should be.
func (r *rolledOut) run(block string) string {
	r.t.Helper()
	var out strings.Builder
	for part := range strings.SplitSeq(strings.TrimPrefix(block, "$ seccompctl "), "\n$ seccompctl ") {
		command, page, _ := strings.Cut(part, "\n")
		if page != "" && !strings.HasSuffix(page, "\n") {
			page += "\n" // before the next command
		}
		args := strings.Fields(command)
		said := r.call(args)
		if args[0] == "apply" {
			if err := r.d.Thaw(); err != nil {
				r.t.Fatal(err)
			}
		}
		// What the daemon reads and writes takes a moment.
		for end := time.Now().Add(settle); said != page && slices.Contains(onlySays, args[0]) && !*update && !r.late && !r.differs; said = r.call(args) {
			r.differs = time.Now().After(end)
		}
		out.WriteString("$ seccompctl " + command + "\n" + said)
		r.settled(args[0])
	}
	return out.String()
}

// call runs a command and returns what it prints.
func (r *rolledOut) call(args []string) string {
	r.t.Helper()
	if slices.Contains([]string{"status", "drift", "exposed"}, args[0]) {
		r.looked()
	}
	args = slices.Clone(args)
	if i := slices.Index(args, "--audit"); i > 0 {
		args[i+1] = r.open.String()
	}
	cmd, err := r.d.Ctl(r.t.Context(), append(args, r.places(args[0])...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	said, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 0 && (code != 1 || !slices.Contains(answersNo, args[0])) {
		r.t.Fatalf("%q: %v\n%s", args, err, said)
	}
	// Others on this machine are denied calls, and where it is busy some of those cannot be told from the page's.
	r.late = r.late || strings.Contains(string(said), "not everything was seen")
	return r.plain(string(said))
}

// onlySays are verbs that change nothing.
var onlySays = []string{"report", "denials", "status", "drift", "exposed"}

// looked waits until the daemon has looked at what runs now, and says so.
func (r *rolledOut) looked() {
	r.t.Helper()
	began := time.Now()
	for end := began.Add(settle); ; time.Sleep(50 * time.Millisecond) {
		s, err := audit.ReadStatus(r.d.Options.RunDir)
		if err == nil && s.Drift != nil && s.Drift.At.After(began) {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("the daemon does not look at what runs: %+v, %v", s.Drift, err)
		}
	}
}

// answersNo are verbs whose answer on this page may be no.
var answersNo = []string{"report", "drift", "exposed"}

// places are the flags that stand for the places of an installed node.
func (r *rolledOut) places(verb string) []string {
	decisions, denials := []string{"--decisions", r.d.Options.Decisions}, []string{"--denials", r.d.Options.Denials}
	state := []string{"--containerd-state", filepath.Join(r.n.Dir(), "state"), "--runtime-state", filepath.Join(r.n.Dir(), "state", "runc"), "--docker-root", filepath.Join(r.n.Dir(), "none")}
	switch verb {
	case "report", "denials":
		return append(decisions, denials...)
	case "drift":
		return append(decisions, state...)
	case "exposed":
		return append(denials, state...)
	case "block":
		return denials
	case "enforce":
		binary, err := node.Binary("containerd")
		if err != nil {
			r.t.Fatal(err)
		}
		return append(append(decisions, denials...), "--containerd-config", filepath.Join(r.etc, "config.toml"),
			"--containerd-drop-ins", filepath.Join(r.etc, "conf.d"), "--containerd", binary)
	}
	return nil
}

// settled waits until the daemon decides by what a verb put in force.
func (r *rolledOut) settled(verb string) {
	r.t.Helper()
	if verb != "apply" && verb != "enforce" && verb != "block" {
		return
	}
	snap, err := snapshot.Open(r.d.Options.StateDir).Current()
	if err != nil {
		r.t.Fatal(err)
	}
	decidesBy(r.t, r.d, snap.Digest)
	if snap.Policy.Floor != nil {
		r.until = snap.Policy.Floor.Deny[0].AuditUntil
	}
}

// What differs from run to run and from machine to machine, and what is said of it. Columns keep their widths.
var masks = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`sha256:[0-9a-f]{64}`), "sha256:…"},
	{regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "2026-11-23T09:00:00Z"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "4f1c9a0b7d2e"},
	{regexp.MustCompile(`\((\d+[hm])*\d+s\)`), "(3s)"},
	{regexp.MustCompile(`\b\d+[sm]  +`), "3s   "},
	{regexp.MustCompile(`\bAGE  +`), "AGE  "},
	{regexp.MustCompile(`\b[0-9a-z]{8}-\d+\b`), "1k2x3c4v-2"},
	{regexp.MustCompile(`process \d+ `), "process 4951 "},
	{regexp.MustCompile(`version \S+, pid \d+`), "version v0.1.0, pid 612"},
	// Others on this machine run containers and are denied calls, too. How long theirs are widens columns.
	{regexp.MustCompile(`(?m)^running  .*`), "running       4 enforced"},
	{regexp.MustCompile(`(?m)^  (4f1c9a0b7d2e|\(not known\)) +socket .*\n`), ""},
	{regexp.MustCompile(`  socket +(\d+ times?, \d+ denied) +last `), "  socket  $1  last "},
	{regexp.MustCompile(`as far as a filter logged or denied it:\nnote: records .*`), "by nobody that a filter logged or denied it to"},
	{regexp.MustCompile(`, by nobody`), ": by nobody"},
	{regexp.MustCompile(`(?m)^(note|not seen): .*(could not be given|were lost|overruns).*\n`), ""},
	{regexp.MustCompile(`(?m)^note: (the namespaces of|processes of which the namespaces) .*\n`), ""},
}

func (r *rolledOut) plain(said string) string {
	for _, m := range masks {
		said = m.what.ReplaceAllString(said, m.by)
	}
	said = strings.ReplaceAll(said, r.etc, "/etc/containerd")
	said = strings.ReplaceAll(said, r.policy, "/etc/seccompd/policy.yaml")
	return strings.ReplaceAll(said, r.n.Dir(), "")
}

// lineDiff is the difference of two texts as diff tells it.
func lineDiff(a, b string) string {
	dir, err := os.MkdirTemp("", "rollout")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"page": a, "run": b} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err.Error()
		}
	}
	cmd := exec.Command("diff", "-u", "page", "run")
	cmd.Dir = dir
	out, _ := cmd.Output() // 1 where they differ
	return fmt.Sprint(string(out))
}
