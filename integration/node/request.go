package node

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/opencontainers/runtime-spec/specs-go"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A Request is what a pod spec asks of seccomp: seccompProfile, or nothing at
// all. The zero value is nothing.
type Request struct {
	name    string
	profile *runtimeapi.SecurityProfile
}

// The requests that need no file.
var (
	Unset          = Request{name: "unset"}
	RuntimeDefault = Request{"RuntimeDefault", &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_RuntimeDefault}}
	Unconfined     = Request{"Unconfined", &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Unconfined}}
)

// Localhost asks for the profile in the file at an absolute path, as a kubelet
// does after it has put its own root before the pod's localhostProfile.
func Localhost(path string) Request {
	return Request{"Localhost", &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Localhost, LocalhostRef: path}}
}

// String returns the word that a pod spec uses, or "unset".
func (r Request) String() string {
	if r.name == "" {
		return Unset.name
	}
	return r.name
}

// WriteProfile writes a profile where Localhost finds it and returns the path.
func (n *Node) WriteProfile(name string, profile specs.LinuxSeccomp) (string, error) {
	text, err := json.MarshalIndent(profile, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write profile %q: %w", name, err)
	}
	path := n.path("profiles", name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", fmt.Errorf("write profile %q: %w", name, err)
	}
	return path, nil
}
