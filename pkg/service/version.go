package service

import "runtime/debug"

// version is set at link time: -ldflags "-X …/pkg/service.version=v1.2.3".
var version string

// Version is that of the build: set at link time, else the module's or the
// commit's, else "dev".
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "dev-" + s.Value[:12]
		}
	}
	return "dev"
}
