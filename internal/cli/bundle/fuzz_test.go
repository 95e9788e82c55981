package bundle_test

import (
	"testing"

	"github.com/seccompd/seccompd/internal/cli/bundle"
	"github.com/seccompd/seccompd/internal/document"
)

// A configuration is hostile text: whatever is read has a request and a kind, and a filter only with a default action.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"ociVersion": "1.2.0", "process": {"user": {"uid": 7}, "capabilities": {"bounding": ["CAP_CHOWN"]}}, "linux": {"namespaces": [{"type": "pid", "path": "/proc/1/ns/pid"}], "seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}, "mounts": [{"destination": "/sys/", "type": "sysfs"}], "annotations": {"nerdctl/namespace": "n"}}`,
		`{"ociVersion": "1", "linux": {"seccomp": {}, "SECCOMP": {}}}`,
		`{"ociVersion": "1", "annotations": {"io.kubernetes.cri.container-type": "sandbox"}}`,
		`{"ociVersion": 1, "linux": [], "process": null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := document.ParseJSON("config.json", data)
		if err != nil {
			return
		}
		c, err := bundle.Decode(n, data)
		if err != nil {
			return
		}
		if c.Workload.Requested == 0 || c.Workload.Kinds == 0 || c.Filter != nil && c.Filter.DefaultAction == "" {
			t.Errorf("%+v", c)
		}
	})
}
