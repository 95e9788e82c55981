package workload_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/seccompd/seccompd/pkg/workload"
)

func TestZeroWorkloadKnowsNothing(t *testing.T) {
	var w workload.Workload
	for name, state := range map[string]workload.State{
		"namespace": w.Namespace.State(), "labels": w.Labels.State(), "privileged": w.Privileged.State(),
		"capabilities": w.Capabilities.State(), "engine": w.Engine.State(),
	} {
		if state != workload.StateUnknown {
			t.Errorf("%s is %v in a zero Workload; want unknown", name, state)
		}
	}
}

func TestWorkloadRoundTripsThroughJSON(t *testing.T) {
	w := workload.Workload{
		ID: "c1", PodID: "p1", Door: workload.DoorNRI,
		Engine:              workload.Known(workload.EngineKubernetes),
		ContainerdNamespace: workload.Known("k8s.io"),
		Namespace:           workload.Known(""),
		Pod:                 workload.Absent[string](),
		Labels:              workload.Known(map[string]string{"a": "b"}),
		Requested:           workload.RequestUnconfined | workload.RequestUnset,
		Privileged:          workload.Known(false),
		Capabilities:        workload.Known(workload.DefaultCapabilities),
		User:                workload.Known(uint32(0)),
		HostNamespaces:      workload.Known(workload.HostPID | workload.HostNetwork),
		Kinds:               workload.KindContainer | workload.KindInit,
	}
	data, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	var got workload.Workload
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if !reflect.DeepEqual(w, got) {
		t.Errorf("after a round trip\n%+v\nwant\n%+v\nJSON %s", got, w, data)
	}
}

func TestAttrRefusesOtherJSON(t *testing.T) {
	for _, in := range []string{`"x"`, `{}`, `{"value":1}`, `{"value":"a","more":1}`, `[]`} {
		var a workload.Attr[string]
		if err := json.Unmarshal([]byte(in), &a); err == nil {
			t.Errorf("%s was read as %+v; want an error", in, a)
		}
	}
}

func TestDefaultCapabilities(t *testing.T) {
	want := []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
		"CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_SETFCAP",
	}
	if got := workload.DefaultCapabilities.Names(); !reflect.DeepEqual(got, want) {
		t.Errorf("default capabilities are %q; want %q", got, want)
	}
}

func TestCapabilityNamed(t *testing.T) {
	for _, in := range []string{"CAP_SYS_ADMIN", "SYS_ADMIN", "sys_admin", "cap_sys_admin"} {
		c, ok := workload.CapabilityNamed(in)
		if !ok || c != 1<<21 {
			t.Errorf("%q is %v, %v; want CAP_SYS_ADMIN", in, c, ok)
		}
	}
	if c, ok := workload.CapabilityNamed("CAP_NOPE"); ok {
		t.Errorf("CAP_NOPE is %v", c)
	}
	for n, name := range workload.CapabilityNames() {
		if c, ok := workload.CapabilityNamed(name); !ok || c != 1<<n {
			t.Errorf("%s is %#x, %v; want bit %d", name, uint64(c), ok, n)
		}
	}
	if workload.AllCapabilities != 1<<len(workload.CapabilityNames())-1 {
		t.Error("AllCapabilities is not the set of all names")
	}
}

func TestRequestsKnown(t *testing.T) {
	for set, known := range map[workload.Requests]bool{
		workload.RequestUnset: true, workload.RequestUnconfined | workload.RequestUnset: false, workload.AnyRequest: false,
	} {
		if set.Known() != known {
			t.Errorf("%v known: %v", set, set.Known())
		}
	}
	if _, ok := workload.RequestNamed("unconfined"); ok {
		t.Error("requests are named in the case of a pod's seccompProfile.type only")
	}
}
