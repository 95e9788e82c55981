package syscalls

import "sort"

// errno is an error number and a name of it.
type errno struct {
	name   string
	number uint16
}

// Errno returns the number of an error, as in "EPERM", on every architecture of the tables. Second names (EWOULDBLOCK) are
// understood.
func Errno(name string) (uint, bool) {
	for _, e := range errnos {
		if e.name == name {
			return uint(e.number), true
		}
	}
	return 0, false
}

// ErrnoName returns the name of an error number, or "" for a number without one.
func ErrnoName(n uint) string {
	i := sort.Search(len(errnos), func(i int) bool { return uint(errnos[i].number) >= n })
	if i == len(errnos) || uint(errnos[i].number) != n {
		return ""
	}
	return errnos[i].name
}
