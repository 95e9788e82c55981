package denial

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// netlink is a socket of one family, bound to one multicast group or to none.
type netlink struct {
	fd  int
	buf []byte
}

// maxMessage is larger than any audit record (8970 bytes, MAX_AUDIT_MESSAGE_LENGTH) and any process event.
const maxMessage = 16 << 10

func openNetlink(family int, groups uint32) (*netlink, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, family)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	return &netlink{fd: fd, buf: make([]byte, maxMessage)}, nil
}

func (n *netlink) close() { _ = unix.Close(n.fd) }

// room gives the socket a receive buffer, in bytes, in which the kernel counts its own bookkeeping. Whoever may not have so
// much gets what it may have.
func (n *netlink) room(bytes int) {
	if unix.SetsockoptInt(n.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes/2) != nil {
		_ = unix.SetsockoptInt(n.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes/2)
	}
}

// wake makes receive return errNothing at least every so often, so that a reader can end.
func (n *netlink) wake(every time.Duration) error {
	tv := unix.NsecToTimeval(every.Nanoseconds())
	return os.NewSyscallError("setsockopt", unix.SetsockoptTimeval(n.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv))
}

var (
	// errNothing: nothing came within the time of wake.
	errNothing = errors.New("nothing came")
	// errLost: the buffer was full, and messages were thrown away. Nobody knows how many.
	errLost = errors.New("messages were lost")
)

// receive calls take with the type and the payload of each message that is there. What it is called with is valid until it
// returns. Only the kernel is listened to.
func (n *netlink) receive(take func(kind uint16, payload []byte)) error {
	size, from, err := unix.Recvfrom(n.fd, n.buf, 0)
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return errNothing
	case errors.Is(err, unix.ENOBUFS):
		return errLost
	case err != nil:
		return os.NewSyscallError("recvfrom", err)
	}
	if a, ok := from.(*unix.SockaddrNetlink); !ok || a.Pid != 0 {
		return nil
	}
	messages(n.buf[:size], take)
	return nil
}

// send sends one message to the kernel.
func (n *netlink) send(kind, flags uint16, payload []byte) error {
	msg := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(payload))
	binary.NativeEndian.PutUint32(msg, uint32(unix.NLMSG_HDRLEN+len(payload)))
	binary.NativeEndian.PutUint16(msg[4:], kind)
	binary.NativeEndian.PutUint16(msg[6:], flags)
	msg = append(msg, payload...)
	if err := unix.Sendto(n.fd, msg, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("send to the kernel: %w", err)
	}
	return nil
}
