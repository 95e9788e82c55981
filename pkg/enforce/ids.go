package enforce

import (
	"crypto/rand"
	"encoding/binary"
	"strconv"
	"sync/atomic"
)

// ids makes the ids of outcomes: a random part per engine and a count, in base 36, as in "k3f9a1z-1c". Two engines, and two runs of a daemon,
// do not share ids; within one they sort by time.
type ids struct {
	prefix string
	count  atomic.Uint64
}

func newIDs() *ids {
	var b [8]byte
	// Read never fails and always fills b (crypto/rand since Go 1.24).
	_, _ = rand.Read(b[:])
	return &ids{prefix: strconv.FormatUint(binary.LittleEndian.Uint64(b[:])>>24, 36)}
}

func (i *ids) next() string {
	return i.prefix + "-" + strconv.FormatUint(i.count.Add(1), 36)
}
