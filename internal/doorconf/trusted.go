package doorconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// maxSize is the size of the largest file of settings, in bytes.
const maxSize = 64 << 10

// ErrForeign is the error of settings that do not belong to root.
var ErrForeign = errors.New("it does not belong to root")

// readTrusted reads a file that only root, or the caller, can have written, unless it is trusting.
func readTrusted(path string, trusting bool) ([]byte, error) {
	// Without the poller of package os, which takes longer to set up than the file to read.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read settings: %w (install.sh writes it)", &fs.PathError{Op: "open", Path: path, Err: err})
	}
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", &fs.PathError{Op: "open", Path: path, Err: err})
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		err = errors.New("it is not a regular file")
	case st.Size > maxSize:
		err = fmt.Errorf("more than %d bytes", maxSize)
	case trusting:
	case st.Uid != 0 && int(st.Uid) != os.Geteuid():
		err = ErrForeign
	case st.Mode&0o022 != 0:
		err = fmt.Errorf("others than its owner may write it: mode %04o", st.Mode&0o7777)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	data := make([]byte, st.Size)
	n, err := unix.Read(fd, data)
	if err == nil && n != len(data) {
		err = errors.New("it was cut short meanwhile")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}
