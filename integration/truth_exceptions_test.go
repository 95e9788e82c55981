package integration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
)

// TestException lifts a refusal for one pod until a moment: before it the pod's
// containers are created, under what the next rule says; from then on they are
// refused, by the clock alone. Other pods are refused all the time.
func TestException(t *testing.T) {
	t.Parallel()
	longEnough(t, 3*time.Second, exceptionFor)
}

// exceptionFor reports whether the machine was quick enough for the test.
func exceptionFor(t *testing.T, open time.Duration) bool {
	t.Helper()
	until := time.Now().Add(open).UTC().Truncate(time.Second)
	n, d := truthNode(t, policyText("enforce", fmt.Sprintf(`
exceptions:
- {name: INC-42, match: {namespaces: [prod], pods: [db-0]}, skip: [no-unconfined], until: %s, reason: "until the vendor's fix"}
- {name: OLD-1, match: {namespaces: [prod], pods: [db-1]}, skip: [no-unconfined], until: %s, reason: "over"}
rules:
- {name: no-unconfined, match: {namespaces: [prod], requested: [Unconfined]}, action: refuse, message: "ask for a profile"}
- {name: the-others, match: {namespaces: [prod]}, action: replace%s}
`, until.Format(time.RFC3339), until.Add(-time.Hour).Format(time.RFC3339), profileP)))
	excepted := runPod(t, n, node.PodSpec{Namespace: "prod", Name: "db-0"})
	over := runPod(t, n, node.PodSpec{Namespace: "prod", Name: "db-1"})
	other := runPod(t, n, node.PodSpec{Namespace: "prod", Name: "db-2"})
	ask := node.ContainerSpec{Seccomp: node.Unconfined}
	refusedIn := func(pods ...*node.Pod) {
		t.Helper()
		for _, pod := range pods {
			_, err := pod.Create(t.Context(), ask)
			checkRefusal(t, d, err, "no-unconfined", "rule")
		}
	}

	c, err := excepted.Run(t.Context(), ask)
	if !time.Now().Before(until) {
		return false
	}
	if err != nil {
		t.Fatalf("before %v: %v", until, err)
	}
	sameFilter(t, c, referenceFilter(t, policyP))
	if r := recordOf(t, d, c.ID); r.Rule != "the-others" {
		t.Errorf("the decision names rule %q, want the one behind the excepted", r.Rule)
	}
	refusedIn(over, other)

	time.Sleep(time.Until(until))
	refusedIn(excepted, over, other)
	joins(t, "who was created in time", c, policyP)
	return true
}
