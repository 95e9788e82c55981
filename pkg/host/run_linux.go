package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Limits of what a runtime may take to describe itself.
const (
	timeLimit   = 10 * time.Second
	outputLimit = 1 << 20
)

// trusted returns the real path of a program that nobody but root, or the user that this process runs as, can change or
// replace. This process is root on a node, and runs it.
func trusted(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", errors.New("not an absolute path")
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return "", errors.New("not an executable file")
	}
	for at := real; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return "", err
		}
		owner, mode := info.Sys().(*syscall.Stat_t).Uid, info.Mode()
		// In a directory with the sticky bit others cannot replace what is not theirs.
		if shared := mode&0o022 != 0 && (!mode.IsDir() || mode&os.ModeSticky == 0); shared || owner != 0 && int(owner) != os.Geteuid() {
			return "", fmt.Errorf("%s can be changed by others (owner %d, mode %#o): it is not run", at, owner, mode.Perm())
		}
		if at == filepath.Dir(at) {
			return real, nil
		}
	}
}

// output runs a program with nothing of this process's environment and returns what it printed.
func output(ctx context.Context, env []string, path string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	var out limited
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}, env...)
	cmd.Dir, cmd.Stdout, cmd.WaitDelay = "/", &out, time.Second
	err := cmd.Run()
	switch {
	case out.over:
		err = fmt.Errorf("more than %d bytes of output", outputLimit)
	case ctx.Err() != nil:
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("run %s %s: %w", path, args[0], err)
	}
	return out.text.Bytes(), nil
}

// limited keeps up to outputLimit bytes, and fails on more, which ends a program that writes on. The buffer is not embedded:
// its ReadFrom would go round the limit.
type limited struct {
	text bytes.Buffer
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	if l.over = l.over || l.text.Len()+len(p) > outputLimit; l.over {
		return 0, errors.New("too much output")
	}
	return l.text.Write(p)
}
