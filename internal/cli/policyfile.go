package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// policyFile is a policy file that is about to say something else.
type policyFile struct {
	// path is the file itself, not a link to it.
	path          string
	before, after []byte
	stat          os.FileInfo
}

// edited reads the policy, changes its text and builds it. Nothing is written yet. The findings are warnings.
func (c *console) edited(ctx context.Context, edit func(name string, text []byte) ([]byte, error)) (*policyFile, *snapshot.Snapshot, []policy.Finding, error) {
	if c.policy == "-" {
		return nil, nil, nil, &usageError{message: "the policy is edited, and standard input cannot be", hint: "--policy FILE names the policy file"}
	}
	// What build refuses to read is refused before it is changed.
	src, err := build.Read(c.policy, c.profiles)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := src.Close(); err != nil {
		return nil, nil, nil, err
	}
	f := &policyFile{}
	if f.path, err = filepath.EvalSymlinks(c.policy); err != nil {
		return nil, nil, nil, err
	}
	if f.stat, err = os.Stat(f.path); err != nil {
		return nil, nil, nil, err
	}
	if f.before, err = os.ReadFile(f.path); err != nil {
		return nil, nil, nil, err
	}
	if f.after, err = edit(c.policy, f.before); err != nil {
		return nil, nil, nil, refuse(err)
	}
	if src, err = build.Text(c.policy, f.after, c.profiles); err != nil {
		return nil, nil, nil, err
	}
	defer func() { _ = src.Close() }()
	facts, err := c.host(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	snap, warnings, err := src.Build(build.Node{Facts: facts, Now: c.now(), AuditPanics: denial.AuditPanics()})
	if err != nil {
		return nil, nil, nil, refuse(err)
	}
	snap, err = located(snap)
	return f, snap, warnings, err
}

func (f *policyFile) write() error { return f.replace(f.before, f.after) }

func (f *policyFile) revert() error { return f.replace(f.after, f.before) }

// replace writes the file whole, with the owner and the mode that it had, unless somebody else has changed it.
func (f *policyFile) replace(from, to []byte) error {
	now, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, from) {
		return fmt.Errorf("%s: somebody else changed it in between", f.path)
	}
	if bytes.Equal(from, to) {
		return nil
	}
	return atomicfile.WriteFunc(f.path, f.stat.Mode().Perm(), func(w io.Writer) error {
		owned, ok := w.(interface{ Chown(uid, gid int) error })
		if st, known := f.stat.Sys().(*syscall.Stat_t); ok && known && os.Geteuid() == 0 {
			if err := owned.Chown(int(st.Uid), int(st.Gid)); err != nil {
				return err
			}
		}
		_, err := w.Write(to)
		return err
	})
}
