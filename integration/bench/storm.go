package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/denial"
)

// noisy has the kernel log what one namespace's containers are denied.
const noisy = `apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
doors: [nri]
rules:
- name: storm
  match: {namespaces: [storm]}
  logDenials: true
  action: replace
  profile: {base: RuntimeDefault, deny: [unshare]}
default: {action: fill, profile: {type: RuntimeDefault}}
`

// stormy is a container that is denied calls as fast as it can make them, and
// the daemon that reads of it, or does not.
type stormy struct {
	site
	reading, deaf *node.Daemon
	container     *node.Container
	pid           int
	// raged is the processor time that the storm took in a second, for each
	// measurement, by the daemon.
	raged map[*node.Daemon][]time.Duration
}

// storm measures other containers' creation while a container is denied some
// 100,000 calls a second. The storm itself takes a processor, with or without
// somebody who reads of it; what counts is whether reading takes more.
func (b *bench) storm(ctx context.Context) (results []result, err error) {
	if err := b.seccompd.Stop(ctx); err != nil { // it reads, too
		return nil, err
	}
	s := &stormy{site: b.daemon, raged: map[*node.Daemon][]time.Duration{}}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.signal(syscall.SIGKILL)) }()
	took, err := compare(ctx, "storm of denials", b.rounds, s.creation(s.reading, false), s.creation(s.reading, true), s.creation(s.deaf, true))
	if err != nil {
		return nil, err
	}
	return []result{
		paired("run: a storm of denials that seccompd reads / that nobody reads", took[1], took[2], 1.1),
		paired("run: a storm of denials that seccompd reads / quiet", took[1], took[0], 0),
		paired("run: a storm of denials that nobody reads / quiet", took[2], took[0], 0),
		paired("processor that the storm takes in a second: read / not read", s.raged[s.reading][1:], s.raged[s.deaf][1:], 0),
	}, nil
}

func (s *stormy) start(ctx context.Context) error {
	dir := filepath.Join(s.node.Dir(), "stormy")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(file, []byte(noisy), 0o644); err != nil {
		return err
	}
	o := node.DaemonOptions{
		Policy: file, LogLevel: "info", StateDir: dir + "/state", RunDir: dir + "/run",
		Decisions: dir + "/decisions.jsonl", Denials: dir + "/denials.jsonl", Metrics: "unix:" + dir + "/metrics.sock",
	}
	s.reading = s.node.Daemon(o)
	o.Args = []string{"--denials", ""}
	s.deaf = s.node.Daemon(o)
	if err := s.reading.Start(ctx); err != nil {
		return err
	}
	pod, err := s.node.RunPod(ctx, node.PodSpec{Namespace: "storm"})
	if err != nil {
		return err
	}
	c, err := pod.Run(ctx, node.ContainerSpec{Args: []string{"/probe", "storm:-1"}})
	if err != nil {
		return err
	}
	s.container = c
	if s.pid, err = c.Pid(ctx); err != nil {
		return err
	}
	for range 60 {
		if _, err := c.Exec(ctx, "/probe", "unshare"); err != nil { // see creation
			return err
		}
		if status, err := denial.ReadStatus(o.RunDir); err == nil && status.Attributed > 1000 {
			return s.signal(syscall.SIGSTOP)
		}
		time.Sleep(500 * time.Millisecond)
	}
	return errors.New("the daemon reads no denials of the storm")
}

// creation returns what measures a few containers, with one of the daemons.
// What was measured while the storm had a lull is measured again: the kernel may
// have a caller wait for room for its records, up to a minute.
func (s *stormy) creation(d *node.Daemon, storm bool) func(context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) {
		if err := s.use(ctx, d); err != nil {
			return 0, err
		}
		if !storm {
			return s.few(ctx)
		}
		if err := s.signal(syscall.SIGCONT); err != nil {
			return 0, err
		}
		for range 200 {
			// Who waits for room may be forgotten until another record comes.
			if _, err := s.container.Exec(ctx, "/probe", "unshare"); err != nil {
				return 0, err
			}
			time.Sleep(200 * time.Millisecond)
			before, start := s.used(), time.Now()
			took, err := s.few(ctx)
			if err != nil {
				return 0, err
			}
			if raged := float64(s.used()-before) / time.Since(start).Seconds(); raged > float64(lull) {
				s.raged[d] = append(s.raged[d], time.Duration(raged))
				return took, s.signal(syscall.SIGSTOP)
			}
		}
		return 0, errors.New("there is no storm any more")
	}
}

// lull is less than what a storm takes of a processor in a second, also on a
// machine that has other things to do.
const lull = 50 * time.Millisecond

// few creates some containers and returns how long one took.
func (s *stormy) few(ctx context.Context) (took time.Duration, err error) {
	const few = 4
	for range few {
		one, err := s.one(ctx)
		if err != nil {
			return 0, err
		}
		took += one
	}
	return took / few, nil
}

// used is the processor time of the storm.
func (s *stormy) used() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", s.pid))
	var ns int64
	if _, scan := fmt.Sscan(string(text), &ns); err != nil || scan != nil {
		return 0
	}
	return time.Duration(ns)
}

// use has one of the daemons run, and not the other.
func (s *stormy) use(ctx context.Context, d *node.Daemon) error {
	if d.Running() {
		return nil
	}
	for _, other := range []*node.Daemon{s.reading, s.deaf} {
		if err := other.Stop(ctx); err != nil {
			return err
		}
	}
	if err := d.Start(ctx); err != nil {
		return err
	}
	// containerd notices that the other one has gone at the end of a request.
	_, err := s.one(ctx)
	if err != nil {
		_, err = s.one(ctx)
	}
	return err
}

// one creates a container and returns how long it took until it ran.
func (s *stormy) one(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	c, err := s.pod.Run(ctx, node.ContainerSpec{})
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	return took, errors.Join(c.Stop(ctx), c.Remove(ctx))
}

// signal sends a signal to the processes of the storm.
func (s *stormy) signal(sig syscall.Signal) error {
	if err := syscall.Kill(-s.pid, sig); err != nil {
		return fmt.Errorf("signal the storm: %w", err)
	}
	return nil
}
