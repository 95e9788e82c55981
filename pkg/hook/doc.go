// Package hook is the door that engines and runtimes run as an OCI hook.
//
// precreate is podman's: it reads a container's configuration on stdin and prints the one with the policy's filter. No other
// engine has such a hook. verify is for the stage poststart. There runc has loaded the filter and has not started the
// container's program yet, and it takes a hook that fails for a reason not to: verify refuses. Other runtimes run that hook
// later or go on all the same: there it reports.
package hook
