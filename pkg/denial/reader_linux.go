package denial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// buffer is the size of the socket's receive buffer: room for about 60,000 records.
const buffer = 64 << 20

// readRecords hands each record of seccomp to take until the context is done, and tells lost where the kernel had to throw
// records away because the buffer was full. It listens to the group that any number of programs can listen to, so that it
// needs no audit daemon and disturbs none. It needs CAP_AUDIT_READ.
func readRecords(ctx context.Context, ready func(), take func(Event), bad, lost func()) error {
	const group = 1 // AUDIT_NLGRP_READLOG
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
	for ctx.Err() == nil {
		err := n.receive(func(kind uint16, payload []byte) {
			if kind != RecordType {
				return
			}
			e, err := ParseEvent(payload)
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
	}
	return nil
}
