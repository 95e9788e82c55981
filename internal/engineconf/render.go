package engineconf

import (
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/seccompd/seccompd/config"
)

var enforceTemplate = template.Must(template.ParseFS(config.Containerd, "containerd/enforce.toml"))

// render returns the text of our file for a mode, for what the other files say.
func render(mode Mode, base State) (string, error) {
	if mode == Audit {
		text, err := config.Containerd.ReadFile("containerd/audit.toml")
		return string(text), err
	}
	// A list replaces the one before it, so what is required already has to stand in ours. What is listed or rejected while
	// the validator is off has no effect, and switching the validator on for our sake must not give it one.
	var values struct{ Required, Off []string }
	if base.Validator {
		if base.ToleratedBy != "" {
			return "", tolerated(base.ToleratedBy)
		}
		values.Required = slices.Clone(base.Required)
	} else {
		values.Off = base.Rejects
	}
	if !slices.ContainsFunc(values.Required, ours) {
		values.Required = append(values.Required, pluginName)
	}
	for i, name := range values.Required {
		if strings.ContainsAny(name, "'\n\r") {
			return "", fmt.Errorf("required_plugins lists %q, which cannot be the name of a plugin", name)
		}
		values.Required[i] = "'" + name + "'"
	}
	var text strings.Builder
	if err := enforceTemplate.Execute(&text, values); err != nil {
		return "", fmt.Errorf("render the drop-in: %w", err)
	}
	return text.String(), nil
}
