package main

import (
	"runtime/debug"
	"testing"
)

func TestBoundHeap(t *testing.T) {
	for _, tt := range []struct {
		name string
		gogc string
		set  bool
		want int
	}{
		{name: "by itself", want: heapGrowth},
		{name: "as the environment says", gogc: "200", set: true, want: 123},
	} {
		t.Run(tt.name, func(t *testing.T) {
			former := debug.SetGCPercent(123) // what Go made of the environment
			boundHeap(func(name string) (string, bool) { return tt.gogc, tt.set && name == "GOGC" })
			if got := debug.SetGCPercent(former); got != tt.want {
				t.Errorf("GOGC is %d, want %d", got, tt.want)
			}
		})
	}
}
