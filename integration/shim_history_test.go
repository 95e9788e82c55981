package integration_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// refusalID is the id in the words of a refusal.
var refusalID = regexp.MustCompile(`id ([a-z0-9]+-[a-z0-9]+)\]`)

// TestShimRefusalsAreExplained looks up the id of each kind of refusal, as it is shown to who wanted the container: it is on record, with
// the container's id, whether or not the policy was asked. What is created is, too.
func TestShimRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil  func(s *shim, b *bareBundle)
		args   []string
		reason string
	}{
		"by the policy": {func(s *shim, _ *bareBundle) { s.apply(t, "mode: enforce\ndefault: {action: refuse}\n") }, nil, "rule"},
		"an annotation": {func(_ *shim, b *bareBundle) {
			b.write(b.config(map[string]string{"NOTES": `"run.oci.seccomp.receiver":"/x",`}))
		}, nil, "bypass"},
		"the configuration": {func(_ *shim, b *bareBundle) {
			b.write(b.config(map[string]string{"LINUX": `"seccomp":null,"SECCOMP":null,`}))
		}, nil, "config"},
		"a linked bundle": {func(_ *shim, b *bareBundle) { b.must(os.Symlink(b.dir, b.dir+"/l")); b.dir += "/l" }, nil, "config"},
		"the command":     {func(*shim, *bareBundle) {}, []string{"create", "-f", "x"}, "command"},
		"a checkpoint":    {func(*shim, *bareBundle) {}, []string{"restore", "--image-path", "/x"}, "restore"},
		"no policy":       {func(s *shim, b *bareBundle) { b.must(os.RemoveAll(s.dir + "/state")) }, nil, "no-policy"},
		"no runtime": {func(s *shim, _ *bareBundle) {
			s.configure(t, map[string]any{"runtimes": map[string]string{"runc": "/nowhere/runc"}})
		}, nil, "settings"},
		"a foreign snapshot": {func(s *shim, b *bareBundle) {
			b.must(exec.Command("sh", "-c", "chown 1234 "+s.dir+"/state/*.snapshot").Run())
		}, nil, "no-policy"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShim(t, attackPolicy)
			b := newBundle(t, s)
			c.spoil(s, b)
			args := c.args
			if args == nil {
				args = []string{"run", "--bundle", b.dir}
			}
			out, err := b.run(append(args, b.id)...)
			id := refusalID.FindStringSubmatch(out)
			if err == nil || id == nil {
				t.Fatalf("not refused, or without an id: %v %s", err, out)
			}
			for _, asked := range []string{id[1], b.id} {
				cmd := exec.Command(s.binary(t, "seccompctl"), "explain", asked, "--decisions", s.dir+"/decisions.jsonl", "--state-dir", s.dir+"/state", "--run-dir", s.dir+"/run")
				said, _ := cmd.CombinedOutput()
				if code := cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(string(said), id[1]) || !strings.Contains(string(said), "refused") {
					t.Errorf("explain %s: %d\n%s", asked, code, said)
				}
			}
			if d := s.of(t, b.id); d.Result != "refused" || d.Reason != c.reason {
				t.Errorf("on record: %+v, want %s", d, c.reason)
			}
		})
	}
}
