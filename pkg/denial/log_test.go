package denial

import (
	"fmt"
	"testing"
	"time"
)

func TestQueryMatches(t *testing.T) {
	at := time.Unix(1795119683, 0)
	d := Denial{Time: at, Container: Container{ID: "0123456789abcdef", Namespace: "prod", Pod: "web-0", Name: "app"}}
	for want, ok := range map[string]bool{
		"": true, "0123456789abcdef": true, "01234567": true, "0123456": false, "app": true, "web-0": true, "prod": false,
		"prod/web-0": true, "prod/web-1": false, "dev/web-0": false, "prod/web-0/app": true, "prod/web-0/side": false,
	} {
		if got := (Query{Container: want}).Matches(d); got != ok {
			t.Errorf("%q matches: %v", want, got)
		}
	}
	if (Query{Since: at.Add(time.Second)}).Matches(d) || !(Query{Since: at}).Matches(d) {
		t.Error("the time is not heeded")
	}
}

func TestContainersAreBounded(t *testing.T) {
	var c containers
	for i := range 3 * maxContainers {
		c.add(Container{ID: fmt.Sprint(i)})
		c.add(Container{ID: fmt.Sprint(i), Rule: "again"})
	}
	if len(c.m) != maxContainers || len(c.ids) != maxContainers {
		t.Errorf("%d containers are remembered", len(c.m))
	}
	if one, ok := c.find(fmt.Sprint(3*maxContainers - 1)); !ok || one.Rule != "again" || c.has("0") {
		t.Errorf("the newest is %+v, %v", one, ok)
	}
}
