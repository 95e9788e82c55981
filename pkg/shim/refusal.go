package shim

import (
	"crypto/rand"
	"strings"

	"github.com/seccompd/seccompd/pkg/enforce"
)

// Reasons of refusals that the door makes itself.
const (
	// ReasonCommand: the command line could mean different things.
	ReasonCommand enforce.Reason = "command"
	// ReasonSettings: the settings are not there or not sound, or the real runtime is not.
	ReasonSettings enforce.Reason = "settings"
	// ReasonNoPolicy: no policy has ever been in force, or none can be read.
	ReasonNoPolicy enforce.Reason = "no-policy"
	// ReasonConfig: the configuration is not one that every runtime reads in the same way.
	ReasonConfig enforce.Reason = "config"
	// ReasonBypass: an annotation makes a runtime replace the filter.
	ReasonBypass enforce.Reason = "bypass"
	// ReasonRestore: a checkpoint brings a filter of its own.
	ReasonRestore enforce.Reason = "restore"
	// ReasonRecord: the decision was left to this door, with a record that is not there.
	ReasonRecord enforce.Reason = "record"
	// ReasonLoaded: what the kernel has loaded is weaker than what was decided, or that cannot be told.
	ReasonLoaded enforce.Reason = "loaded"
)

// refusal makes the one line that a container's creator reads.
func refusal(reason enforce.Reason, message string) *enforce.Refusal {
	return &enforce.Refusal{ID: newID(), Reason: reason, Message: message}
}

// newID names a refusal of the door's own, apart from an engine's ids.
func newID() string { return "rt-" + strings.ToLower(rand.Text()[:10]) }
