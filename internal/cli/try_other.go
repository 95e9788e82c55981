//go:build !linux

package cli

import "errors"

var errNoTry = errors.New("only Linux has filters to run a command under")

func (*trial) exec() error { return errNoTry }

func (*trier) traced(*trial) error { return errNoTry }

func beTraced([]string) error { return errNoTry }
