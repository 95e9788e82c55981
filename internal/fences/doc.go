// Package fences holds no code, only the test that says which package may depend on what.
package fences
