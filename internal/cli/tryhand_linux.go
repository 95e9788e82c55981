package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// The descriptors of the process that becomes a traced command: what it is to start, and then a byte when it is traced;
// and where it says which thread that will be.
const (
	handFrom = 3
	handTo   = 4
)

// child is the process that becomes a traced command.
type child struct {
	pid, tid int
	begin    *os.File
}

// handOver starts a process that waits to become a command.
func handOver(s start) (*child, error) {
	in, begin, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, told, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _, _, _ = in.Close(), told.Close(), out.Close() }()
	cmd := exec.Command("/proc/self/exe", "try", "--handed-over", "--", s.Path)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{in, told}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_ = told.Close() // else what follows never ends where the other does
	c := &child{pid: cmd.Process.Pid, begin: begin}
	if err := json.NewEncoder(begin).Encode(s); err != nil {
		return nil, err
	}
	_, err = fmt.Fscan(out, &c.tid)
	return c, err
}

// beTraced is the other side of handOver.
func beTraced([]string) error {
	unix.CloseOnExec(handFrom)
	unix.CloseOnExec(handTo)
	var s start
	text, err := readLine(handFrom)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read what to start: %w", err)
	}
	return s.become(func() error {
		if _, err := unix.Write(handTo, fmt.Appendln(nil, unix.Gettid())); err != nil {
			return err
		}
		_, err := readByte(handFrom)
		return err
	})
}

// readLine reads to the end of a line and not beyond, in the calling thread.
func readLine(fd int) ([]byte, error) {
	var out []byte
	for {
		b, err := readByte(fd)
		if err != nil {
			return nil, err
		}
		if b == '\n' {
			return out, nil
		}
		out = append(out, b)
	}
}

func readByte(fd int) (byte, error) {
	var b [1]byte
	for {
		n, err := unix.Read(fd, b[:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.ErrUnexpectedEOF
		default:
			return b[0], nil
		}
	}
}
