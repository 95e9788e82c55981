package oci_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/workload"
)

const (
	criPod  = `"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-id":"s","io.kubernetes.cri.sandbox-namespace":"prod","io.kubernetes.cri.sandbox-name":"db-0","io.kubernetes.cri.sandbox-uid":"u","io.kubernetes.cri.container-name":"db","io.kubernetes.cri.image-name":"db:1"`
	pause   = `"io.kubernetes.cri.container-type":"sandbox","io.kubernetes.cri.sandbox-id":"s","io.kubernetes.cri.sandbox-namespace":"prod","io.kubernetes.cri.sandbox-name":"db-0"`
	crio    = `"io.container.manager":"cri-o","io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.cri-o.ImageName":"db:1","io.kubernetes.pod.namespace":"prod","io.kubernetes.pod.name":"db-0","io.kubernetes.container.name":"db"`
	nerdctl = `"nerdctl/namespace":"default","nerdctl/name":"web"`
	podman  = `"io.container.manager":"libpod"`
)

// Each engine's bundle names what it names, and the annotations of one engine claim nothing at another.
func TestIdentity(t *testing.T) {
	for name, test := range map[string]struct {
		annotations string
		origin      oci.Origin
		engine      string // "" is absent
		namespace   string // of the pod: "absent", "unknown", or its name
		container   string
		kinds       workload.Kinds
	}{
		"CRI":                              {criPod, oci.Origin{Namespace: "k8s.io"}, "kubernetes", "prod", "db", workload.AnyKind &^ workload.KindSandbox},
		"CRI's pause container":            {pause, oci.Origin{Namespace: "k8s.io"}, "kubernetes", "prod", "absent", workload.KindSandbox},
		"CRI, strictly":                    {criPod, oci.Origin{Namespace: "k8s.io", StrictIdentity: true}, "kubernetes", "unknown", "unknown", workload.AnyKind},
		"CRI's annotations by ctr":         {criPod, oci.Origin{Namespace: "default"}, "containerd", "absent", "absent", workload.KindContainer},
		"CRI's annotations by nerdctl":     {criPod + "," + nerdctl, oci.Origin{Namespace: "default"}, "nerdctl", "absent", "web", workload.KindContainer},
		"CRI's annotations in Docker":      {criPod, oci.Origin{Namespace: "moby"}, "docker", "absent", "unknown", workload.KindContainer},
		"CRI's annotations in podman":      {criPod + "," + podman, oci.Origin{}, "podman", "absent", "unknown", workload.KindContainer},
		"CRI's annotations by hand":        {criPod, oci.Origin{}, "", "absent", "absent", workload.KindContainer},
		"ctr":                              {`"a":"b"`, oci.Origin{Namespace: "default"}, "containerd", "absent", "absent", workload.KindContainer},
		"ctr in k8s.io":                    {`"a":"b"`, oci.Origin{Namespace: "k8s.io"}, "containerd", "absent", "absent", workload.KindContainer},
		"nerdctl":                          {nerdctl, oci.Origin{Namespace: "default"}, "nerdctl", "absent", "web", workload.KindContainer},
		"nerdctl's of another namespace":   {nerdctl, oci.Origin{Namespace: "prod"}, "containerd", "absent", "absent", workload.KindContainer},
		"nerdctl's annotations in Docker":  {`"nerdctl/namespace":"moby"`, oci.Origin{Namespace: "moby"}, "docker", "absent", "unknown", workload.KindContainer},
		"Docker":                           {"", oci.Origin{Namespace: "moby"}, "docker", "absent", "unknown", workload.KindContainer},
		"a build in Docker":                {"", oci.Origin{Bundle: "/var/lib/docker/buildkit/executor/x"}, "docker", "absent", "absent", workload.KindContainer},
		"podman":                           {podman, oci.Origin{}, "podman", "absent", "unknown", workload.KindContainer},
		"podman without its annotation":    {"", oci.Origin{Bundle: "/var/lib/containers/storage/overlay-containers/x/userdata"}, "podman", "absent", "unknown", workload.KindContainer},
		"CRI-O":                            {crio, oci.Origin{Bundle: "/run/containers/storage/overlay-containers/x/userdata"}, "kubernetes", "prod", "db", workload.AnyKind &^ workload.KindSandbox},
		"CRI-O, strictly":                  {crio, oci.Origin{StrictIdentity: true}, "kubernetes", "unknown", "unknown", workload.AnyKind},
		"CRI-O's annotations in podman":    {`"io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.pod.namespace":"prod",` + podman, oci.Origin{}, "podman", "absent", "unknown", workload.KindContainer},
		"CRI-O's manager in podman":        {crio, oci.Origin{Podman: true}, "podman", "absent", "unknown", workload.KindContainer},
		"CRI-O's annotations by ctr":       {crio, oci.Origin{Namespace: "default"}, "containerd", "absent", "absent", workload.KindContainer},
		"by hand":                          {"", oci.Origin{Bundle: "/tmp/x"}, "", "absent", "absent", workload.KindContainer},
		"asked about, of CRI":              {criPod, oci.Origin{Claimed: true}, "kubernetes", "prod", "db", workload.AnyKind &^ workload.KindSandbox},
		"asked about, of nobody":           {`"a":"b"`, oci.Origin{Claimed: true}, "unknown", "unknown", "unknown", workload.KindContainer},
		"asked about, of nerdctl's":        {nerdctl, oci.Origin{Claimed: true}, "nerdctl", "absent", "web", workload.KindContainer},
		"asked about, of podman's by name": {podman, oci.Origin{Claimed: true}, "podman", "absent", "unknown", workload.KindContainer},
	} {
		c, err := oci.Parse("config.json", []byte(`{"annotations":{`+test.annotations+`}}`))
		if err != nil {
			t.Fatal(name, err)
		}
		w := c.Workload(test.origin)
		engine := w.Engine.State().String()
		if v, ok := w.Engine.Value(); ok {
			engine = string(v)
		}
		if test.engine == "" {
			test.engine = "absent"
		}
		if engine != test.engine || shown(w.Namespace) != test.namespace || shown(w.Container) != test.container || w.Kinds != test.kinds {
			text, _ := json.Marshal(w)
			t.Errorf("%s: %s\nwant %s, pod namespace %s, container %s, %v", name, text, test.engine, test.namespace, test.container, test.kinds)
		}
	}
}

