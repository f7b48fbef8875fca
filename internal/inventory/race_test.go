//go:build race

package inventory_test

// The race detector looks for races, not for figures.
func init() { seeds, limits = 1, 2 }
