package denial

// Failure is what the kernel does where it cannot queue an audit record.
type Failure string

// The modes of failure, and that it is not known.
const (
	FailureUnknown Failure = ""
	FailureSilent  Failure = "silent"
	FailurePrintk  Failure = "printk"
	// FailurePanic stops the machine. A workload that makes denied calls in a loop could cause that at will.
	FailurePanic Failure = "panic"
)

// Kernel is what the kernel says of its audit.
type Kernel struct {
	Failure Failure `json:"failure,omitempty"`
	// Lost counts records of any kind that the kernel could not queue since the machine started.
	Lost uint32 `json:"lost"`
	// RateLimit is how many records a second it lets through, 0 for all.
	RateLimit uint32 `json:"rateLimit,omitempty"`
	// Quiet are the actions that /proc/sys/kernel/seccomp/actions_logged leaves out: what they do is never logged.
	Quiet []string `json:"quiet,omitempty"`
}

// AuditPanics reports whether the kernel is known to stop the machine where it cannot queue a record. A kernel that does
// not say logs nothing, or is asked from where it does not answer.
func AuditPanics() bool {
	k, err := ReadKernel()
	return err == nil && k.Failure == FailurePanic
}
