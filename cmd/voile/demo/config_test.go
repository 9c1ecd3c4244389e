package demo

import (
	"testing"

	"voile/config"
)

func demoConfig(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Parse("demo.yaml", Config, Env("127.0.0.1:19092", "127.0.0.1:19640"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfig(t *testing.T) {
	c := demoConfig(t)
	if c.Kafka.Brokers[0] != "127.0.0.1:19092" || c.Admin.Listen != "127.0.0.1:19640" {
		t.Errorf("brokers %v, admin %s", c.Kafka.Brokers, c.Admin.Listen)
	}
	if len(c.Routes) != len(Channels()) {
		t.Fatalf("%d routes for %d channels", len(c.Routes), len(Channels()))
	}
	for i, channel := range Channels() {
		r := c.Routes[i]
		if r.Name != channel.String() || len(r.From) != 1 || r.From[0] != channel.Source() || r.To != channel.Sink() {
			t.Errorf("route %d: %s from %v to %s", i, r.Name, r.From, r.To)
		}
	}
}
