package cli

import (
	"reflect"
	"testing"

	"github.com/seccompd/seccompd/pkg/drift"
)

// TestDriftSchemas holds the answers about running containers to their schemas.
func TestDriftSchemas(t *testing.T) {
	root := readSchema(t, "drift")
	root.match(t, root, reflect.TypeFor[drift.Report](), "")
	root = readSchema(t, "exposed")
	root.match(t, root, reflect.TypeFor[exposedAnswer](), "")
}
