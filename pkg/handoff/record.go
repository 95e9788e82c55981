package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/workload"
)

// version is that of the format. Another one is not read.
const version = 1

// Fresh is for how long a record counts. An engine starts what it created within seconds.
const Fresh = time.Hour

// Record is what a door knew of a container, and what it installed.
type Record struct {
	Version int       `json:"version"`
	Written time.Time `json:"written"`
	// Workload is what the door saw. Its ID, PodID, Engine and ContainerdNamespace say which container is meant.
	Workload *workload.Workload `json:"workload"`
	// Current is the filter that the container had before.
	Current Current `json:"current"`
	// Unheeded is that of enforce.Request.
	Unheeded bool `json:"unheeded,omitempty"`
	// Installed is the Digest of the filter that the door installed; "" where it left the container's own.
	Installed string `json:"installed,omitempty"`
}

// Current is an enforce.Current in a record. The filter is left out where the container keeps it: then the bundle has it.
type Current struct {
	Known          bool                `json:"known,omitempty"`
	RuntimeDefault bool                `json:"runtimeDefault,omitempty"`
	Filter         *specs.LinuxSeccomp `json:"filter,omitempty"`
	// Flags tells an empty list of flags, which JSON leaves out, from none.
	Flags bool `json:"flags,omitempty"`
}

// New makes the record of a decision: what was asked, and the Digest of the filter that was installed, or "".
func New(now time.Time, req enforce.Request, installed string) Record {
	r := Record{Version: version, Written: now, Workload: req.Workload, Unheeded: req.Unheeded}
	r.Current.Known = req.Current.State != enforce.CurrentUnknown
	r.Current.RuntimeDefault = req.Current.RuntimeDefault
	if installed != "" {
		r.Installed = installed
		r.Current.Filter = req.Current.Filter
		r.Current.Flags = req.Current.Filter != nil && req.Current.Filter.Flags != nil
	}
	return r
}

// Digest names a filter as it stands, rule by rule: it tells whether a bundle holds what was installed.
func Digest(f *specs.LinuxSeccomp) string {
	text, err := json.Marshal(f)
	if err != nil { // only for types that JSON cannot hold
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Names reports whether a record is about a container that another door sees.
func (r *Record) names(w *workload.Workload) error {
	mine := r.Workload
	switch {
	case mine.ID != w.ID:
		return fmt.Errorf("it is about container %.80q", mine.ID)
	case mine.Engine != w.Engine:
		return fmt.Errorf("it is about another engine")
	case mine.ContainerdNamespace != w.ContainerdNamespace:
		return fmt.Errorf("it is about another namespace of containerd")
	case mine.PodID != "" && w.PodID != "" && mine.PodID != w.PodID:
		return fmt.Errorf("it is about another pod")
	}
	return nil
}

// Check says why a record does not count for a container with a filter, nil where it has none.
func (r *Record) Check(now time.Time, w *workload.Workload, filter *specs.LinuxSeccomp) error {
	if err := r.names(w); err != nil {
		return err
	}
	switch age := now.Sub(r.Written); {
	case age > Fresh || age < -time.Minute:
		return fmt.Errorf("it is %v old", age.Round(time.Second))
	case r.Installed != "" && (filter == nil || Digest(filter) != r.Installed):
		return fmt.Errorf("the container's filter is not the one that was installed")
	}
	return nil
}
