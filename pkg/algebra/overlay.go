package algebra

// Open returns a meaning with some calls permitted: those that a second one denies. What the second does not deny, and the
// ABIs that it does not list, stay as they are. With a floor and the calls of an exception, it is the floor that is left.
func Open(m, calls Meaning) (Meaning, error) {
	return over("open", m, calls, func(x, y answer) answer {
		if y.class() == Denies {
			return rankAllow
		}
		return x
	})
}

// Log returns a meaning that logs what it permits and a second one denies, and that answers all else as before. Calls of
// ABIs that only the first lists stay as they are, as there is no saying which of them would be missed.
func Log(m, enforced Meaning) (Meaning, error) {
	return over("log", m, enforced, func(x, y answer) answer {
		if x.class() == Permits && y.class() == Denies {
			return rankLog
		}
		return x
	})
}

// over combines a meaning with another one on the ABIs that both list, and leaves it as it is on the others.
func over(verb string, m, other Meaning, op func(x, y answer) answer) (Meaning, error) {
	both, err := zip(verb, m, other, op)
	if err != nil {
		return Meaning{}, err
	}
	out := Meaning{flags: m.flags}
	for _, a := range m.abis {
		if changed := both.abi(a.arch); changed != nil {
			a = *changed
		}
		out.abis = append(out.abis, a)
	}
	return out, nil
}
