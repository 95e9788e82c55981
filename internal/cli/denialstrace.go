package cli

import (
	"context"
	"fmt"
)

func (d *denialsFlags) traceOne(context.Context) error {
	return fmt.Errorf("not yet")
}
