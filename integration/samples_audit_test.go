package integration_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// TestAuditProfileLogs: under builtin/audit the kernel answers as without a
// filter, and puts every call on record, by both ABIs.
func TestAuditProfileLogs(t *testing.T) {
	t.Parallel()
	n, _ := samplesNode(t)
	log := listenAudit(t)
	calls := []string{"mkdir", "unshare", "32:39:8,0755"}
	run := func(pod node.PodSpec, seccomp node.Request) (*node.Container, int) {
		t.Helper()
		// -n: in the first process itself, whose pid is in the records.
		c, err := runPod(t, n, pod).Run(t.Context(), node.ContainerSpec{
			Seccomp: seccomp, Args: append(append([]string{"/probe", "-n"}, calls...), "pause"),
		})
		if err != nil {
			t.Fatal(err)
		}
		answers, err := c.Answers(t.Context(), calls[len(calls)-1])
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, "under "+pod.Namespace, answers, map[string]string{"mkdir": "EFAULT", "unshare": "ok", "32:39:8,0755": "EFAULT"})
		pid, err := c.Pid(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return c, pid
	}
	_, silent := run(node.PodSpec{Namespace: "block-ptrace-kexec"}, node.Unset)
	_, logged := run(node.PodSpec{Namespace: "audit"}, node.Unset)

	want := map[string]bool{"arch=c000003e syscall=83 ": true, "arch=c000003e syscall=272 ": true, "arch=40000003 syscall=39 ": true}
	for end := time.Now().Add(settle); len(want) > 0 && time.Now().Before(end); {
		record := log.next(t)
		if strings.Contains(record, fmt.Sprintf(" pid=%d ", silent)) {
			t.Errorf("the control was logged: %s", record)
		}
		if !strings.Contains(record, fmt.Sprintf(" pid=%d ", logged)) || !strings.Contains(record, "code=0x7ffc0000") {
			continue
		}
		maps.DeleteFunc(want, func(call string, _ bool) bool { return strings.Contains(record, call) })
	}
	if len(want) > 0 {
		t.Errorf("the kernel has no records of %v of pid %d", want, logged)
	}
}

// auditLog hands out the kernel's audit records without an audit daemon: by the
// multicast group that audit(7) has had since Linux 3.16.
type auditLog struct{ fd int }

const auditReadLog = 1 // AUDIT_NLGRP_READLOG of linux/audit.h

func listenAudit(t *testing.T) auditLog {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_AUDIT)
	if err != nil {
		t.Fatal("listen for audit records:", err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	second := unix.Timeval{Sec: 1}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &second),
		unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1 << (auditReadLog - 1)}),
	)
	if err != nil {
		t.Fatal("listen for audit records:", err)
	}
	return auditLog{fd}
}

// next returns the text of the next record of a seccomp action; "" after a
// second without one.
func (l auditLog) next(t *testing.T) string {
	t.Helper()
	buffer := make([]byte, 16<<10)
	n, _, err := unix.Recvfrom(l.fd, buffer, 0)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return ""
	}
	if err != nil {
		t.Fatal("read an audit record:", err)
	}
	const header = 16 // struct nlmsghdr
	if n < header || int(buffer[4])|int(buffer[5])<<8 != 1326 {
		return ""
	}
	return string(buffer[header:n]) + " "
}
