package denial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// buffer is the size of the socket's receive buffer: room for about 60,000 records.
const buffer = 64 << 20

// linger is how long records may gather in the buffer, which has room for several hundred milliseconds of the fastest flood. A
// reader that waited for each would be woken by each.
const linger = 10 * time.Millisecond

// readRecords hands each record of seccomp to take until the context is done, and tells lost where the kernel had to throw
// records away because the buffer was full. It listens to the group that any number of programs can listen to, so that it
// needs no audit daemon and disturbs none. It needs CAP_AUDIT_READ.
func readRecords(ctx context.Context, ready func(), take func(Event), bad, lost func()) error {
	const group = 1 // AUDIT_NLGRP_READLOG
	if err := firstNamespaces(); err != nil {
		return fmt.Errorf("listen to audit: %w", err)
	}
	n, err := openNetlink(unix.NETLINK_AUDIT, 1<<(group-1))
	if err != nil {
		return fmt.Errorf("listen to audit: %w", noAudit(err))
	}
	defer n.close()
	n.room(buffer)
	if err := n.wake(200 * time.Millisecond); err != nil {
		return fmt.Errorf("listen to audit: %w", err)
	}
	ready()
	records, all, own := newParser(), newBatch(n), newPriority()
	for ctx.Err() == nil {
		more, err := all.receive(func(kind uint16, payload []byte) {
			if kind != RecordType {
				return
			}
			e, err := records.parse(payload)
			if err != nil {
				bad()
				return
			}
			take(e)
		})
		switch {
		case errors.Is(err, errLost):
			lost()
		case errors.Is(err, errNothing), err == nil:
		default:
			return fmt.Errorf("listen to audit: %w", err)
		}
		own.read(more)
		if err == nil && !more {
			time.Sleep(linger)
		}
	}
	return nil
}

// firstNamespaces tells where nothing would come, or nothing that means anything: the kernel sends records to the first
// network namespace only, and numbers processes as in the first pid namespace.
func firstNamespaces() error {
	own, err := os.Readlink("/proc/self/ns/pid")
	if err == nil && own != initPIDNamespace {
		return fmt.Errorf("%w: this is not the machine's own pid namespace", ErrNoAudit)
	}
	own, err = os.Readlink("/proc/self/ns/net")
	first, err2 := os.Readlink("/proc/1/ns/net")
	if err == nil && err2 == nil && own != first {
		return fmt.Errorf("%w: this is not the machine's own network namespace", ErrNoAudit)
	}
	return nil
}