func shown(a workload.Attr[string]) string {
	if v, ok := a.Value(); ok {
		return v
	}
	return a.State().String()
}

// TestCRIOLabels reads the labels that CRI-O writes as one annotation; without it, or with another text, they are unknown.
func TestCRIOLabels(t *testing.T) {
	for name, test := range map[string]struct {
		annotation string
		strict     bool
		want       map[string]string // nil is unknown
	}{
		"labels":      {`,"io.kubernetes.cri-o.Labels":"{\"app\":\"db\"}"`, false, map[string]string{"app": "db"}},
		"none":        {`,"io.kubernetes.cri-o.Labels":"null"`, false, map[string]string{}},
		"not told":    {"", false, nil},
		"no labels":   {`,"io.kubernetes.cri-o.Labels":"{\"app\":1}"`, false, nil},
		"no object":   {`,"io.kubernetes.cri-o.Labels":"[]"`, false, nil},
		"strictly":    {`,"io.kubernetes.cri-o.Labels":"{\"app\":\"db\"}"`, true, nil},
		"not CRI-O's": {`,"io.container.manager":"libpod","io.kubernetes.cri-o.Labels":"{\"app\":\"db\"}"`, false, nil},
	} {
		c, err := oci.Parse("config.json", []byte(`{"annotations":{"io.kubernetes.cri-o.ContainerType":"container"`+test.annotation+`}}`))
		if err != nil {
			t.Fatal(name, err)
		}
		labels, known := c.Workload(oci.Origin{StrictIdentity: test.strict}).Labels.Value()
		if known != (test.want != nil) || !maps.Equal(labels, test.want) {
			t.Errorf("%s: %v, known: %v, want %v", name, labels, known, test.want)
		}
	}
}

