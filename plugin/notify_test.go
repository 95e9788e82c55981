package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/nri"
)

// TestWatchdogIsNotFedByAStuckDoor: systemd restarts a daemon of which a request hangs, however lively the rest is.
func TestWatchdogIsNotFedByAStuckDoor(t *testing.T) {
	m := newMachine(t)
	t.Setenv("WATCHDOG_USEC", fmt.Sprint((3 * time.Second).Microseconds()))
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		d := newDaemon(ctx, m.set, host.Assume("amd64"))
		defer d.log.Close(ctx)
		d.plugin = nri.New(nri.Settings{Engine: func() (nri.Engine, error) {
			<-release
			return nil, errors.New("no policy")
		}})
		var fed atomic.Int64
		d.notify.send = func(state string) {
			if state == systemd.SdNotifyWatchdog {
				fed.Add(1)
			}
		}
		ended := make(chan struct{})
		go func() {
			d.keepNotified(ctx)
			close(ended)
		}()
		during := func(long time.Duration) int64 {
			before := fed.Load()
			time.Sleep(long)
			synctest.Wait()
			return fed.Load() - before
		}
		if n := during(30 * time.Second); n < 25 {
			t.Errorf("fed %d times in 30 s while nothing happens; want one a second", n)
		}
		go func() { _, _, _ = d.plugin.CreateContainer(ctx, &api.PodSandbox{}, &api.Container{Id: "c"}) }()
		_ = during(stuckLimit)
		if n := during(30 * time.Second); n != 0 {
			t.Errorf("fed %d times while a request hangs", n)
		}
		close(release)
		if n := during(30 * time.Second); n < 25 {
			t.Errorf("fed %d times in 30 s after the request was answered", n)
		}
		cancel()
		<-ended
	})
}
