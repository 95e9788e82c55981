//go:build !linux

package drift

import (
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/workload"
)

func fromDocker(string, *workload.Workload) error { return nil }

func left(string, string, string) *handoff.Record { return nil }
