package denial

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Event is one audit record of type 1326 (AUDIT_SECCOMP), as the kernel writes it. It names a process and a call by
// numbers, and has no arguments: the kernel does not write them.
type Event struct {
	// Time is when the call was made; the kernel gives milliseconds.
	Time time.Time
	// PID is the process (not the thread) by its number in the first pid namespace.
	PID uint32
	// Comm is the name of the thread and Exe the path of the program, as the container sees it. Both are chosen by the
	// workload, may hold any byte, and are to be quoted before anybody reads them. Exe is "" where the kernel has none.
	Comm, Exe string
	// Arch is the audit number of the ABI (AUDIT_ARCH_*), NR the call's number on it.
	Arch uint32
	NR   int32
	// Code is the filter's return value without its data: SECCOMP_RET_*.
	Code uint32
}

// RecordType is the type of the audit records that are about seccomp.
const RecordType = 1326

var errRecord = errors.New("not a record of seccomp")

// ParseEvent reads the text of a record as it comes from the kernel's audit socket.
func ParseEvent(text []byte) (Event, error) {
	var e Event
	stamp, fields, err := cut(text)
	if err != nil {
		return e, err
	}
	if e.Time, err = parseStamp(stamp); err != nil {
		return e, err
	}
	return e, e.fill(fields)
}

// cut splits a record into its time and its fields.
func cut(text []byte) (stamp, fields []byte, err error) {
	rest, ok := bytes.CutPrefix(bytes.TrimRight(text, "\x00\n"), []byte("audit("))
	stamp, fields, ok2 := bytes.Cut(rest, []byte("): "))
	if !ok || !ok2 {
		return nil, nil, fmt.Errorf("parse record: %w: it does not begin with a time", errRecord)
	}
	return stamp, fields, nil
}

// fill reads the fields of a record.
func (e *Event) fill(rest []byte) error {
	var seen uint8
	for len(rest) > 0 {
		var field []byte
		field, rest = nextField(rest)
		key, value, ok := bytes.Cut(field, []byte("="))
		if !ok {
			continue
		}
		bit, err := e.set(string(key), value)
		if err != nil {
			return fmt.Errorf("parse record: %w", err)
		}
		// The kernel writes a key once. What comes again was written by somebody else.
		if bit != 0 && seen&bit != 0 {
			return fmt.Errorf("parse record: %w: %s stands twice", errRecord, key)
		}
		seen |= bit
	}
	if seen != seenAll {
		return fmt.Errorf("parse record: %w: a field is missing", errRecord)
	}
	return nil
}

const (
	seenPID = 1 << iota
	seenComm
	seenExe
	seenArch
	seenNR
	seenCode
	seenAll = 1<<iota - 1
)

// set reads one field. It returns which of the wanted ones it was, and 0 for others.
func (e *Event) set(key string, value []byte) (uint8, error) {
	var bit uint8
	var n uint64
	var err error
	switch key {
	case "pid":
		bit = seenPID
		n, err = strconv.ParseUint(string(value), 10, 32)
		e.PID = uint32(n)
	case "comm":
		bit = seenComm
		e.Comm, err = untrusted(value)
	case "exe":
		bit = seenExe
		if string(value) != "(null)" {
			e.Exe, err = untrusted(value)
			e.Exe = clip(e.Exe)
		}
	case "arch":
		bit = seenArch
		n, err = strconv.ParseUint(string(value), 16, 32)
		e.Arch = uint32(n)
	case "syscall":
		bit = seenNR
		var nr int64
		nr, err = strconv.ParseInt(string(value), 10, 64)
		e.NR = int32(nr) // the kernel prints a long; seccomp and its filters see an int
	case "code":
		bit = seenCode
		n, err = strconv.ParseUint(string(bytes.TrimPrefix(value, []byte("0x"))), 16, 32)
		if e.Code = uint32(n) & actionMask; actions[e.Code] == "" {
			e.Code = killProcess // which is what the kernel does on a value that it does not know
		}
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %s: %w", errRecord, key, err)
	}
	return bit, nil
}

// actionMask takes the action out of a filter's return value (SECCOMP_RET_ACTION_FULL).
const (
	actionMask  = 0xffff0000
	killProcess = 0x80000000
)

// nextField splits off a field: what stands before the next blank outside of quotes.
func nextField(text []byte) (field, rest []byte) {
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ' ' && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, nil
}

// untrusted reads a text that the kernel writes between quotes, or in hexadecimal digits where it holds a quote, a blank,
// or a byte outside of printable ASCII.
func untrusted(value []byte) (string, error) {
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		return string(value[1 : len(value)-1]), nil
	}
	out := make([]byte, hex.DecodedLen(len(value)))
	if _, err := hex.Decode(out, value); err != nil {
		return "", fmt.Errorf("neither quoted nor hexadecimal: %.40q", value)
	}
	return string(out), nil
}

// parseStamp reads SECONDS.MILLISECONDS:SERIAL.
func parseStamp(stamp []byte) (time.Time, error) {
	at, _, ok := bytes.Cut(stamp, []byte(":"))
	sec, ms, ok2 := bytes.Cut(at, []byte("."))
	s, err := strconv.ParseInt(string(sec), 10, 64)
	m, err2 := strconv.ParseUint(string(ms), 10, 10)
	if !ok || !ok2 || err != nil || err2 != nil {
		return time.Time{}, fmt.Errorf("parse record: %w: %.40q is no time", errRecord, stamp)
	}
	return time.Unix(s, int64(m)*int64(time.Millisecond)).UTC(), nil
}
