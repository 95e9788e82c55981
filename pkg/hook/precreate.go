package hook

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// precreate prints the configuration with the policy's filter. podman takes an error for a refusal, and does not show its
// text: the decision log has it.
func (d *door) precreate(config []byte, stdout io.Writer) error {
	unread := enforce.Request{Workload: &workload.Workload{
		ID: containerID(config), Door: workload.DoorHook, Engine: workload.Known(workload.EnginePodman), Requested: workload.AnyRequest, Kinds: workload.AnyKind,
	}}
	cfg, err := oci.Parse("config.json", config)
	if err != nil {
		return d.refused("", unread, reasonConfig, err)
	}
	engine, notes, err := d.engine()
	if err != nil {
		return d.refused("", unread, reasonNoPolicy, err)
	}
	req := d.request(cfg, containerID(config))
	out, err := engine.Enforce(req)
	out.Notes = append(append(out.Notes[:len(out.Notes):len(out.Notes)], cfg.Notes...), notes...)
	if name := cfg.Bypass(); err == nil && name != "" && out.Mode != policy.ModeAudit {
		err = fmt.Errorf("annotation %s makes crun replace the container's filter: remove it", name)
	}
	if err != nil {
		d.record(audit.Refused(time.Now(), engine.Snapshot(), req, err, time.Since(d.began)))
		return err
	}
	d.record(audit.Decided(time.Now(), engine.Snapshot(), req, out, time.Since(d.began)))
	text := cfg.Text()
	if out.Install != nil {
		if text, err = cfg.With(out.Install); err != nil {
			return err
		}
	}
	if _, err := stdout.Write(text); err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	return nil
}

func (d *door) request(cfg *oci.Config, id string) enforce.Request {
	w := cfg.Workload(oci.Origin{ID: id, Podman: true}) // only podman has this hook
	w.Door = workload.DoorHook
	req := enforce.Request{Workload: w, Current: enforce.Current{State: enforce.CurrentNone}, Runtime: d.runtime}
	if cfg.Filter != nil {
		req.Current = enforce.Current{State: enforce.CurrentFilter, Filter: cfg.Filter}
	}
	return req
}

// containerID reads the container's id from the path of its cgroup, "…/libpod-ID" or "SLICE:libpod:ID": podman tells it in no
// other way. It is for the record; "" where it is not there.
func containerID(config []byte) string {
	var c struct {
		Linux struct {
			CgroupsPath string `json:"cgroupsPath"`
		} `json:"linux"`
	}
	if json.Unmarshal(config, &c) != nil {
		return ""
	}
	// podman puts its own name behind the group that somebody chose.
	path := c.Linux.CgroupsPath
	if _, id, ok := strings.Cut(path, ":libpod:"); ok {
		return id
	}
	id, ok := strings.CutPrefix(path[strings.LastIndexByte(path, '/')+1:], "libpod-")
	if !ok {
		return ""
	}
	return id
}
