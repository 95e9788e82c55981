package profilefile

import (
	"fmt"
	"os"
	"syscall"
)

// trusted refuses what somebody else than root or this process's user can change.
func trusted(fi os.FileInfo, name string) error {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("cannot tell who owns %s", name)
	}
	if uid := int(st.Uid); uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("%s belongs to uid %d, who could change it (chown root %s)", name, uid, name)
	}
	if mode := fi.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%s may be written by others than its owner, mode %04o (chmod go-w %s)", name, mode, name)
	}
	return nil
}

func trustedDirectory(dir *os.Root, name string) error {
	fi, err := dir.Stat(".")
	if err != nil {
		return err
	}
	return trusted(fi, name)
}
