package node

import (
	"bytes"
	"fmt"
	"os"
	"text/template"
	"time"
)

// containerd 2.x reads version 3. What differs from its defaults, and why:
// everything lives in our directory; a machine without CAP_SYS_RESOURCE cannot
// lower an oom_score_adj; hugetlb is not everywhere; the pause image is ours;
// cgroups are written directly, as no systemd is there to ask.
var configTemplate = template.Must(template.New("config.toml").Parse(`version = 3
root = '{{.Dir}}/root'
state = '{{.Dir}}/state'
imports = ['{{.Dir}}/conf.d/*.toml']
disabled_plugins = ['io.containerd.tracing.processor.v1.otlp', 'io.containerd.internal.v1.tracing']

[grpc]
  address = '{{.Dir}}/containerd.sock'

[debug]
  level = 'info'

[plugins.'io.containerd.shim.v1.manager']
  socket_dir = '{{.Dir}}/s'
{{- if .ShimEnv}}
  env = [{{range .ShimEnv}}'{{.}}', {{end}}]
{{- end}}

[plugins.'io.containerd.internal.v1.opt']
  path = '{{.Dir}}/opt'

[plugins.'io.containerd.cri.v1.images']
  snapshotter = '{{.Snapshotter}}'
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = '{{.Pause}}'

[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  enable_unprivileged_ports = false
  enable_unprivileged_icmp = false
  unset_seccomp_profile = '{{.UnsetSeccompProfile}}'
  cdi_spec_dirs = []
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ['{{.Dir}}/cni/bin']
    conf_dir = '{{.Dir}}/cni/conf'
  [plugins.'io.containerd.cri.v1.runtime'.containerd]
    default_runtime_name = 'runc'
{{- range $name, $path := .Runtimes}}
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'{{$name}}']
      runtime_type = 'io.containerd.runc.v2'
      pod_annotations = [{{range $.PassAnnotations}}'{{.}}', {{end}}]
      container_annotations = [{{range $.PassAnnotations}}'{{.}}', {{end}}]
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'{{$name}}'.options]
        BinaryName = '{{$path}}'
        Root = '{{$.Dir}}/runc'
        SystemdCgroup = false
{{- end}}

[plugins.'io.containerd.nri.v1.nri']
  disable = {{.NoNRI}}
  socket_path = '{{.Dir}}/nri.sock'
  plugin_path = '{{.Dir}}/nri/plugins'
  plugin_config_path = '{{.Dir}}/nri/conf.d'
  plugin_registration_timeout = '5s'
  plugin_request_timeout = '{{.NRIRequestTimeout}}'
{{- if .RequiredPlugins}}
  [plugins.'io.containerd.nri.v1.nri'.default_validator]
    enable = true
    required_plugins = [{{range .RequiredPlugins}}'{{.}}', {{end}}]
{{- end}}

{{.Config}}
`))

// containerd 1.x reads version 2, in which all of CRI is one plugin. The runtime is the first runc in PATH.
var oldConfigTemplate = template.Must(template.New("config.toml").Parse(`version = 2
root = '{{.Dir}}/root'
state = '{{.Dir}}/state'
disabled_plugins = ['io.containerd.tracing.processor.v1.otlp', 'io.containerd.internal.v1.tracing']

[grpc]
  address = '{{.Dir}}/containerd.sock'

[plugins.'io.containerd.internal.v1.opt']
  path = '{{.Dir}}/opt'

[plugins.'io.containerd.grpc.v1.cri']
  sandbox_image = '{{.Pause}}'
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  [plugins.'io.containerd.grpc.v1.cri'.cni]
    bin_dir = '{{.Dir}}/cni/bin'
    conf_dir = '{{.Dir}}/cni/conf'
  [plugins.'io.containerd.grpc.v1.cri'.containerd]
    snapshotter = '{{.Snapshotter}}'
    default_runtime_name = 'runc'
    [plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runc]
      runtime_type = 'io.containerd.runc.v2'
      [plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runc.options]
        Root = '{{.Dir}}/runc'
`))

// writeConfig writes containerd's configuration for the node's options.
func (n *Node) writeConfig() error {
	values := struct {
		Options
		Dir, Snapshotter, Pause string
		Runtimes                map[string]string
	}{Options: n.options, Dir: n.dir, Snapshotter: n.snapshotter(), Pause: PauseImage}
	if values.NRIRequestTimeout == 0 {
		values.NRIRequestTimeout = 2 * time.Second
	}
	runc, err := Binary("runc")
	if err != nil {
		return err
	}
	values.Runtimes = map[string]string{"runc": runc}
	for name, path := range n.options.Handlers {
		values.Runtimes[name] = path
	}

	var text bytes.Buffer
	config := configTemplate
	if n.options.Old {
		config = oldConfigTemplate
	}
	if err := config.Execute(&text, values); err != nil {
		return fmt.Errorf("write containerd's configuration: %w", err)
	}
	if err := os.WriteFile(n.path("config.toml"), text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write containerd's configuration: %w", err)
	}
	return nil
}
