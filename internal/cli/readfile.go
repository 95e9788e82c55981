package cli

import (
	"io"
	"os"

	"github.com/seccompd/seccompd/internal/document"
)

// readFile reads a file that is parsed, and no more of it than is: a device may have no end.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, document.MaxSize+1))
}
