package wire

import (
	"context"

	"github.com/segmentio/kafka-go/protocol"
)

const resourceTopic = 2

// TopicConfig gives the settings of a topic that are named, as they hold now: the topic's own value, or else what it
// has of the broker's. A setting that the broker does not know, or does not show, is absent. It needs the right to
// DESCRIBE_CONFIGS of the topic, which reading and writing do not bring with them.
func (c *Client) TopicConfig(ctx context.Context, topic string, names ...string) (map[string]string, error) {
	at := Error{Op: "describe configs", Topic: topic, Partition: -1}
	var settings map[string]string
	err := c.retry(ctx, at, c.startTimeout, func() (err error) {
		settings, err = c.topicConfig(ctx, topic, names)
		if err == code(codeTopicAuthorization) {
			return &Error{Op: at.Op, Topic: topic, Partition: -1, Code: codeTopicAuthorization, Class: ClassStop,
				hint: "seeing a topic's settings needs DESCRIBE_CONFIGS of it"}
		}
		return err
	}, nil)
	return settings, err
}

// topicConfig sends DescribeConfigs v2.
func (c *Client) topicConfig(ctx context.Context, topic string, names []string) (map[string]string, error) {
	r := c.begin(protocol.DescribeConfigs, 2, anyNode)
	b := putInt32(r.head, 1)
	b = append(b, resourceTopic)
	b = putString(b, topic)
	b = putInt32(b, int32(len(names)))
	for _, name := range names {
		b = putString(b, name)
	}
	r.head = append(b, 0) // include_synonyms
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return nil, err
	}
	return readTopicConfig(&in, topic)
}

func readTopicConfig(in *reader, topic string) (map[string]string, error) {
	in.int32() // throttle time
	if in.count(11) != 1 {
		return nil, errAnswer
	}
	failed := in.int16()
	in.text() // message
	if in.int8() != resourceTopic || string(in.text()) != topic {
		return nil, errAnswer
	}
	settings := map[string]string{}
	for range in.count(11) {
		name, value := string(in.text()), in.text()
		in.next(3) // read only, source, sensitive
		for range in.count(5) {
			in.text() // a synonym's name
			in.text() // its value
			in.int8() // its source
		}
		if value != nil {
			settings[name] = string(value)
		}
	}
	if failed != 0 {
		return nil, code(failed)
	}
	return settings, in.err()
}
