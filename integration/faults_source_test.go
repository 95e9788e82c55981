package integration_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// damages are what can happen to a policy's source.
var damages = []struct {
	name string
	do   func(source) error
}{
	{"policy deleted", func(s source) error { return os.Remove(s.policy) }},
	{"policy empty", func(s source) error { return os.Truncate(s.policy, 0) }},
	{"policy cut in half", func(s source) error {
		st, err := os.Stat(s.policy)
		return errors.Join(err, os.Truncate(s.policy, st.Size()/2))
	}},
	{"policy invalid", func(s source) error { return replaceFile(s.policy, policyText("enforce", "rules: [{name: x}]\n")) }},
	{"policy not YAML", func(s source) error { return replaceFile(s.policy, "\x00{{{") }},
	{"policy written by others", func(s source) error { return os.Chmod(s.policy, 0o666) }},
	{"profile missing", func(s source) error { return os.Remove(filepath.Join(s.profiles, "marked.json")) }},
	{"profile invalid", func(s source) error { return replaceFile(filepath.Join(s.profiles, "marked.json"), "{}") }},
	{"profiles' directory missing", func(s source) error { return os.RemoveAll(s.profiles) }},
}

// TestSourceDamaged damages the source under a running daemon, and then starts
// the daemon with it: what was in force stays in force. On a node that never
// had a policy, containers are refused. The control is what the same steps do
// where the last good policy only audits.
func TestSourceDamaged(t *testing.T) {
	for _, damage := range damages {
		t.Run(damage.name, func(t *testing.T) {
			t.Parallel()
			for mode, expected := range map[string]verdict{"enforce": filtered, "audit": unfiltered} {
				n, d, src := guarded(t, allMeasures(), policyText(mode, replaceAll))
				pod := runPod(t, n, node.PodSpec{})
				want(t, mode+", sound", pod, node.ContainerSpec{}, expected, "")
				if err := damage.do(src); err != nil {
					t.Fatal(err)
				}
				waitForLog(t, d, "could not be applied", "not sound", "stays in force")
				want(t, mode+", damaged", pod, node.ContainerSpec{}, expected, "")
				if err := d.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
				want(t, mode+", damaged, after a restart", pod, node.ContainerSpec{}, expected, "")
				if mode == "audit" {
					continue
				}
				if err := errors.Join(d.Stop(t.Context()), os.RemoveAll(d.Options.StateDir)); err != nil {
					t.Fatal(err)
				}
				if err := d.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				want(t, "damaged, no policy before", pod, node.ContainerSpec{}, refused, "no policy has ever been in force")
			}
		})
	}
}

// waitForLog waits until the daemon has logged one of the texts.
func waitForLog(t *testing.T, d *node.Daemon, texts ...string) {
	t.Helper()
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		log, err := os.ReadFile(d.LogFile())
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(string(log), text) }) {
			return
		}
	}
	log, _ := os.ReadFile(d.LogFile())
	t.Fatalf("the daemon did not log any of %q:\n%s", texts, log)
}

// TestSourceReplaced replaces the source 200 times while containers are
// created: by rename, in place, by the swap of a symbolic link as a ConfigMap's
// is, and with nonsense in between, in bursts after each of which the daemon
// applies what it finds. Each container has a filter of one of the two
// policies. In the control one of them only audits.
func TestSourceReplaced(t *testing.T) {
	t.Run("enforcing", func(t *testing.T) {
		t.Parallel()
		seen := replaceWhileCreating(t, soak(200, 5000), policyText("enforce", replaceAll), filtered, other)
		if seen[filtered] == 0 || seen[other] == 0 {
			t.Errorf("containers were %v, want some under each policy", seen)
		}
	})
	t.Run("control", func(t *testing.T) {
		t.Parallel()
		if seen := replaceWhileCreating(t, 40, policyText("audit", replaceAll), unfiltered, other); seen[unfiltered] == 0 {
			t.Errorf("control: with a policy that only audits containers were %v, want some %s", seen, unfiltered)
		}
	})
}

// other is the verdict on the second policy's filter.
const other verdict = "mkdir says EXDEV"

func replaceWhileCreating(t *testing.T, times int, first string, allowed ...verdict) map[verdict]int {
	n, d, src := guarded(t, allMeasures(), first)
	writeJSON(t, filepath.Join(src.profiles, "other.json"), marked(unix.EXDEV))
	second := policyText("enforce", strings.ReplaceAll(replaceAll, "marked.json", "other.json"))

	creating := keepCreating(t, n, 2, allowed...)
	burst := len(replacements)
	old := inForce(t, d)
	for i := range times {
		text := []string{second, first}[i/burst%2]
		if err := replacements[i%burst](src.policy, text, i); err != nil {
			t.Fatal(err)
		}
		if i%burst == burst-1 {
			waitForPolicy(t, d, old)
			old = inForce(t, d)
		}
	}
	if err := replaceFile(src.policy, second); err != nil {
		t.Fatal(err)
	}
	eventually(t, "after the last one", runPod(t, n, node.PodSpec{}), other, allowed...)
	log, err := os.ReadFile(d.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	if applied := strings.Count(string(log), "policy applied"); applied < times/burst {
		t.Errorf("the daemon applied %d policies of %d bursts", applied, times/burst)
	} else {
		t.Logf("%d policies were applied while %d containers were created", applied, creating.count())
	}
	return creating.stop()
}

// replacements put a text in the place of a path.
var replacements = []func(path, text string, i int) error{
	func(path, text string, _ int) error { return replaceFile(path, text) },
	func(path, text string, _ int) error { return os.WriteFile(path, []byte(text), 0o644) },
	func(path, _ string, _ int) error { return os.WriteFile(path, []byte("mode: nonsense\n"), 0o644) },
	func(path, text string, i int) error { // ..data of a ConfigMap
		dir := filepath.Join(filepath.Dir(path), fmt.Sprintf("..version-%d", i))
		link := path + ".link"
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.Base(path))
		return errors.Join(os.WriteFile(target, []byte(text), 0o644), os.Symlink(target, link), os.Rename(link, path))
	},
	func(path, text string, _ int) error { return replaceFile(path, text) },
	func(path, text string, _ int) error { return replaceFile(path, text[:len(text)*2/3]) },
	func(path, text string, _ int) error { return errors.Join(os.Remove(path), replaceFile(path, text)) },
}
