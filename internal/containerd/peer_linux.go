package containerd

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// roots is an error unless the process that listens is root's, or the caller's.
func roots(conn net.Conn) error {
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) { peer, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return err
	}
	switch {
	case asked != nil:
		return asked
	case peer.Uid != 0 && int(peer.Uid) != os.Geteuid():
		return fmt.Errorf("user %d listens there, and not root", peer.Uid)
	}
	return nil
}
