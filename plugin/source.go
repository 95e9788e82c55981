package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/containerd/log"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// useSource applies the source. It reports false, and has changed nothing, where seccompctl put another policy in force meanwhile or
// took one out of it: then what was looked at is not what counts.
func (k *keeper) useSource(ctx context.Context) bool {
	snap, src, err := k.build()
	k.mu.Lock()
	k.source = src
	seen, current := k.seen, k.snap
	k.mu.Unlock()
	if err != nil {
		k.stays(ctx, err)
		return true
	}
	if src.Held || src.Digest == seen || (current != nil && src.Digest == snapshot.SourceDigest(current.Sources)) {
		k.mu.Lock()
		k.seen, k.told = src.Digest, ""
		k.mu.Unlock()
		return true
	}
	if current != nil {
		if err := difference.Between(current, snap).Refusal(current, snap); err != nil {
			k.stays(ctx, err)
			return true
		}
	}
	switch err := k.putInForce(ctx, snap, src.Digest); {
	case errors.Is(err, snapshot.ErrOvertaken):
		return false
	case err == nil:
		for _, w := range src.Warnings {
			log.G(ctx).Warn(w)
		}
	}
	return true
}

// stays says why a source is not applied, once.
func (k *keeper) stays(ctx context.Context, err error) {
	k.mu.Lock()
	again := k.told == err.Error()
	k.told, k.source.Error = err.Error(), err.Error()
	k.mu.Unlock()
	if again {
		return
	}
	k.count(false)
	for line := range strings.SplitSeq(err.Error(), "\n") {
		log.G(ctx).Errorf("the policy's source is not applied: %s", line)
	}
	log.G(ctx).Error("what was in force stays in force")
}

// build makes a snapshot of the source.
func (k *keeper) build() (*snapshot.Snapshot, audit.Source, error) {
	out := audit.Source{Policy: k.set.policy, Profiles: k.set.profiles, At: time.Now()}
	fail := func(err error) (*snapshot.Snapshot, audit.Source, error) {
		out.Error = err.Error()
		return nil, out, err
	}
	src, err := build.Read(k.set.policy, k.set.profiles)
	if err != nil {
		return fail(err)
	}
	defer func() { _ = src.Close() }()
	snap, findings, err := src.Build(k.node())
	out.Digest = src.Digest()
	if err != nil {
		return fail(err)
	}
	for _, f := range findings {
		out.Warnings = append(out.Warnings, f.Error())
	}
	out.Held = k.store.Held() == out.Digest
	return snap, out, nil
}

func (k *keeper) node() build.Node {
	return build.Node{Facts: k.facts, Now: time.Now(), AuditPanics: denial.AuditPanics()}
}
