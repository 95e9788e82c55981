package host

// Options say what Read looks at.
type Options struct {
	// Runtimes are absolute paths of runtimes. With none, Read looks for runc and crun where packages and release archives
	// put them, in the order of systemd's search path.
	Runtimes []string
}
