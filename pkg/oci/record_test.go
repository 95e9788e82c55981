package oci_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/workload"
)

// TestFromContainerd believes containerd's record over what a bundle says.
func TestFromContainerd(t *testing.T) {
	claimed := func() *workload.Workload {
		return &workload.Workload{
			ID: "x", Engine: workload.Known(workload.EngineKubernetes), ContainerdNamespace: workload.Known("k8s.io"), Kinds: workload.AnyKind,
			Namespace: workload.Known("prod"), Pod: workload.Known("db-0"), Container: workload.Known("db"), Image: workload.Known("db:1"),
		}
	}
	pod := &oci.RecordOfPod{ID: "p", UID: "u", Namespace: "prod", Name: "db-0", Container: "db", Labels: map[string]string{"app": "db"}, RuntimeHandler: "crun"}
	other := *pod
	other.Name = "db-1"
	pause := *pod
	pause.ID, pause.Container = "x", ""
	for name, c := range map[string]struct {
		record         oci.Record
		believed       bool // without an error
		pod, container workload.Attr[string]
		kinds          workload.Kinds
	}{
		"the same":         {oci.Record{ID: "x", Image: "db:1", Pod: pod}, true, workload.Known("db-0"), workload.Known("db"), workload.AnyKind &^ workload.KindSandbox},
		"another pod":      {oci.Record{ID: "x", Image: "db:1", Pod: &other}, false, workload.Known("db-1"), workload.Known("db"), workload.AnyKind &^ workload.KindSandbox},
		"a pause":          {oci.Record{ID: "x", Image: "pause:1", Pod: &pause}, true, workload.Known("db-0"), workload.Absent[string](), workload.KindSandbox},
		"of no pod":        {oci.Record{ID: "x", Image: "db:1", Labels: map[string]string{"a": "b"}}, false, workload.Unknown[string](), workload.Unknown[string](), workload.AnyKind},
		"another":          {oci.Record{ID: "y", Image: "evil:1", Pod: &other}, false, workload.Known("db-0"), workload.Known("db"), workload.AnyKind},
		"without an image": {oci.Record{ID: "x", Pod: pod}, true, workload.Known("db-0"), workload.Known("db"), workload.AnyKind &^ workload.KindSandbox},
	} {
		w := claimed()
		err := oci.FromContainerd(c.record, w)
		if (err == nil) != c.believed || w.Pod != c.pod || w.Container != c.container || w.Kinds != c.kinds {
			t.Errorf("%s: %v, %+v", name, err, w)
		}
	}
	w := claimed()
	if err := oci.FromContainerd(oci.Record{ID: "x", Image: "db:1", ImageDigest: "sha256:1", Labels: map[string]string{"a": "b"}, Pod: pod}, w); err != nil {
		t.Fatal(err)
	}
	labels, _ := w.Labels.Value()
	ofPod, _ := w.PodLabels.Value()
	if !cmp.Equal(labels, map[string]string{"a": "b"}) || !cmp.Equal(ofPod, map[string]string{"app": "db"}) || w.ImageDigest.Or("") != "sha256:1" || w.RuntimeHandler.Or("") != "crun" || w.PodUID != "u" {
		t.Errorf("%+v", w)
	}
	w = &workload.Workload{ID: "x", Engine: workload.Known(workload.EngineContainerd), ContainerdNamespace: workload.Known("default")}
	if err := oci.FromContainerd(oci.Record{ID: "x", Image: "db:1"}, w); err != nil || w.Image.Or("") != "db:1" || w.Labels.State() != workload.StateKnown {
		t.Errorf("%v, %+v", err, w)
	}
	for engine, want := range map[workload.Engine]bool{workload.EngineKubernetes: true, workload.EngineContainerd: true, workload.EngineNerdctl: true, workload.EngineDocker: false} {
		if got := oci.Recorded(&workload.Workload{Engine: workload.Known(engine), ContainerdNamespace: workload.Known("n")}); got != want {
			t.Errorf("%s: %v", engine, got)
		}
	}
	if oci.Recorded(&workload.Workload{Engine: workload.Known(workload.EngineKubernetes), ContainerdNamespace: workload.Absent[string]()}) {
		t.Error("CRI-O has no record with containerd")
	}
}
