package denial

import (
	"encoding/binary"
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// atOnce is how many messages one call of the kernel takes out of a socket, and so the number of buffers of a batch.
const atOnce = 32

// batch takes many messages out of a netlink socket with one call. A call for each is most of what a flood of records costs.
type batch struct {
	fd      int
	headers [atOnce]mmsghdr
	parts   [atOnce]unix.Iovec
	from    [atOnce]unix.RawSockaddrNetlink
	buf     []byte
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	unix.Msghdr
	length uint32
}

func newBatch(n *netlink) *batch {
	b := &batch{fd: n.fd, buf: make([]byte, atOnce*maxMessage)}
	for i := range b.headers {
		b.parts[i].Base = &b.buf[i*maxMessage]
		b.parts[i].SetLen(maxMessage)
		b.headers[i].Iov = &b.parts[i]
		b.headers[i].SetIovlen(1)
		b.headers[i].Name = (*byte)(unsafe.Pointer(&b.from[i]))
	}
	return b
}

// receive waits for a message and calls take with the type and the payload of each that is there, as receive of a netlink does. It
// reports whether more may be there.
func (b *batch) receive(take func(kind uint16, payload []byte)) (more bool, err error) {
	for i := range b.headers {
		b.headers[i].Namelen = unix.SizeofSockaddrNetlink
	}
	count, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(b.fd), uintptr(unsafe.Pointer(&b.headers[0])), atOnce, unix.MSG_WAITFORONE, 0, 0)
	switch {
	case errors.Is(errno, unix.EAGAIN), errors.Is(errno, unix.EINTR):
		return false, errNothing
	case errors.Is(errno, unix.ENOBUFS):
		return true, errLost
	case errno != 0:
		return false, os.NewSyscallError("recvmmsg", errno)
	}
	for i := range int(count) {
		if h := &b.headers[i]; h.Namelen == unix.SizeofSockaddrNetlink && b.from[i].Pid == 0 {
			messages(b.buf[i*maxMessage:][:h.length], take)
		}
	}
	return count == atOnce, nil
}

// messages calls take with each message of a datagram.
func messages(data []byte, take func(kind uint16, payload []byte)) {
	for len(data) >= unix.NLMSG_HDRLEN {
		length := int(binary.NativeEndian.Uint32(data))
		if length < unix.NLMSG_HDRLEN || length > len(data) {
			return
		}
		take(binary.NativeEndian.Uint16(data[4:]), data[unix.NLMSG_HDRLEN:length])
		data = data[min(len(data), (length+3)&^3):]
	}
}
