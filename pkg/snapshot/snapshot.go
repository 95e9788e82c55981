// Package snapshot is the policy in force: a policy and its profiles, checked, compiled and bound to this host, kept in files that every door reads.
//
// A snapshot is made from source by its sub-package build. This package reads and writes it, keeps the last ones and goes
// back to them; it links no YAML, so that a door that starts once per container stays small.
package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Snapshot is a policy in force. It is not changed after it is made.
type Snapshot struct {
	// Created is when it was built.
	Created time.Time
	// Policy is the checked policy, and Profiles what it names, by ProfileRef.Key. The engines' runtime defaults are not
	// among them: they are part of the program.
	Policy   *policy.Policy
	Profiles map[string]*profile.Profile
	// Calls are what the policy's lists of calls mean, by policy.CallsKey and Floor.Key: profiles that deny the calls of a
	// list and allow all others.
	Calls map[string]*profile.Profile
	// Facts are those of the host that it was built for.
	Facts host.Facts
	// Sources are the texts that it was built from: the policy first, then the profile files by name.
	Sources []Source
	// Digest names the snapshot: "sha256:…" over its file's contents. Encode and Decode set it.
	Digest string
}

// Source is one text that a snapshot was built from.
type Source struct {
	// Name is the path of a policy file, or the name by which the policy asks for a profile; Path is where that was found.
	Name string `json:"name"`
	Path string `json:"path,omitempty"`
	Data []byte `json:"data"`
}

// SourceDigest names the source texts, whatever the host: "sha256:…".
func SourceDigest(sources []Source) string {
	h := sha256.New()
	for _, s := range sources {
		_, _ = fmt.Fprintf(h, "%d:%s%d:", len(s.Name), s.Name, len(s.Data))
		_, _ = h.Write(s.Data)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// compiled is the form of a snapshot in its file, without the sources.
type compiled struct {
	Created  time.Time                   `json:"created"`
	Policy   *policy.Policy              `json:"policy"`
	Profiles map[string]*profile.Profile `json:"profiles"`
	Calls    map[string]*profile.Profile `json:"calls,omitempty"`
	Facts    host.Facts                  `json:"facts"`
}

// Encode returns the contents of the snapshot's file, and sets its Digest.
//
// The first line is "seccompd-snapshot 1 SHA256 COMPILED SOURCES": the format's version, the digest of all that follows
// the line, and the lengths in bytes of the two JSON values that follow it.
func (s *Snapshot) Encode() ([]byte, error) {
	head, err := json.Marshal(compiled{s.Created, s.Policy, s.Profiles, s.Calls, s.Facts})
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	tail, err := json.Marshal(s.Sources)
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	body := append(head, tail...)
	sum := sha256.Sum256(body)
	s.Digest = "sha256:" + hex.EncodeToString(sum[:])
	return append(fmt.Appendf(nil, "%s %d %x %d %d\n", magic, version, sum, len(head), len(tail)), body...), nil
}
