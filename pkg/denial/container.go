package denial

import (
	"strings"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Container is what is known of a container when a denial of its is recorded. Texts that its author chose are as they were
// chosen, but cut to maxText bytes.
type Container struct {
	ID     string          `json:"id"`
	Engine workload.Engine `json:"engine,omitempty"`
	// ContainerdNamespace, Namespace, Pod and Name are those of the decision; "" where the engine has none.
	ContainerdNamespace string `json:"containerdNamespace,omitempty"`
	Namespace           string `json:"namespace,omitempty"`
	Pod                 string `json:"pod,omitempty"`
	Name                string `json:"name,omitempty"`
	Image               string `json:"image,omitempty"`
	// Rule decided on it, and gave it the filter of Profile. Both are "" where no decision on it is on record: it is older
	// than the daemon's log, or came through a door that is not guarded.
	Rule     string `json:"rule,omitempty"`
	Profile  string `json:"profile,omitempty"`
	Decision string `json:"decision,omitempty"`
	// Audited says that the rule or the floor was in audit mode: calls that are logged are those that enforcing would deny.
	Audited bool `json:"audited,omitempty"`
}

// maxText bounds each text that a workload chose.
const maxText = 256

// fromRecord is the container of a decision.
func fromRecord(r audit.Record) Container {
	w := r.Workload
	return Container{
		ID: w.ID, Engine: w.Engine.Or(""), ContainerdNamespace: clip(w.ContainerdNamespace.Or("")),
		Namespace: clip(w.Namespace.Or("")), Pod: clip(w.Pod.Or("")), Name: clip(w.Container.Or("")),
		Image: clip(w.Image.Or("")), Rule: r.Rule, Profile: clip(r.Profile), Decision: r.ID, Audited: r.Would != "",
	}
}

// clip returns a text of at most maxText bytes that keeps no longer one alive.
func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.Clone(s)
}
