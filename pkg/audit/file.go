package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxFile is the size at which the log's file becomes path.1, which it replaces.
const maxFile = 64 << 20

// file is the log's file, opened when there is something to write and again after an error, or when somebody moved it.
type file struct {
	path string
	f    *os.File
	size int64
	torn bool // the last write was cut short: the next line starts on its own
}

func (l *file) append(line []byte) error {
	if err := l.open(); err != nil {
		return err
	}
	var buf []byte
	if l.torn {
		buf = append(buf, '\n')
	}
	buf = append(append(buf, line...), '\n')
	n, err := l.f.Write(buf)
	l.size += int64(n)
	if err != nil {
		l.torn = l.torn || n > 0
		l.close()
		return fmt.Errorf("append to %s: %w", l.path, err)
	}
	l.torn = false
	return nil
}

// open makes l.f the file that the path names now.
func (l *file) open() error {
	if l.f != nil {
		ours, err := l.f.Stat()
		named, err2 := os.Lstat(l.path)
		if err == nil && err2 == nil && os.SameFile(ours, named) && l.size < maxFile {
			return nil
		}
		l.close()
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o750); err != nil {
		return fmt.Errorf("make log directory: %w", err)
	}
	if st, err := os.Lstat(l.path); err == nil && st.Mode().IsRegular() && st.Size() >= maxFile {
		if err := os.Rename(l.path, l.path+".1"); err != nil {
			return fmt.Errorf("set %s aside: %w", l.path, err)
		}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open %s: %w", l.path, err)
	}
	// Neither a link nor a pipe that somebody else put there is written to, and opening does not wait for a reader.
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		_ = f.Close()
		return fmt.Errorf("open log: %s is not a regular file", l.path)
	}
	l.f, l.size = f, st.Size()
	// Somebody else's last line may be cut short, too: the doors that are a process for each container write to the file as
	// well, and so did the process before this one.
	var last [1]byte
	if n, _ := f.ReadAt(last[:], l.size-1); n == 1 && last[0] != '\n' {
		l.torn = true
	}
	return nil
}

func (l *file) close() {
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}
