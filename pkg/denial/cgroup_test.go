package denial

import (
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/workload"
)

func TestPlaceOf(t *testing.T) {
	id, inner := strings.Repeat("a1", 32), strings.Repeat("b2", 32)
	web := strings.Repeat("c3", 32) // a decision on it is on record
	for name, tt := range map[string]struct {
		text string
		want place
		ok   bool
	}{
		"host":               {"0::/system.slice/ssh.service\n", place{}, false},
		"root":               {"0::/\n", place{}, false},
		"CRI on systemd":     {"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-" + id + ".scope\n", place{id, workload.EngineKubernetes}, true},
		"CRI on cgroupfs":    {"0::/kubepods/burstable/pod1-2/" + id + "\n", place{id, workload.EngineKubernetes}, true},
		"CRI-O":              {"0::/kubepods.slice/kubepods-pod1.slice/crio-" + id + ".scope/container\n", place{id, workload.EngineKubernetes}, true},
		"CRI-O's monitor":    {"0::/kubepods.slice/kubepods-pod1.slice/crio-conmon-" + id + ".scope\n", place{}, false},
		"Docker on systemd":  {"0::/system.slice/docker-" + id + ".scope\n", place{id, workload.EngineDocker}, true},
		"Docker on cgroupfs": {"0::/docker/" + id + "\n", place{id, workload.EngineDocker}, true},
		"podman":             {"0::/machine.slice/libpod-" + id + ".scope/container\n", place{id, workload.EnginePodman}, true},
		"podman on cgroupfs": {"0::/libpod_parent/libpod-" + id + "\n", place{id, workload.EnginePodman}, true},
		"podman elsewhere":   {"0::/tenants/libpod-" + id + "\n", place{id, workload.EnginePodman}, true},
		"podman, split":      {"0::/system.slice/web.service/libpod-payload-" + id + "\n", place{id, workload.EnginePodman}, true},
		"podman's pod":       {"0::/libpod_parent/" + inner + "/libpod-" + id + "\n", place{id, workload.EnginePodman}, true},
		"podman in Docker":   {"0::/docker/" + id + "/libpod_parent/libpod-" + inner + "\n", place{id, workload.EngineDocker}, true},
		"a name of podman's": {"0::/docker/" + web + "/libpod-" + inner + "\n", place{web, workload.EngineDocker}, true},
		"nor is Docker's":    {"0::/docker/" + id + "/libpod-" + inner + "\n", place{id, workload.EngineDocker}, true},
		"CRI-O on cgroupfs":  {"0::/kubepods/burstable/pod1-2/crio-" + id + "\n", place{id, workload.EngineKubernetes}, true},
		"cgroupfs's monitor": {"0::/libpod_parent/libpod-conmon-" + id + "\n", place{}, false},
		"podman's monitor":   {"0::/machine.slice/libpod-conmon-" + id + ".scope\n", place{}, false},
		"ctr, known":         {"0::/default/web\n", place{id: "web"}, true},
		"ctr, not known":     {"0::/default/db\n", place{}, false},
		"kind":               {"0::/docker/" + id + "/kubelet/kubepods/besteffort/pod1/" + inner + "\n", place{id, workload.EngineDocker}, true},
		"hybrid":             {"9:name=systemd:/\n8:pids:/k8s.io/" + id + "\n0::/\n", place{id, workload.EngineKubernetes}, true},
		"removed":            {"0::/docker/" + id + " (deleted)\n", place{id, workload.EngineDocker}, true},
		"a group's name":     {"0::/default/default/own\n", place{id: "default"}, true},
		"beside that":        {"0::/default/web\n", place{id: "web"}, true},
		"beneath that":       {"0::/default/web/default\n", place{id: "web"}, true},
		"pod beneath that":   {"0::/kubepods/burstable/pod1-2/" + id + "\n", place{id, workload.EngineKubernetes}, true},
		"63 digits":          {"0::/docker/" + id[1:] + "\n", place{}, false},
		"capitals":           {"0::/docker/" + strings.ToUpper(id) + "\n", place{}, false},
	} {
		got, ok := placeOf(tt.text, func(s string) bool {
			return s == "web" || s == web || s == "default" || s == "kubepods" || s == "burstable" || s == "system.slice"
		})
		if got != tt.want || ok != tt.ok {
			t.Errorf("%s: %+v, %v; want %+v, %v", name, got, ok, tt.want, tt.ok)
		}
	}
}
