package main

import (
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/policy"
)

// report returns the state of the policy for those who ask.
func (k *keeper) report() (source audit.Source, force audit.InForce, good, bad uint64) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.err != nil {
		force.Error = k.err.Error()
	}
	if k.snap != nil {
		force.Digest, force.Created, force.Mode = k.snap.Digest, k.snap.Created, string(k.snap.Policy.Mode)
	}
	force.Stale = k.source.Error != "" || k.source.Held
	return k.source, force, k.applied[true], k.applied[false]
}

// policy returns the policy in force, or nil where there is none.
func (k *keeper) policy() *policy.Policy {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.snap == nil {
		return nil
	}
	return k.snap.Policy
}
