package demo

import _ "embed"

// Config is the demo's configuration as a user would write it. It reads two environment variables, which Env answers.
//
//go:embed demo.yaml
var Config []byte

// Env looks up the variables of Config: where the embedded broker and the admin port listen, each host:port. There are
// no others, and the process's own environment is not asked.
func Env(broker, admin string) func(name string) (value string, found bool) {
	return func(name string) (string, bool) {
		switch name {
		case "VOILE_DEMO_BROKER":
			return broker, true
		case "VOILE_DEMO_ADMIN":
			return admin, true
		}
		return "", false
	}
}
