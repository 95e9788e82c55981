package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/containerd/log"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/doorconf"
	"github.com/seccompd/seccompd/internal/trust"
	"github.com/seccompd/seccompd/pkg/shim"
)

// Runtime doors ask on a socket, so that they need not start what is running here. A door that gets no answer decides
// itself: nothing here has to hold for a container to be held to the policy.

// maxQuestions is how many questions are worked on at once; further doors decide themselves.
const maxQuestions = 64

// questionTime is how long a question may take to arrive, and its answer to leave.
const questionTime = time.Second

// answerDoors answers runtime doors until the context is done, and returns when the last has its answer.
func (d *daemon) answerDoors(ctx context.Context) {
	l, err := listenForDoors(d.set.runDir)
	d.metrics.answering(err)
	d.status.poke()
	if err != nil {
		log.G(ctx).WithError(err).Warn("runtime doors cannot ask here, and decide themselves")
		return
	}
	defer func() { _ = l.Close() }()
	context.AfterFunc(ctx, func() { _ = l.Close() })
	a := &shim.Answerer{
		StateDir: d.set.stateDir, RunDir: d.set.runDir, Decisions: d.set.decisions,
		Engine: d.keeper.inForce, Record: d.log.Record,
	}
	free := make(chan struct{}, maxQuestions)
	var open sync.WaitGroup
	defer open.Wait()
	for {
		c, err := l.AcceptUnix()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.G(ctx).WithError(err).Warn("accept a runtime door")
			time.Sleep(questionTime)
			continue
		}
		select {
		case free <- struct{}{}:
			open.Go(func() {
				defer func() { <-free }()
				answer, err := answerDoor(c, a)
				if errors.Is(err, errNothing) {
					return
				}
				d.metrics.answered(answer, err)
				d.status.poke()
				if err != nil {
					log.G(ctx).WithError(err).Debug("a runtime door decides itself")
				}
			})
		default:
			d.metrics.answered(decide, errBusy)
			_ = c.Close()
		}
	}
}

// listenForDoors makes the socket, in a directory that is root's alone.
func listenForDoors(dir string) (*net.UnixListener, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return nil, fmt.Errorf("look at %s: %w", dir, err)
	}
	if !trust.Private(&st) {
		return nil, fmt.Errorf("others than root may enter %s", dir)
	}
	path := filepath.Join(dir, doorconf.Socket)
	_ = os.Remove(path)
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// errNothing is the error of who asks nothing, as doctor does, which looks whether somebody listens here.
var errNothing = errors.New("nothing was asked")

// errBusy is why a door decides itself that asks while many do.
var errBusy = fmt.Errorf("%d others were asking", maxQuestions)

// decide is the answer to a door that is to decide itself.
const decide = "decide"

// answerDoor answers one door. It returns what was counted: that the door took what was decided here, or that it decides
// itself, and why.
func answerDoor(c *net.UnixConn, a *shim.Answerer) (answer string, err error) {
	defer func() { _ = c.Close() }()
	defer func() {
		if r := recover(); r != nil {
			log.L.Errorf("panic: %v\n%s", r, debug.Stack())
			answer, err = decide, fmt.Errorf("a fault in the answer to a door: %v", r)
		}
	}()
	_ = c.SetDeadline(time.Now().Add(questionTime))
	text, dir, asker, err := readQuestion(c)
	if err != nil {
		return decide, err
	}
	q, err := shim.ParseQuestion(text)
	if err != nil {
		_ = unix.Close(dir)
		return decide, err
	}
	q.Asker = asker
	offer, err := a.Answer(q, dir)
	if err != nil {
		_, writing := c.Write([]byte(decide))
		return decide, errors.Join(err, writing)
	}
	taken := false
	defer func() { offer.Close(taken) }()
	if _, err := c.Write([]byte(shim.Done + offer.File)); err != nil {
		return decide, fmt.Errorf("answer: %w", err)
	}
	reply := make([]byte, len(shim.Taken)+1)
	n, err := c.Read(reply)
	if taken = string(reply[:n]) == shim.Taken; !taken {
		return decide, errors.Join(errors.New("the door did not wait for the answer"), err)
	}
	return shim.Done, nil
}

// readQuestion reads a question and the open directory that comes with it, and says which process asks. Only root does.
func readQuestion(c *net.UnixConn) (text []byte, dir int, asker int32, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, -1, 0, fmt.Errorf("read question: %w", err)
	}
	var peer *unix.Ucred
	if control := raw.Control(func(fd uintptr) { peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); control != nil || err != nil {
		return nil, -1, 0, fmt.Errorf("read question: %w", errors.Join(control, err))
	}
	if peer.Uid != uint32(os.Geteuid()) { //nolint:gosec // a uid
		return nil, -1, 0, fmt.Errorf("read question: user %d asks", peer.Uid)
	}
	text, rights := make([]byte, shim.MaxQuestion), make([]byte, unix.CmsgSpace(4))
	n, more, flags, _, err := c.ReadMsgUnix(text, rights)
	if errors.Is(err, io.EOF) || err == nil && n+more == 0 {
		return nil, -1, 0, errNothing
	}
	if err != nil {
		return nil, -1, 0, fmt.Errorf("read question: %w", err)
	}
	fds, err := passed(rights[:more])
	if err == nil && (len(fds) != 1 || flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0) {
		err = errors.New("it is not whole, or not of one bundle")
	}
	if err != nil {
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
		return nil, -1, 0, fmt.Errorf("read question: %w", err)
	}
	return text[:n], fds[0], peer.Pid, nil
}

// passed returns the descriptors of a control message, which Go has closed on exec.
func passed(control []byte) ([]int, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(messages) != 1 {
		return nil, errors.Join(err, errors.New("no descriptor came with it"))
	}
	return unix.ParseUnixRights(&messages[0])
}
