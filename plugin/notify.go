package main

import (
	"context"
	"sync"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/seccompd/seccompd/pkg/audit"
)

// patience is how long systemd waits for a connection before the daemon counts as started: a machine whose engine has
// no NRI still boots.
const patience = 20 * time.Second

// holdTime keeps systemd from starting the daemon in a tight loop on an engine that it cannot serve.
const holdTime = 30 * time.Second

// notifier tells systemd what it wants to know. Without systemd it does nothing.
type notifier struct {
	ready     sync.Once
	systemd   bool
	connected chan struct{}
	once      sync.Once
	// send gives systemd a state of sd_notify(3).
	send func(state string)
}

func newNotifier() *notifier {
	sent, err := systemd.SdNotify(false, "STATUS=starting")
	return &notifier{
		systemd: sent && err == nil, connected: make(chan struct{}),
		send: func(state string) { _, _ = systemd.SdNotify(false, state) },
	}
}

// Connected notes the first connection.
func (n *notifier) Connected(yes bool) {
	if yes {
		n.once.Do(func() { close(n.connected) })
	}
}

// Stopping says that the daemon is ending.
func (n *notifier) Stopping() { n.send(systemd.SdNotifyStopping) }

// Status shows a line in systemctl status.
func (n *notifier) Status(line string) {
	n.send("STATUS=" + audit.Quote(line, 512))
}

// Hold waits, under systemd only, before the daemon ends.
func (n *notifier) Hold(ctx context.Context, why error) {
	if !n.systemd {
		return
	}
	n.Status(why.Error())
	select {
	case <-ctx.Done():
	case <-time.After(holdTime):
	}
}

// keepNotified says when the daemon is ready, and that it is alive as long as it is.
func (d *daemon) keepNotified(ctx context.Context) {
	interval, err := systemd.SdWatchdogEnabled(false)
	if err != nil || interval <= 0 {
		interval = 30 * time.Second
	}
	tick := time.NewTicker(interval / 3)
	defer tick.Stop()
	late := time.After(patience)
	connected := d.notify.connected
	for {
		select {
		case <-ctx.Done():
			return
		case <-connected:
			connected = nil
			d.sayReady()
		case <-late:
			d.sayReady()
		case <-tick.C:
			d.notify.Status(d.line())
			if d.plugin.Stuck() < stuckLimit {
				d.notify.send(systemd.SdNotifyWatchdog)
			}
		}
	}
}

// sayReady says it after the status is written: who waits for us reads that next.
func (d *daemon) sayReady() {
	d.notify.ready.Do(func() {
		_ = d.status.write(d) // writeStatus tries again, and logs what is wrong
		d.notify.Status(d.line())
		d.notify.send(systemd.SdNotifyReady)
	})
}
