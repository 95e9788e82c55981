package denial

import (
	"fmt"
	"strings"
	"time"
)

// Stats say how the reading of denials goes, and what it could not see. Counts are those since the daemon started.
type Stats struct {
	// Reading says that records are read; Error why not, and ProcessError why processes that have exited are not
	// attributed.
	Reading      bool      `json:"reading"`
	Since        time.Time `json:"since,omitzero"`
	Error        string    `json:"error,omitempty"`
	ProcessError string    `json:"processError,omitempty"`
	Kernel       Kernel    `json:"kernel"`
	// Records is how many records of seccomp came, of which Attributed are of containers, Outside of processes in none, and
	// Unattributed of processes that were gone before anybody could tell. Bad ones could not be read.
	Records      uint64 `json:"records"`
	Attributed   uint64 `json:"attributed"`
	Outside      uint64 `json:"outside"`
	Unattributed uint64 `json:"unattributed"`
	Bad          uint64 `json:"bad"`
	// Overruns is how often the kernel threw records away because they were not read in time: how many, nobody knows.
	// KernelLost counts records of any kind that the kernel itself could not queue meanwhile.
	Overruns   uint64 `json:"overruns"`
	KernelLost uint64 `json:"kernelLost"`
	// ProcessOverruns is how often process events were lost; Processes how many processes are in the table.
	ProcessOverruns uint64 `json:"processOverruns"`
	Processes       int    `json:"processes"`
	// Lines were written, Failed could not be, and are tried again with their counts; LastError is why.
	Lines     uint64 `json:"lines"`
	Failed    uint64 `json:"failed"`
	LastError string `json:"lastError,omitempty"`
	// Counted apart are so many denials; where a workload makes too many different ones, some are counted together.
	Tallies int    `json:"tallies"`
	Folded  uint64 `json:"folded"`
}

// Missed says what was not seen since the daemon began to read, in a sentence for each.
func (s Stats) Missed() []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if s.Unattributed == 1 {
		add("1 call could not be given to a container: the process was gone before anybody could tell")
	} else if s.Unattributed > 0 {
		add("%d calls could not be given to a container: the process was gone before anybody could tell", s.Unattributed)
	}
	if s.Overruns > 0 {
		add("records came too fast and were lost, %d times; how many, nobody knows", s.Overruns)
	}
	if s.KernelLost > 0 {
		add("the kernel could not queue %d audit records, of any kind", s.KernelLost)
	}
	if s.Bad > 0 {
		add("%d records could not be read", s.Bad)
	}
	if s.Kernel.RateLimit > 0 {
		add("the kernel lets %d audit records through a second, and loses others (auditctl -r 0)", s.Kernel.RateLimit)
	}
	if s.ProcessError != "" {
		add("processes that have exited are not known: %s", s.ProcessError)
	}
	if len(s.Kernel.Quiet) > 0 {
		add("the kernel does not log %s: see /proc/sys/kernel/seccomp/actions_logged", strings.Join(s.Kernel.Quiet, ", "))
	}
	return out
}
