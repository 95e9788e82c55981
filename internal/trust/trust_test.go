package trust

import (
	"io/fs"
	"syscall"
	"testing"
	"testing/fstest"
)

func stat(t *testing.T, mode fs.FileMode, sys any) fs.FileInfo {
	t.Helper()
	fi, err := fstest.MapFS{"f": {Mode: mode, Sys: sys}}.Stat("f")
	if err != nil {
		t.Fatal(err)
	}
	return fi
}

func TestOwnedBy(t *testing.T) {
	mine := stat(t, 0o600, &syscall.Stat_t{Uid: 7})
	if !OwnedBy(mine, 0, 7) || OwnedBy(mine, 0) || OwnedBy(mine) {
		t.Error("the owner is not told from others")
	}
	if OwnedBy(stat(t, 0o600, nil), 0) {
		t.Error("a file of unknown owner counts as root's")
	}
}

func TestOthersWrite(t *testing.T) {
	for mode, want := range map[fs.FileMode]bool{0o600: false, 0o755: false, 0o620: true, 0o602: true, 0o777: true} {
		if got := OthersWrite(stat(t, mode, nil)); got != want {
			t.Errorf("%04o: %v, want %v", mode, got, want)
		}
	}
}
