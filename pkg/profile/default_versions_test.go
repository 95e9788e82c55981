package profile_test

import (
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

func TestRuntimeDefaultsByVersion(t *testing.T) {
	names := profile.RuntimeDefaultVersions()
	for _, name := range names {
		p, ok := profile.RuntimeDefaultVersion(name)
		if !ok || p.Name != "runtime-default@"+name || len(p.Rules) < 10 || p.DefaultAction == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p := profile.RuntimeDefault(workload.EngineKubernetes); "runtime-default@"+names[0] != p.Name {
		t.Errorf("the first is %s, and containerd's newest %s", names[0], p.Name)
	}
	for short, want := range map[string]string{
		"containerd-1.7": "containerd-1.7.35", "containerd-2": names[0], "containerd-2.1": "containerd-2.1.9", "containerd-2.2": "containerd-2.2.9",
		"docker-24": "docker-24.0.9", "docker-28": "docker-28.5.2", "docker-29": "docker-29", "moby-profiles": "", "docker-2": "", "": "",
	} {
		p, ok := profile.RuntimeDefaultVersion(short)
		if got := ""; ok {
			got = strings.TrimPrefix(p.Name, "runtime-default@")
			if got != want {
				t.Errorf("%q is %q, not %q", short, got, want)
			}
		} else if want != got {
			t.Errorf("%q is not known", short)
		}
	}
}

// What is known of how the defaults came to differ.
func TestWhatChangedInTheDefaults(t *testing.T) {
	named := func(version, call string) bool {
		p, ok := profile.RuntimeDefaultVersion(version)
		if !ok {
			t.Fatalf("no %s", version)
		}
		for _, r := range p.Rules {
			for _, n := range r.Names {
				if n == call {
					return true
				}
			}
		}
		return false
	}
	for _, c := range []struct {
		version, call string
		want          bool
	}{
		{"containerd-1.7", "io_uring_setup", true}, {"containerd-2.0", "io_uring_setup", false},
		{"docker-24", "io_uring_setup", true}, {"docker-25", "io_uring_setup", false},
		{"containerd-2.1", "mseal", false}, {"containerd-2.2", "mseal", true},
		{"containerd-1.7.2", "cachestat", false}, {"containerd-1.7", "cachestat", true},
	} {
		if got := named(c.version, c.call); got != c.want {
			t.Errorf("%s names %s: %v, not %v", c.version, c.call, got, c.want)
		}
	}
}
