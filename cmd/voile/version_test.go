package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestThisBuild(t *testing.T) {
	platform := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	vcs := &debug.BuildInfo{
		Main: debug.Module{Version: "v0.3.1-0.20260131120000-0123456789ab"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"},
			{Key: "vcs.modified", Value: "true"},
		},
	}
	for _, tt := range []struct {
		name   string
		linked string
		info   *debug.BuildInfo
		want   string
	}{
		{"linker first", "v1.2.3", vcs, "voile v1.2.3, commit 0123456789ab modified, " + platform},
		{"module's version", "", vcs, "voile v0.3.1-0.20260131120000-0123456789ab, commit 0123456789ab modified, " + platform},
		{"nothing known", "", nil, "voile (devel), " + platform},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := thisBuild(tt.linked, tt.info).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
