package drift

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// holding is what some threads have: a filter as far as it is known, none, or what cannot be told.
type holding struct {
	// key names the meaning: two holdings of one key mean the same. Where there is a stack, it is what the kernel holds, and says
	// what is meant.
	key     string
	meaning algebra.Meaning
	stack   []bpf.Program
	none    bool
	strict  bool // seccomp's strict mode: read, write, exit and sigreturn
	basis   Basis
	unknown string
	// threads have it; filters is how many filters each of them has.
	threads []thread
	process process
	filters int
}

// meanings remembers what filters mean and how they compare: there are few of them on a node, and many containers.
type meanings struct {
	native  specs.Arch
	read    map[string]algebra.Meaning
	weaker  map[[2]string][]algebra.Witness
	digests map[*specs.LinuxSeccomp]string
	// failed are readings that failed, and would again. No reading of what the kernel holds begins after until.
	failed map[string]error
	until  time.Time
}

// limit bounds what is remembered: workloads choose filters.
const limit = 256

func newMeanings() *meanings {
	native, _ := syscalls.Native(runtime.GOARCH)
	return &meanings{native: native, read: map[string]algebra.Meaning{}, weaker: map[[2]string][]algebra.Witness{}, digests: map[*specs.LinuxSeccomp]string{}, failed: map[string]error{}}
}

// everything is the key of no filter.
const everything = "none"

func (m *meanings) none() (string, algebra.Meaning, error) {
	return m.of(everything, func() (algebra.Meaning, error) { return bpf.Meaning(nil, bpf.Cut) })
}

// filter returns what a configuration's filter means; nil is no filter.
func (m *meanings) filter(f *specs.LinuxSeccomp) (string, algebra.Meaning, error) {
	if f == nil {
		return m.none()
	}
	return m.of(m.digest(f), func() (algebra.Meaning, error) {
		meaning, _, err := algebra.Read(f, algebra.Env{Native: m.native})
		return meaning, err
	})
}

// digest is that of a filter; "" for none.
func (m *meanings) digest(f *specs.LinuxSeccomp) string {
	key, ok := m.digests[f]
	if !ok {
		if len(m.digests) >= limit {
			clear(m.digests)
		}
		key = profile.Digest(f)
		m.digests[f] = key
	}
	return key
}

// enough is how long the filters that the kernel holds for one container may take to read. Those of a runtime take milliseconds,
// once; programs can load some that take a second each.
const enough = time.Second

// most is how many decisions filters that the kernel holds may come to: those of runtimes come to some hundred for each ABI. What
// is remembered has a bound so.
const most = 1 << 15

var (
	errLong  = errors.New("to read all of its filters takes too long")
	errLarge = errors.New("it has too many conditions")
)

// beyond compares what a holding permits with something, which returns the calls that are too many. Of several filters the
// strictest answer counts: the oldest that are strict enough say that all are. One that cannot be read denies nothing that is known;
// then it is an error where the others permit too much.
func (m *meanings) beyond(h *holding, compare func(key string, has algebra.Meaning) []algebra.Witness) ([]algebra.Witness, error) {
	if h.stack == nil {
		return compare(h.key, h.meaning), nil
	}
	var key string
	var has algebra.Meaning
	var calls []algebra.Witness
	var unread error
	for i, p := range h.stack {
		k := "kernel:" + digestOf([]bpf.Program{p})
		one, err := m.held(k, func() (algebra.Meaning, error) {
			one, err := bpf.Meaning([]bpf.Program{p}, bpf.Cut)
			if bare := errors.Unwrap(err); bare != nil { // that it is the first of one
				err = bare
			}
			return one, err
		})
		if err == nil && key != "" {
			k = key + "," + k
			one, err = m.held(k, func() (algebra.Meaning, error) { return bpf.Stacked(has, one) })
		}
		if err != nil {
			unread = fmt.Errorf("read filter %d of %d: %w", i+1, len(h.stack), err)
			continue
		}
		key, has = k, one
		if calls = compare(key, has); len(calls) == 0 {
			return nil, nil
		}
	}
	return calls, unread
}

// held is of for what the kernel holds.
func (m *meanings) held(key string, read func() (algebra.Meaning, error)) (algebra.Meaning, error) {
	if _, known := m.read[key]; !known && m.failed[key] == nil && time.Now().After(m.until) {
		return algebra.Meaning{}, errLong
	}
	_, meaning, err := m.of(key, func() (algebra.Meaning, error) {
		meaning, err := read()
		if err == nil && meaning.Decisions() > most {
			err = errLarge
		}
		return meaning, err
	})
	return meaning, err
}

// digestOf names filters that the kernel holds.
func digestOf(stack []bpf.Program) string {
	sum := sha256.New()
	for _, p := range stack {
		text := p.Encode(binary.LittleEndian)
		_ = binary.Write(sum, binary.LittleEndian, uint64(len(text)))
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (m *meanings) of(key string, read func() (algebra.Meaning, error)) (string, algebra.Meaning, error) {
	if have, ok := m.read[key]; ok {
		return key, have, nil
	}
	if err := m.failed[key]; err != nil {
		return key, algebra.Meaning{}, err
	}
	meaning, err := read()
	if err != nil {
		if len(m.failed) >= 16*limit {
			clear(m.failed)
		}
		m.failed[key] = err
		return key, meaning, err
	}
	if len(m.read) >= limit {
		clear(m.read)
		clear(m.weaker)
	}
	m.read[key] = meaning
	return key, meaning, nil
}

// compare returns the calls that the first filter permits, or leaves to a tracer, and the second denies.
func (m *meanings) compare(aKey string, a algebra.Meaning, bKey string, b algebra.Meaning) []algebra.Witness {
	if aKey == bKey {
		return nil
	}
	key := [2]string{aKey, bKey}
	list, ok := m.weaker[key]
	if !ok {
		if len(m.weaker) >= limit {
			clear(m.weaker)
		}
		list = algebra.Compare(a, b).Weaker
		m.weaker[key] = list
	}
	return list
}
