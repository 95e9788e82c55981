package profilefile

import (
	"fmt"
	"os"

	"github.com/seccompd/seccompd/internal/trust"
)

// trusted refuses what somebody else than root or this process's user can change.
func trusted(fi os.FileInfo, name string) error {
	uid, ok := trust.Owner(fi)
	if !ok {
		return fmt.Errorf("cannot tell who owns %s", name)
	}
	if uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("%s belongs to uid %d, who could change it (chown root %s)", name, uid, name)
	}
	if trust.OthersWrite(fi) {
		return fmt.Errorf("%s may be written by others than its owner, mode %04o (chmod go-w %s)", name, fi.Mode().Perm(), name)
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
