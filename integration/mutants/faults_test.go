package main

import "testing"

// TestFaultsApply: the texts that faults replace are where the list says. What becomes of them is for the program to show.
func TestFaultsApply(t *testing.T) {
	t.Chdir("..")
	if len(faults) < 20 {
		t.Errorf("%d faults", len(faults))
	}
	for _, f := range faults {
		if _, err := f.overlay(t.TempDir()); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
	}
}