// TestImageDigest takes the digest from a reference that has one, and from nothing else.
func TestImageDigest(t *testing.T) {
	const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, test := range []struct {
		image  string
		strict bool
		want   string
	}{
		{"db@" + digest, false, digest},
		{"example.com/db:1@" + digest, false, digest},
		{"db@" + digest, true, "unknown"},
		{"db:1", false, "unknown"},
		{digest, false, "unknown"},
		{"db@" + digest + "0", false, "unknown"},
		{"db@sha256:" + strings.ToUpper(digest[7:]), false, "unknown"},
	} {
		for _, engine := range []struct {
			key, more string
			origin    oci.Origin
		}{
			{"io.kubernetes.cri.image-name", `"io.kubernetes.cri.container-type":"container"`, oci.Origin{Namespace: "k8s.io", StrictIdentity: test.strict}},
			{"io.kubernetes.cri-o.ImageName", `"io.container.manager":"cri-o"`, oci.Origin{StrictIdentity: test.strict}},
		} {
			c, err := oci.Parse("config.json", []byte(`{"annotations":{`+engine.more+`,"`+engine.key+`":"`+test.image+`"}}`))
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(c.Workload(engine.origin).ImageDigest); got != test.want {
				t.Errorf("%s %s, strict %v: %s, want %s", engine.key, test.image, test.strict, got, test.want)
			}
		}
	}
}

func TestWhatABundleTells(t *testing.T) {
	c, err := oci.Parse("config.json", []byte(`{"process":{"user":{"uid":7},"capabilities":{"bounding":["CAP_KILL","cap_sys_admin","CAP_OF_TOMORROW"]}},
		"mounts":[{"destination":"/sys","type":"sysfs","options":["nosuid","ro"]}],
		"linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/proc/1/ns/net"},{"type":"ipc","path":"/proc/77/ns/ipc"},{"type":"mount"}],"seccomp":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	w := c.Workload(oci.Origin{Namespace: "default", ID: "x"})
	kill, _ := workload.CapabilityNamed("KILL")
	admin, _ := workload.CapabilityNamed("SYS_ADMIN")
	if caps, _ := w.Capabilities.Value(); caps != kill|admin {
		t.Errorf("capabilities %v", caps)
	}
	if uid, _ := w.User.Value(); uid != 7 {
		t.Errorf("uid %d", uid)
	}
	if h, _ := w.HostNamespaces.Value(); h != workload.HostNetwork|workload.HostUTS|workload.HostUser|workload.HostCgroup {
		t.Errorf("host namespaces %v", h)
	}
	if p, ok := w.Privileged.Value(); p || !ok {
		t.Errorf("privileged %v, %v", p, ok)
	}
	if w.Requested != workload.RequestUnconfined|workload.RequestUnset || c.Filter != nil || len(c.Notes) != 1 {
		t.Errorf("requested %v, filter %v, notes %q", w.Requested, c.Filter, c.Notes)
	}
}

func TestBypass(t *testing.T) {
	for annotations, want := range map[string]string{
		``:                                   "",
		`"run.oci.handler":"krun"`:           "",
		`"run.oci.seccomp_bpf_data":"x"`:     "run.oci.seccomp_bpf_data",
		`"run.oci.seccomp.receiver":"/x"`:    "run.oci.seccomp.receiver",
		`"run.oci.seccomp.plugins":"/x"`:     "run.oci.seccomp.plugins",
		`"Run.OCI.seccomp_bpf_data":""`:      "Run.OCI.seccomp_bpf_data",
		`"run.oci.seccomp_fail_unknown":"1"`: "run.oci.seccomp_fail_unknown",
	} {
		c, err := oci.Parse("config.json", []byte(`{"annotations":{`+annotations+`}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Bypass(); got != want {
			t.Errorf("%s: %q", annotations, got)
		}
	}
}
