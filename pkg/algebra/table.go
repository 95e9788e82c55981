package algebra

// pairs maps pairs of refs to refs. It is what the time of an operation goes into, and a good deal faster than a map.
type pairs struct {
	slots []pairSlot // a power of two, at most half full
	used  int
}

type pairSlot struct {
	key   uint64
	value ref
	full  bool
}

func pairKey(x, y ref) uint64 { return uint64(x)<<32 | uint64(y) }

// mix spreads the bits of a key (the finaliser of splitmix64).
func mix(k uint64) uint64 {
	k = (k ^ k>>30) * 0xbf58476d1ce4e5b9
	k = (k ^ k>>27) * 0x94d049bb133111eb
	return k ^ k>>31
}

func (p *pairs) get(key uint64) (ref, bool) {
	if len(p.slots) == 0 {
		return 0, false
	}
	mask := uint64(len(p.slots) - 1)
	for i := mix(key) & mask; ; i = (i + 1) & mask {
		switch s := &p.slots[i]; {
		case !s.full:
			return 0, false
		case s.key == key:
			return s.value, true
		}
	}
}

func (p *pairs) put(key uint64, value ref) {
	if 2*(p.used+1) > len(p.slots) {
		old := p.slots
		p.slots = make([]pairSlot, max(16, 2*len(old)))
		p.used = 0
		for _, s := range old {
			if s.full {
				p.put(s.key, s.value)
			}
		}
	}
	mask := uint64(len(p.slots) - 1)
	i := mix(key) & mask
	for p.slots[i].full {
		i = (i + 1) & mask
	}
	p.slots[i] = pairSlot{key, value, true}
	p.used++
}

// set finds nodes by their content.
type set struct {
	slots []ref // index+1, 0 is empty
}

func (s *set) slot(nodes []node, n node) uint64 {
	mask := uint64(len(s.slots) - 1)
	for i := mix(pairKey(n.lo, n.hi)^uint64(n.variable)<<17) & mask; ; i = (i + 1) & mask {
		if at := s.slots[i]; at == 0 || nodes[at-1] == n {
			return i
		}
	}
}

// find returns the position of a node.
func (s *set) find(nodes []node, n node) (ref, bool) {
	if len(s.slots) == 0 {
		return 0, false
	}
	at := s.slots[s.slot(nodes, n)]
	return at - 1, at != 0
}

// add takes in the last of the nodes.
func (s *set) add(nodes []node) {
	if 2*len(nodes) > len(s.slots) {
		s.slots = make([]ref, max(64, 2*len(s.slots)))
		for i, n := range nodes {
			s.slots[s.slot(nodes, n)] = ref(i + 1)
		}
		return
	}
	n := nodes[len(nodes)-1]
	s.slots[s.slot(nodes, n)] = ref(len(nodes))
}
