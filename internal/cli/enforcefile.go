package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// policyFile is a policy file that is about to have another mode.
type policyFile struct {
	// path is the file itself, not a link to it.
	path          string
	before, after []byte
	stat          os.FileInfo
}

// switched reads the policy, changes its mode and builds it. Nothing is written yet.
func (e *enforcer) switched(ctx context.Context, mode policy.Mode) (*policyFile, *snapshot.Snapshot, error) {
	// What build refuses to read is refused before it is changed.
	src, err := build.Read(e.policy, e.profiles)
	if err != nil {
		return nil, nil, err
	}
	if err := src.Close(); err != nil {
		return nil, nil, err
	}
	f := &policyFile{}
	if f.path, err = filepath.EvalSymlinks(e.policy); err != nil {
		return nil, nil, err
	}
	if f.stat, err = os.Stat(f.path); err != nil {
		return nil, nil, err
	}
	if f.before, err = os.ReadFile(f.path); err != nil {
		return nil, nil, err
	}
	if f.after, err = withMode(e.policy, f.before, mode); err != nil {
		return nil, nil, refuse(err)
	}
	if src, err = build.Text(e.policy, f.after, e.profiles); err != nil {
		return nil, nil, err
	}
	defer func() { _ = src.Close() }()
	facts, err := e.host(ctx)
	if err != nil {
		return nil, nil, err
	}
	snap, _, err := src.Build(build.Node{Facts: facts, Now: e.now(), AuditPanics: denial.AuditPanics()})
	if err != nil {
		return nil, nil, refuse(err)
	}
	snap, err = located(snap)
	return f, snap, err
}

// withMode replaces the one word of a policy that is its mode, and keeps every other byte.
func withMode(name string, text []byte, mode policy.Mode) ([]byte, error) {
	root, err := yamldoc.Parse(name, text)
	if err != nil {
		return nil, err
	}
	n := root.Lookup("mode")
	if n == nil || n.Kind != document.String {
		return nil, document.Errorf(root, "mode: audit, or mode: enforce", "the policy has no mode")
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if n.Line > len(lines) || n.Column > len(lines[n.Line-1]) {
		return nil, document.Errorf(n, "change it yourself, and run 'seccompctl apply'", "the mode is written in a way that cannot be changed in place")
	}
	line := string(lines[n.Line-1])
	head, rest := line[:n.Column-1], line[n.Column-1:]
	quote := ""
	if rest[0] == '"' || rest[0] == '\'' {
		quote = rest[:1]
	}
	tail, ok := strings.CutPrefix(rest, quote+n.Text+quote)
	if !ok {
		return nil, document.Errorf(n, "change it yourself, and run 'seccompctl apply'", "the mode is written in a way that cannot be changed in place")
	}
	lines[n.Line-1] = []byte(head + quote + string(mode) + quote + tail)
	return bytes.Join(lines, nil), nil
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
