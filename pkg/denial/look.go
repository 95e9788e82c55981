package denial

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// look finds out where a living process is, by its control groups; known is that of placeOf.
func look(pid uint32, known func(id string) bool) (place, standing) {
	dir := "/proc/" + strconv.FormatUint(uint64(pid), 10)
	at, s := lookIn(dir, known)
	if s != unseen {
		return at, s
	}
	// The first thread of a process may have ended, and others not.
	threads, _ := os.ReadDir(dir + "/task")
	for _, t := range threads[:min(len(threads), maxThreads)] {
		if at, s = lookIn(dir+"/task/"+t.Name(), known); s != unseen {
			return at, s
		}
	}
	// All of it is ending. Its namespace is still known: one that has the machine's own is no container's.
	if own, err := os.Readlink(dir + "/ns/pid"); err == nil && own == initPIDNamespace {
		return place{}, outside
	}
	return place{}, unseen
}

// initPIDNamespace is the number of the first pid namespace (PROC_PID_INIT_INO of include/linux/proc_ns.h).
const initPIDNamespace = "pid:[4026531836]"

// maxThreads is how many threads are looked at for one that goes on.
const maxThreads = 64

// lookIn is look by the directory of a thread. The kernel takes one that ends out of the control groups of cgroup1, so that only
// one that goes on is known to be outside.
func lookIn(dir string, known func(id string) bool) (place, standing) {
	text, err := os.ReadFile(dir + "/cgroup")
	if err != nil {
		return place{}, unseen
	}
	at, ok := placeOf(string(text), known)
	switch {
	case ok:
		return at, inside
	case goesOn(dir):
		return place{}, outside
	}
	return place{}, unseen
}

// goesOn reports whether a thread has not begun to end (PF_EXITING of include/linux/sched.h).
func goesOn(dir string) bool {
	const exiting = 0x4
	text, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return false
	}
	// PID (NAME) STATE PARENT GROUP SESSION TTY TPGID FLAGS …, where the name may hold anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 7 {
		return false
	}
	flags, err := strconv.ParseUint(fields[6], 10, 64)
	return err == nil && flags&exiting == 0
}
