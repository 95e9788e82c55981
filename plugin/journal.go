package main

import (
	"io"

	"github.com/containerd/log"
	"github.com/coreos/go-systemd/v22/journal"
	"github.com/sirupsen/logrus"
)

// toJournal sends log lines to the journal, for a daemon that the engine launched: it has no output of its own.
type toJournal struct{}

// Levels implements logrus.Hook.
func (toJournal) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook.
func (toJournal) Fire(e *logrus.Entry) error {
	line, err := e.String()
	if err != nil {
		return err
	}
	priority := journal.PriInfo
	switch {
	case e.Level <= logrus.ErrorLevel:
		priority = journal.PriErr
	case e.Level == logrus.WarnLevel:
		priority = journal.PriWarning
	case e.Level >= logrus.DebugLevel:
		priority = journal.PriDebug
	}
	return journal.Send(line, priority, map[string]string{"SYSLOG_IDENTIFIER": "seccompd"})
}

// useJournal sends the log to the journal where there is one.
func useJournal() {
	if journal.Enabled() {
		log.L.Logger.SetOutput(io.Discard)
		log.L.Logger.AddHook(toJournal{})
	}
}
