package policy

import (
	"testing"

	"github.com/seccompd/seccompd/pkg/workload"
)

func known[T any](v T) workload.Attr[T] { return workload.Known(v) }

// TestFields has, for each field, workloads for which it holds, does not, and cannot be told.
func TestFields(t *testing.T) {
	yes := true
	labels := func(l map[string]string) workload.Attr[map[string]string] { return known(l) }
	type w = workload.Workload
	digest := digestOf(1)
	for _, c := range []struct {
		name  string
		match Match
		holds []w
		not   []w
	}{
		{"engines", Match{Engines: []workload.Engine{"docker", "podman"}}, []w{{Engine: known(workload.EnginePodman)}}, []w{{Engine: known(workload.EngineNerdctl)}, {Engine: workload.Absent[workload.Engine]()}}},
		{"containerdNamespaces", Match{ContainerdNamespaces: []string{"k8s*"}}, []w{{ContainerdNamespace: known("k8s.io")}}, []w{{ContainerdNamespace: known("moby")}, {ContainerdNamespace: workload.Absent[string]()}}},
		{"namespaces", Match{Namespaces: []string{"a", "b-*"}}, []w{{Namespace: known("a")}, {Namespace: known("b-1")}}, []w{{Namespace: known("b")}, {Namespace: known("")}, {Namespace: workload.Absent[string]()}}},
		{"pods", Match{Pods: []string{"db-?"}}, []w{{Pod: known("db-0")}}, []w{{Pod: known("db-10")}}},
		{"containers", Match{Containers: []string{"db"}}, []w{{Container: known("db")}}, []w{{Container: known("DB")}}},
		{
			"images", Match{Images: []string{"ghcr.io/acme/**", "@" + digest}},
			[]w{{Image: known("ghcr.io/acme/a/b:1")}, {Image: known("x"), ImageDigest: known(digest)}, {ImageDigest: known(digest)}},
			[]w{{Image: known("x"), ImageDigest: known(digestOf(2))}, {Image: workload.Absent[string](), ImageDigest: workload.Absent[string]()}},
		},
		{
			"images with a digest", Match{Images: []string{"nginx@" + digest}},
			[]w{{Image: known("nginx"), ImageDigest: known(digest)}},
			[]w{{Image: known("apache")}, {ImageDigest: known(digestOf(2))}},
		},
		{"labels", Match{Labels: []Selector{{{Key: "a", Operator: SelectNotIn, Values: []string{"b"}}}}}, []w{{Labels: labels(nil)}, {Labels: labels(map[string]string{"a": "c"})}}, []w{{Labels: labels(map[string]string{"a": "b"})}, {Labels: workload.Absent[map[string]string]()}}},
		{"podLabels", Match{PodLabels: []Selector{{{Key: "a", Operator: SelectExists}}, {{Key: "b", Operator: SelectExists}}}}, []w{{PodLabels: labels(map[string]string{"b": ""})}}, []w{{PodLabels: labels(map[string]string{"c": ""})}}},
		{"annotations", Match{Annotations: []Annotation{{"a", []string{"x*", "y"}}, {"b", []string{"*"}}}}, []w{{Annotations: labels(map[string]string{"a": "y", "b": ""})}}, []w{{Annotations: labels(map[string]string{"a": "x1"})}, {Annotations: labels(map[string]string{"a": "z", "b": ""})}}},
		{"runtimeHandlers", Match{RuntimeHandlers: []string{"kata*"}}, []w{{RuntimeHandler: known("kata-qemu")}}, []w{{RuntimeHandler: known("")}}},
		{"requested", Match{Requested: workload.RequestUnconfined | workload.RequestUnset}, []w{{Requested: workload.RequestUnset}, {Requested: workload.RequestUnconfined | workload.RequestUnset}}, []w{{Requested: workload.RequestLocalhost}}},
		{"localhostProfiles", Match{LocalhostProfiles: []string{"team/*"}}, []w{{LocalhostProfile: known("team/a/b.json")}}, []w{{LocalhostProfile: known("other.json")}, {LocalhostProfile: workload.Absent[string]()}}},
		{"privileged", Match{Privileged: &yes}, []w{{Privileged: known(true)}}, []w{{Privileged: known(false)}}},
		{"capabilities", Match{Capabilities: &Capabilities{AnyOf: 0b0110, AllOf: 0b1000, NoneOf: 0b10000}}, []w{{Capabilities: known(workload.Capabilities(0b1010))}}, []w{{Capabilities: known(workload.Capabilities(0b1001))}, {Capabilities: known(workload.Capabilities(0b0010))}, {Capabilities: known(workload.Capabilities(0b11010))}}},
		{"users", Match{Users: []Users{{0, 0}, {1000, 1999}}}, []w{{User: known(uint32(0))}, {User: known(uint32(1000))}, {User: known(uint32(1999))}}, []w{{User: known(uint32(1))}, {User: known(uint32(2000))}}},
		{"hostNamespaces", Match{HostNamespaces: workload.HostPID | workload.HostIPC}, []w{{HostNamespaces: known(workload.HostIPC | workload.HostUTS)}}, []w{{HostNamespaces: known(workload.HostUTS)}, {HostNamespaces: known(workload.HostNamespaces(0))}}},
		{"containerKinds", Match{ContainerKinds: workload.KindContainer | workload.KindInit}, []w{{Kinds: workload.KindInit}, {Kinds: workload.KindContainer | workload.KindInit}}, []w{{Kinds: workload.KindSandbox}}},
		{"doors", Match{Doors: []workload.Door{"nri"}}, []w{{Door: "nri"}}, []w{{Door: "runtime"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := compileMatch(&c.match)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range c.holds {
				if got, _ := m.eval(&w, nil); got != True {
					t.Errorf("%+v: %v, want yes", w, got)
				}
			}
			for _, w := range c.not {
				if got, _ := m.eval(&w, nil); got != False {
					t.Errorf("%+v: %v, want no", w, got)
				}
			}
			if got, because := m.eval(&w{}, nil); got != Unknown || because != c.match.Given()[0] {
				t.Errorf("a workload of which nothing is known: %v because of %q, want cannot tell because of %q", got, because, c.match.Given()[0])
			}
		})
	}
	if all := len(Fields()); all != 18 {
		t.Errorf("%d fields: add the new one to this test", all)
	}
}

func TestImageReferences(t *testing.T) {
	for _, c := range []struct {
		pattern, image string
		want           Truth
	}{
		{"nginx", "nginx", True}, {"nginx", "nginx:1.27", True}, {"nginx", "docker.io/library/nginx:1.27", True},
		{"nginx", "docker.io/nginx", True}, {"nginx", "index.docker.io/library/nginx", True}, {"nginx", "nginx@" + digestOf(1), True},
		{"nginx", "evil.example/nginx", False}, {"nginx", "acme/nginx", False}, {"nginx", "localhost/nginx", False},
		{"docker.io/library/nginx", "nginx", True}, {"index.docker.io/nginx", "nginx", True}, {"acme/*", "docker.io/acme/app:2", True},
		{"nginx:1.*", "nginx:1.27", True}, {"nginx:1.*", "nginx:2.0", False}, {"nginx:latest", "nginx", True},
		{"nginx:latest", "nginx@" + digestOf(1), False}, {"nginx:1.27", "nginx:1.27@" + digestOf(1), True},
		{"docker.io/localhost/app", "localhost/app", False}, {"localhost/app", "localhost/app", True}, {"localhost:5000/app", "localhost:5000/app:1", True}, {"ghcr.io/acme/**", "ghcr.io/acme/a/b", True},
		{"ghcr.io/acme/*", "ghcr.io/acme/a/b", False}, {"*.example.com/app", "eu.example.com/app", True},
		{"**", "nginx", True}, {"**/nginx", "ghcr.io/acme/nginx:1", True}, {"**:1.0", "a/b:1.0", True},
		{"docker.io/**", "Acme/app", False}, {"Acme/app", "Acme/app:1", True}, {"docker.io/**", "acme/app", True},
		{"nginx", "NGINX", False}, {"nginx", digestOf(1), Unknown}, {"**", digestOf(1)[7:], Unknown},
	} {
		p, err := compileImage(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.matches(known(c.image), workload.Unknown[string]()); got != c.want {
			t.Errorf("%q on %q: %v, want %v", c.pattern, c.image, got, c.want)
		}
	}
	for _, bad := range []string{"", "*", "nginx*", "*/app", "team-*/app", "@sha256:12", "@", "nginx@sha256:X", "*:1"} {
		if _, err := compileImage(bad); err == nil {
			t.Errorf("pattern %q is accepted", bad)
		}
	}
}
