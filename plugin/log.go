package main

import (
	"context"
	"strings"
	"time"

	"github.com/containerd/log"
	"github.com/sirupsen/logrus"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/nri"
)

// maxText bounds what a workload chose in a log line.
const maxText = 256

func setUpLog(s settings) error {
	if err := log.SetLevel(s.logLevel); err != nil {
		return err
	}
	if err := log.SetFormat(log.OutputFormat(s.logFormat)); err != nil {
		return err
	}
	if nri.Launched() {
		useJournal()
	}
	return nil
}

// logDecision writes the one line that each container gets.
func logDecision(ctx context.Context, r audit.Record) {
	e := log.G(ctx).WithFields(logrus.Fields{
		"id":     r.ID,
		"rule":   audit.Quote(r.Rule, maxText),
		"action": string(r.Action),
		"took":   r.Took.Round(time.Microsecond).String(),
	})
	if r.Profile != "" {
		e = e.WithField("profile", audit.Quote(r.Profile, maxText))
	}
	if w := r.Workload; w != nil {
		names := strings.Join([]string{w.Namespace.Or("?"), w.Pod.Or("?"), w.Container.Or("?")}, "/")
		e = e.WithFields(logrus.Fields{
			"container_id": audit.Quote(w.ID, maxText),
			"workload":     audit.Quote(names, maxText),
			"engine":       string(w.Engine.Or("unknown")),
		})
	}
	switch r.Result {
	case audit.ResultRefused:
		e.WithField("reason", string(r.Reason)).Warn(audit.Quote(r.Message, 2*maxText))
	case audit.ResultAudited:
		e.WithField("would", audit.Quote(r.Would, 2*maxText)).Info("container created, in audit mode")
	case audit.ResultInstalled:
		e.Info("container gets a filter")
	case audit.ResultKept:
		e.Info("container keeps its filter")
	}
}
