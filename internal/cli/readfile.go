package cli

import (
	"io"
	"os"
	"syscall"

	"github.com/seccompd/seccompd/internal/document"
)

// readFile reads a file that is parsed, and no more of it than is: a device may have no end. A pipe that nobody writes to is empty:
// to open it would wait for somebody, and nothing ends that.
func readFile(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, document.MaxSize+1))
}
