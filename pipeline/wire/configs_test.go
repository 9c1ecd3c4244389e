package wire

import (
	"testing"
	"time"
)

func TestTopicConfig(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers, StartTimeout: time.Second})
		name := topic(t, brokers, 1, map[string]string{"cleanup.policy": "compact", "max.message.bytes": "12345"})
		got, err := c.TopicConfig(t.Context(), name, "cleanup.policy", "max.message.bytes", "message.timestamp.type", "no.such.setting")
		if err != nil {
			t.Fatal(err)
		}
		want(t, "settings", got, map[string]string{"cleanup.policy": "compact", "max.message.bytes": "12345", "message.timestamp.type": "CreateTime"})

		_, err = c.TopicConfig(t.Context(), "no-such-topic", "cleanup.policy")
		if ClassOf(err) != ClassStop {
			t.Fatalf("a topic that does not exist: %v, want class stop", err)
		}
		contains(t, "message", err.Error(), "no-such-topic", "create it")
	})
}
