package nri

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/containerd/log"
)

// margin is what is left of a request's time for the answer to arrive.
const margin = 10

// guard runs a handler's work. A panic, and work that is not done in nine tenths of the request's time, is an error: an
// answer that refuses one container, instead of a plugin that the runtime drops.
func guard[T any](ctx context.Context, p *Plugin, handler string, work func() T) (answer T, err error) {
	type result struct {
		value T
		err   error
	}
	start := time.Now()
	p.began.CompareAndSwap(0, start.UnixNano())
	done := make(chan result, 1)
	go func() {
		defer p.began.CompareAndSwap(start.UnixNano(), 0)
		defer func() {
			if r := recover(); r != nil {
				log.G(ctx).WithField("handler", handler).Errorf("panic: %v\n%s", r, debug.Stack())
				done <- result{err: fmt.Errorf("a fault in %s, see the log of seccompd", handler)}
			}
		}()
		done <- result{value: work()}
	}()
	defer func() { p.set.Observe(handler, time.Since(start)) }()
	deadline, ok := ctx.Deadline()
	if !ok {
		r := <-done
		return r.value, r.err
	}
	limit := time.Until(deadline)
	limit -= limit / margin
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		return answer, fmt.Errorf("%s was not answered within %v", handler, limit.Round(time.Millisecond))
	}
}
