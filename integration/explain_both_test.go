package integration_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestExplainIsWhatBothDoorsDo asks explain about containers of pods, creates
// them on a node with both doors, and holds its answer against what was decided.
func TestExplainIsWhatBothDoorsDo(t *testing.T) {
	t.Parallel()
	s := newShim(t, "")
	if err := os.WriteFile(s.dir+"/policy.yaml", []byte(policyHead+bothPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	n := newNode(t, withDoor(s, node.Options{RequiredPlugins: []string{"10-seccompd"}}))
	daemon := n.Daemon(node.DaemonOptions{Policy: s.dir + "/policy.yaml", StateDir: s.dir + "/state", RunDir: s.dir + "/run", Decisions: s.dir + "/decisions.jsonl"})
	if err := daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	explain := func(args ...string) (rule string, refused bool) {
		t.Helper()
		all := append([]string{"--state-dir", s.dir + "/state", "explain", "--namespace", "default", "-o", "json"}, args...)
		out, err := exec.CommandContext(t.Context(), s.binary(t, "seccompctl"), all...).Output()
		var a struct {
			Containers []struct {
				Trace  struct{ Decision struct{ RuleName string } }
				Result struct{ Refused bool }
			}
		}
		if err != nil || json.Unmarshal(out, &a) != nil || len(a.Containers) != 1 {
			t.Fatalf("explain %q: %v %s", args, err, out)
		}
		return a.Containers[0].Trace.Decision.RuleName, a.Containers[0].Result.Refused
	}
	for _, app := range []string{"raw", "web"} {
		pod := runPod(t, n, node.PodSpec{Labels: map[string]string{"app": app}})
		for name, c := range map[string]struct {
			spec node.ContainerSpec
			args []string
		}{
			"default":    {node.ContainerSpec{Seccomp: node.RuntimeDefault}, []string{"--requested", "RuntimeDefault"}},
			"dropped":    {node.ContainerSpec{Seccomp: node.RuntimeDefault, DropCapabilities: []string{"NET_RAW"}}, []string{"--requested", "RuntimeDefault", "--cap", "-NET_RAW"}},
			"trusted":    {node.ContainerSpec{AddCapabilities: []string{"SYS_PTRACE"}, DropCapabilities: []string{"NET_RAW"}}, []string{"--cap", "-NET_RAW,SYS_PTRACE"}},
			"unset":      {node.ContainerSpec{}, nil},
			"unconfined": {node.ContainerSpec{Seccomp: node.Unconfined, DropCapabilities: []string{"NET_RAW"}}, []string{"--requested", "Unconfined", "--cap", "-NET_RAW"}},
			"admin":      {node.ContainerSpec{Seccomp: node.Unconfined, AddCapabilities: []string{"SYS_ADMIN"}, DropCapabilities: []string{"NET_RAW"}}, []string{"--requested", "Unconfined", "--cap", "-NET_RAW,SYS_ADMIN"}},
		} {
			rule, refused := explain(append(c.args, "--pod-label", "app="+app)...)
			c.spec.Name = name
			ctr, err := pod.Run(t.Context(), c.spec)
			switch {
			case refused != (err != nil):
				t.Errorf("%s in %s: explain says refused: %v, and creating it: %v", name, app, refused, err)
			case err != nil && !strings.Contains(err.Error(), "rule "+rule+","):
				t.Errorf("%s in %s: explain says rule %q, and creating it: %v", name, app, rule, err)
			case err == nil:
				if d := s.of(t, ctr.ID); d.Door != "runtime" || d.Rule != rule {
					t.Errorf("%s in %s: explain says rule %q, and on record is %+v", name, app, rule, d)
				}
			}
		}
	}
}
