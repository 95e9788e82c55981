package main

import (
	"context"
	"errors"
	goruntime "runtime"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// crunDoor measures the door before the distribution's crun, which needs cgroup
// v2 alone, and is unpacked and not installed: what it starts sees it in /usr.
func crunDoor(ctx context.Context, rounds int) ([]result, error) {
	debian, _, err := node.Debian()
	if err != nil {
		return nil, err
	}
	// What a thread starts sees the mounts that it sees. It ends with its goroutine.
	var results []result
	done := make(chan error)
	go func() {
		goruntime.LockOSThread()
		err := errors.Join(unix.Unshare(unix.CLONE_FS|unix.CLONE_NEWNS), unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount("none", "/sys/fs/cgroup", "cgroup2", 0, ""),
			unix.Mount("none", "/usr", "overlay", unix.MS_RDONLY, "lowerdir="+debian+"/usr:/usr"))
		if err == nil {
			b := &doorBench{name: "crun", real: "/usr/bin/crun", flags: []string{"--cgroup-manager=disabled"}, rounds: rounds}
			results, err = b.measure(ctx, b.creation, b.life)
		}
		done <- err
	}()
	err = <-done
	return results, err
}
