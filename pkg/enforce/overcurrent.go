package enforce

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
)

// overCurrent lays an inline profile over the runtime default that the engine itself computed for the workload. It was
// resolved for the workload's capabilities, which not every door knows.
func (e *Engine) overCurrent(req Request, ref *policy.ProfileRef) (Outcome, *Refusal) {
	key := filterKey{ref: ref.Key(), engine: req.Workload.Engine.Or(""), runtime: req.Runtime, current: fingerprint(req.Current.Filter)}
	f, ok := e.cache.get(key)
	if !ok {
		p, err := Overlay(asProfile(req.Current.Filter), ref)
		if err == nil {
			f, err = e.make(p, req.Runtime, 0)
		}
		if err != nil {
			return Outcome{}, refuse(ReasonProfile, "profile "+ref.Name()+": "+err.Error())
		}
		e.cache.put(key, f)
	}
	return Outcome{Install: f.seccomp, Effective: f.seccomp, Profile: ref.Name(), Notes: f.notes}, nil
}

// asProfile returns a filter as a profile on which nothing depends any more.
func asProfile(s *specs.LinuxSeccomp) *profile.Profile {
	p := &profile.Profile{
		Dialect: profile.OCI, Name: policy.TypeRuntimeDefault,
		DefaultAction: s.DefaultAction, DefaultErrnoRet: s.DefaultErrnoRet, Architectures: s.Architectures, Flags: s.Flags,
		ListenerPath: s.ListenerPath, ListenerMetadata: s.ListenerMetadata,
	}
	for _, r := range s.Syscalls {
		p.Rules = append(p.Rules, profile.Rule{Names: r.Names, Action: r.Action, ErrnoRet: r.ErrnoRet, Args: r.Args})
	}
	return p
}

// fingerprint tells filters apart that differ in anything, order included. It is much quicker than a digest of what they
// mean, and engines write the same default the same way each time.
func fingerprint(s *specs.LinuxSeccomp) [sha256.Size]byte {
	b := make([]byte, 0, 16<<10)
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	number := func(n uint64) { b = binary.AppendUvarint(b, n) }
	errno := func(n *uint) {
		if n == nil {
			number(0)
			return
		}
		number(1)
		number(uint64(*n))
	}
	text(string(s.DefaultAction))
	errno(s.DefaultErrnoRet)
	number(uint64(len(s.Architectures)))
	for _, a := range s.Architectures {
		text(string(a))
	}
	if s.Flags != nil { // absent flags mean something else than none
		number(uint64(len(s.Flags)) + 1)
	} else {
		number(0)
	}
	for _, f := range s.Flags {
		text(string(f))
	}
	text(s.ListenerPath)
	text(s.ListenerMetadata)
	for _, r := range s.Syscalls {
		number(uint64(len(r.Names)))
		for _, name := range r.Names {
			text(name)
		}
		text(string(r.Action))
		errno(r.ErrnoRet)
		number(uint64(len(r.Args)))
		for _, a := range r.Args {
			number(uint64(a.Index))
			number(a.Value)
			number(a.ValueTwo)
			text(string(a.Op))
		}
	}
	return sha256.Sum256(b)
}
