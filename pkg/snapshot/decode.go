package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	magic   = "seccompd-snapshot"
	version = 1
	// maxHeader is longer than any first line that Encode writes.
	maxHeader = 256
)

// ErrCorrupt is wrapped by every error of Decode for a file that is not a whole snapshot: truncated, altered, or
// something else. Another version of the format is not corrupt; its error says which program is needed.
var ErrCorrupt = errors.New("the snapshot is corrupt")

// Decode reads the contents of a snapshot's file. It accepts exactly what Encode writes: the digest is checked before
// anything is parsed.
func Decode(data []byte) (*Snapshot, error) {
	nl := bytes.IndexByte(data[:min(len(data), maxHeader)], '\n')
	if nl < 0 {
		return nil, fmt.Errorf("decode snapshot: %w: no first line", ErrCorrupt)
	}
	fields := strings.Fields(string(data[:nl]))
	if len(fields) < 2 || fields[0] != magic {
		return nil, fmt.Errorf("decode snapshot: %w: not a snapshot", ErrCorrupt)
	}
	if fields[1] != strconv.Itoa(version) {
		return nil, fmt.Errorf("decode snapshot: format version %s, and this program reads %d: run 'seccompctl apply'", fields[1], version)
	}
	if len(fields) != 5 {
		return nil, fmt.Errorf("decode snapshot: %w: bad first line", ErrCorrupt)
	}
	body := data[nl+1:]
	sum := sha256.Sum256(body)
	if hex.EncodeToString(sum[:]) != fields[2] {
		return nil, fmt.Errorf("decode snapshot: %w: its digest differs", ErrCorrupt)
	}
	n, err := strconv.Atoi(fields[3])
	if err != nil || n < 0 || n > len(body) || strconv.Itoa(len(body)-n) != fields[4] {
		return nil, fmt.Errorf("decode snapshot: %w: bad lengths", ErrCorrupt)
	}
	s, err := parse(body[:n], body[n:])
	if err != nil {
		return nil, err
	}
	s.Digest = "sha256:" + fields[2]
	return s, nil
}

func parse(head, tail []byte) (*Snapshot, error) {
	var c compiled
	if err := strict(head, &c); err != nil {
		return nil, fmt.Errorf("decode snapshot: %w: %w", ErrCorrupt, err)
	}
	if c.Policy == nil {
		return nil, fmt.Errorf("decode snapshot: %w: no policy", ErrCorrupt)
	}
	s := &Snapshot{Created: c.Created, Policy: c.Policy, Profiles: c.Profiles, Calls: c.Calls, Facts: c.Facts}
	if err := strict(tail, &s.Sources); err != nil {
		return nil, fmt.Errorf("decode snapshot: %w: %w", ErrCorrupt, err)
	}
	return s, nil
}

func strict(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}
