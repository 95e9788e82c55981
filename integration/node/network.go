package node

import (
	"fmt"
	"os"
)

// A network plugin that makes no network. containerd runs it, and one for the
// loopback device, for pods with a network namespace of their own, and wants
// an address from it.
const (
	networkPlugin = `#!/bin/sh
cat >/dev/null
case $CNI_COMMAND in
ADD) echo '{"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "sandbox": "'"$CNI_NETNS"'"}], "ips": [{"interface": 0, "address": "192.0.2.1/32"}]}' ;;
VERSION) echo '{"cniVersion": "1.0.0", "supportedVersions": ["1.0.0"]}' ;;
esac
`
	networkConfig = `{"cniVersion": "1.0.0", "name": "none", "plugins": [{"type": "none"}]}`
)

func (n *Node) writeNetwork() error {
	for path, text := range map[string]string{
		n.path("cni", "bin", "none"):              networkPlugin,
		n.path("cni", "bin", "loopback"):          networkPlugin,
		n.path("cni", "conf", "10-none.conflist"): networkConfig,
	} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			return fmt.Errorf("write the network plugin: %w", err)
		}
	}
	return nil
}
