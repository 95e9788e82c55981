package nri

import (
	"context"
	"strings"
	"testing"

	"github.com/containerd/nri/pkg/api"
)

// TestPanicAboutAPodIsARefusal: one pod is refused, and the daemon goes on.
func TestPanicAboutAPodIsARefusal(t *testing.T) {
	p := New(Settings{Engine: func() (Engine, error) { panic("boom") }})
	large := &api.PodSandbox{Id: "p", Annotations: map[string]string{"a": strings.Repeat("x", maxSize)}}
	if err := p.RunPodSandbox(context.Background(), large); err == nil || !strings.Contains(err.Error(), "a fault in RunPodSandbox") {
		t.Errorf("error %v; want a refusal that names the handler", err)
	}
	if err := p.RunPodSandbox(context.Background(), &api.PodSandbox{Id: "q"}); err != nil {
		t.Errorf("the next pod: %v", err)
	}
}
