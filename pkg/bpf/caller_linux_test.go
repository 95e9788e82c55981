package bpf

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

func init() { roles["caller"] = caller }

// caller loads the program on its standard input, and writes the errno of each call there.
func caller() {
	var in struct {
		Program []byte
		Calls   [][7]uint64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	p, err := Decode(in.Program, binary.NativeEndian)
	if err != nil {
		panic(err)
	}
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	out := make([]byte, len(in.Calls))
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	if err := Load(p, 0); err != nil {
		panic(err)
	}
	for i, c := range in.Calls {
		_, _, errno := unix.RawSyscall6(uintptr(c[0]), uintptr(c[1]), uintptr(c[2]), uintptr(c[3]), uintptr(c[4]), uintptr(c[5]), uintptr(c[6]))
		out[i] = byte(errno)
	}
	if _, err := os.Stdout.Write(out); err != nil {
		panic(err)
	}
}
