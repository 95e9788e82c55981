package audit_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/audit"
)

// asNobody does something on a thread that has no right to files of root, which then ends.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocks: the thread ends with the goroutine
		if unix.Geteuid() == 0 {
			_ = unix.Setfsuid(65534)
			if uid, _ := unix.SetfsuidRetUid(-1); uid != 65534 {
				t.Errorf("the thread's user is %d", uid)
				return
			}
			do()
			return
		}
		t.Log("not root: nothing is refused to the owner of a file")
	}()
	<-done
}

// TestReadWithoutPermission says so, and not that there is no record.
func TestReadWithoutPermission(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "d")
	write(t, path, record("a-1"))
	asNobody(t, func() {
		_, err := audit.Find(path, "a-1")
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("without permission: %v", err)
		}
	})
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		if _, err := audit.Find(path, "a-1"); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("without permission for what was set aside: %v", err)
		}
	})
}
