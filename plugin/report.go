package main

import "github.com/seccompd/seccompd/pkg/audit"

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
