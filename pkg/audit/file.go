package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// maxFile is the size at which the log's file becomes path.1, which it replaces.
	maxFile = 64 << 20
	// patience is how long a line waits for the others that write to the file. Each has it for some microseconds; one that
	// was stopped meanwhile holds up nobody for longer.
	patience = 200 * time.Millisecond
)

// file is the log's file, opened when there is something to write and again after an error, or when somebody moved it.
//
// Several processes append to it: the daemon, and the doors that are a process for each container. They take turns by flock(2),
// which the end of a process gives up: so the last line is whole or cut short for good, and the file is set aside once.
type file struct {
	path string
	f    *os.File
}

func (l *file) append(line []byte) error {
	size, turn, err := l.open()
	if err != nil {
		return err
	}
	var buf []byte
	// What a full disk cut short, now or before this process, ends where the next line starts.
	var last [1]byte
	if n, _ := l.f.ReadAt(last[:], size-1); n == 1 && last[0] != '\n' {
		buf = append(buf, '\n')
	}
	if _, err := l.f.Write(append(append(buf, line...), '\n')); err != nil {
		l.close()
		return fmt.Errorf("append to %s: %w", l.path, err)
	}
	if turn {
		_ = syscall.Flock(int(l.f.Fd()), syscall.LOCK_UN)
	}
	return nil
}

// open makes l.f the file that the path names now, and says how large it is and whether it is this one's turn to write.
func (l *file) open() (size int64, turn bool, err error) {
	for until := time.Now().Add(patience); ; {
		if l.f == nil {
			if err := l.openNew(); err != nil {
				return 0, false, err
			}
		}
		turn := l.take(until)
		ours, err := l.f.Stat()
		if err != nil {
			l.close()
			return 0, false, fmt.Errorf("open log: %w", err)
		}
		named, err := os.Lstat(l.path)
		same := err == nil && os.SameFile(ours, named)
		if same && turn && ours.Size() >= maxFile {
			if err := os.Rename(l.path, l.path+".1"); err != nil {
				l.close()
				return 0, false, fmt.Errorf("set %s aside: %w", l.path, err)
			}
			same = false
		}
		if same {
			return ours.Size(), turn, nil
		}
		l.close()
	}
}

// take waits for this one's turn to write, which closing the file gives up.
func (l *file) take(until time.Time) bool {
	for {
		err := syscall.Flock(int(l.f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return true
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) || time.Now().After(until) {
			return false
		}
		time.Sleep(patience / 1000)
	}
}

func (l *file) openNew() error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o750); err != nil {
		return fmt.Errorf("make log directory: %w", err)
	}
	// Neither a link nor a pipe that somebody else put there is written to, and opening does not wait for a reader.
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		_ = f.Close()
		return fmt.Errorf("open log: %s is not a regular file", l.path)
	}
	l.f = f
	return nil
}

func (l *file) close() {
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}
