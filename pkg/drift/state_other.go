//go:build !linux

package drift

import (
	"path/filepath"

	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/workload"
)

func fromDocker(string, *workload.Workload) error { return nil }

func left(string, string, string) *handoff.Record { return nil }

func readConfig(bundle string) (*oci.Config, error) {
	name := filepath.Join(bundle, "config.json")
	text, err := readBounded(name, oci.MaxSize)
	if err != nil {
		return nil, err
	}
	return oci.Parse(name, text)
}
