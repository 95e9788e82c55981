package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/log"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/nri"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// keeper holds the policy in force, and keeps it in step with its source and with what seccompctl applies.
type keeper struct {
	set   settings
	store *snapshot.Store
	facts host.Facts
	// changed is called after each attempt to change the policy in force.
	changed func()

	// work is held while the policy changes, mu while what is in force is read or written.
	work    sync.Mutex
	mu      sync.RWMutex
	engine  *enforce.Engine
	snap    *snapshot.Snapshot
	stamp   snapshot.Stamp // of what the store held when it was last read
	source  audit.Source
	err     error // why there is no engine, or what is wrong with the store
	seen    string
	told    string          // the last complaint about the source
	applied map[bool]uint64 // attempts that put a policy in force, and that did not
}

// Engine returns the policy in force, for the door.
func (k *keeper) Engine() (nri.Engine, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.engine != nil {
		return k.engine, nil
	}
	if k.source.Error == "" {
		return nil, fmt.Errorf("no policy is in force on this node: run 'seccompctl apply'")
	}
	first, _, _ := strings.Cut(k.source.Error, "\n")
	return nil, fmt.Errorf("no policy has ever been in force on this node, and its source is not sound: %s; correct it and run 'seccompctl apply'", first)
}

// inForce returns the policy in force and the snapshot that it was made of, for runtime doors; nil where there is none.
func (k *keeper) inForce() (*enforce.Engine, *snapshot.Snapshot) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.engine, k.snap
}

// reliesOnNRI reports whether the policy in force does, or there is none, so that whoever asks is to be refused.
func (k *keeper) reliesOnNRI() bool {
	p := k.policy()
	return p == nil || slices.Contains(p.RelyOn(), workload.DoorNRI)
}

// Start puts the policy in force that a node starts with: the source where it is sound, and otherwise the last good
// snapshot. It fails never: without any policy every container is refused, with a message that says what to do.
func (k *keeper) Start(ctx context.Context) {
	k.work.Lock()
	defer k.work.Unlock()
	defer k.changed()
	k.useStore(ctx)
	k.mu.Lock()
	if k.snap != nil {
		k.seen = snapshot.SourceDigest(k.snap.Sources)
	}
	k.mu.Unlock()
	if !k.useSource(ctx) {
		k.useBoth(ctx)
	}
	k.again(ctx)
	if _, err := k.Engine(); err != nil {
		log.G(ctx).Errorf("every container is refused: %v", err)
	}
}

// SourceChanged applies the source if it is sound, and another one than it was. What seccompctl put in force is taken over
// first: it most often is this very source, which would come into force twice, and a rollback would go from it to itself.
func (k *keeper) SourceChanged(ctx context.Context) {
	k.work.Lock()
	defer k.work.Unlock()
	defer k.changed()
	k.useBoth(ctx)
}

// useBoth takes over what seccompctl put in force and then applies the source, from the beginning where seccompctl did so meanwhile.
func (k *keeper) useBoth(ctx context.Context) {
	for range 10 {
		k.useStore(ctx)
		if k.useSource(ctx) {
			return
		}
	}
	log.G(ctx).Warn("the policy in force changes again and again; its source is looked at later")
}

// StoreChanged takes over what seccompctl put in force.
func (k *keeper) StoreChanged(ctx context.Context) {
	k.work.Lock()
	defer k.work.Unlock()
	defer k.changed()
	k.useStore(ctx)
}
