package main

import (
	"context"
	"errors"
	"time"

	"github.com/containerd/log"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// putInForce stores a snapshot in the place of what the store held when it was last read, and decides by it. A disk that cannot take
// it leaves what is in force; where nothing is, the snapshot decides all the same. So does one that somebody else stored meanwhile,
// of which it is for the caller to say something.
func (k *keeper) putInForce(ctx context.Context, snap *snapshot.Snapshot, digest string) error {
	engine, err := enforce.New(snap, time.Now)
	if err == nil {
		err = k.store.PutOver(snap, k.stamp)
		if errors.Is(err, snapshot.ErrOvertaken) {
			return err
		}
		if err != nil && k.none() {
			log.G(ctx).WithError(err).Error("the policy is in force, but could not be stored for the next start")
			err = nil
		}
	}
	if err != nil {
		k.stays(ctx, err)
		return err
	}
	k.count(true)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen, k.told = digest, ""
	k.engine, k.snap, k.err = engine, snap, nil
	log.G(ctx).WithField("snapshot", snap.Digest).WithField("mode", snap.Policy.Mode).Info("policy applied")
	return nil
}

func (k *keeper) count(good bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.applied == nil {
		k.applied = map[bool]uint64{}
	}
	k.applied[good]++
}

func (k *keeper) none() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.engine == nil
}

// useStore decides by the snapshot that the store holds in force, if it is another one. Where the store is damaged, what is
// in force is at least as new as what can still be read.
func (k *keeper) useStore(ctx context.Context) {
	stamp, _ := k.store.Stamp() // what is wrong with the store Current says, too
	snap, err := k.store.Current()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stamp = stamp
	if err != nil && !errors.Is(err, snapshot.ErrNone) && (k.err == nil || k.err.Error() != err.Error()) {
		log.G(ctx).WithError(err).Error("read the policy in force")
	}
	if snap == nil || k.snap != nil && (err != nil || snap.Digest == k.snap.Digest) {
		k.err = err
		return
	}
	engine, newErr := enforce.New(snap, time.Now)
	if newErr != nil {
		k.err = newErr
		log.G(ctx).WithError(newErr).Error("the snapshot in force cannot be used; what was in force stays in force")
		return
	}
	k.engine, k.snap, k.err = engine, snap, err
	log.G(ctx).WithField("snapshot", snap.Digest).WithField("mode", snap.Policy.Mode).Info("policy in force")
}

// again compiles the snapshot in force once more, from the source inside it, where the host is not the one that it was
// compiled for.
func (k *keeper) again(ctx context.Context) {
	for range 10 {
		k.mu.RLock()
		old := k.snap
		k.mu.RUnlock()
		if old == nil || old.Facts.Key() == k.facts.Key() || !k.compileAgain(ctx, old) {
			return
		}
		k.useStore(ctx)
	}
}

// compileAgain reports whether another snapshot is in force meanwhile.
func (k *keeper) compileAgain(ctx context.Context, old *snapshot.Snapshot) (overtaken bool) {
	src, err := build.Again(old)
	if err == nil {
		defer func() { _ = src.Close() }()
		var snap *snapshot.Snapshot
		if snap, _, err = src.Build(k.node()); err == nil {
			return errors.Is(k.putInForce(ctx, snap, snapshot.SourceDigest(snap.Sources)), snapshot.ErrOvertaken)
		}
	}
	log.G(ctx).WithError(err).Warn("the host changed since the policy was compiled, and it cannot be compiled again")
	return false
}
