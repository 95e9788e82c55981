package drift

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"runtime"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// holding is what some threads have: a filter as far as it is known, none, or what cannot be told.
type holding struct {
	// key names the meaning: two holdings of one key mean the same.
	key     string
	meaning algebra.Meaning
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
}

// limit bounds what is remembered: workloads choose filters.
const limit = 256

func newMeanings() *meanings {
	native, _ := syscalls.Native(runtime.GOARCH)
	return &meanings{native: native, read: map[string]algebra.Meaning{}, weaker: map[[2]string][]algebra.Witness{}, digests: map[*specs.LinuxSeccomp]string{}}
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

// stack returns what filters that the kernel holds mean.
func (m *meanings) stack(stack []bpf.Program) (string, algebra.Meaning, error) {
	if len(stack) == 0 {
		return m.none()
	}
	return m.known(digestOf(stack), stack)
}

// known is stack for one of which the digest is known.
func (m *meanings) known(digest string, stack []bpf.Program) (string, algebra.Meaning, error) {
	return m.of("kernel:"+digest, func() (algebra.Meaning, error) { return bpf.Meaning(stack, bpf.Cut) })
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
	meaning, err := read()
	if err != nil {
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
