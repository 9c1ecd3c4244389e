package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

func TestSpread(t *testing.T) {
	for _, tc := range []struct {
		name string
		held []stretch
		n    int
		want []int64
	}{
		{"even", []stretch{{0, 100}, {0, 100}, {0, 100}}, 30, []int64{10, 10, 10}},
		{"one has few", []stretch{{0, 2}, {0, 100}, {50, 100}}, 30, []int64{2, 14, 14}},
		{"all have too few", []stretch{{0, 2}, {7, 7}, {5, 8}}, 30, []int64{2, 0, 3}},
		{"fewer than partitions", []stretch{{0, 9}, {0, 9}, {0, 9}}, 2, []int64{1, 1, 0}},
		{"an end before the start", []stretch{{9, 3}, {0, 9}}, 4, []int64{0, 4}},
		{"no partition", nil, 4, []int64{}},
	} {
		if got := spread(tc.held, tc.n); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// scanned runs `voile scan`.
func scanned(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	if code := run(append([]string{"scan"}, args...), strings.NewReader(""), &out, &complaints); code != want {
		t.Fatalf("exit code %d, want %d\n%s", code, want, complaints.String())
	}
	return out.String(), complaints.String()
}

func TestScanTopics(t *testing.T) {
	fake := kafkatest.Fake(t, kfake.SeedTopics(3, "web"), kfake.SeedTopics(1, "app", "empty"))
	brokers := strings.Join(fake.ListenAddrs(), ",")
	client := kafkatest.Client(t, fake.ListenAddrs(), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for partition, n := range []int{60, 5, 0} {
		for i := range n {
			value := fmt.Sprintf(`{"new":"a%d.%d@example.org"}`, partition, i)
			if i < n/2 {
				value = fmt.Sprintf(`{"old":"a%d.%d@example.org"}`, partition, i)
			}
			r := &kgo.Record{Topic: "web", Partition: int32(partition), Key: []byte(fmt.Sprintf("+3353649%04d", i)), Value: []byte(value)}
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "app", Value: []byte(`{"mail":"a@example.org"}`)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	holds := func(of string, want ...string) {
		t.Helper()
		for _, w := range want {
			if text, absent := strings.CutPrefix(w, "!"); strings.Contains(of, text) == absent {
				t.Errorf("want %q in\n%s", w, of)
			}
		}
	}

	out, _ := scanned(t, 0, "--brokers", brokers, "--topic", "web", "--topic", "app")
	holds(out, "web: 65 records, 3 places", "key ", "$.old ", "$.new ", "app: 1 record, 1 place", "$.mail ")
	if strings.Contains(out, "example.org") || strings.Contains(out, "53649") {
		t.Error("values show")
	}
	out, _ = scanned(t, 0, "--brokers", brokers, "--topic", "web", "--records", "12")
	holds(out, "web: 12 records, 3 places", "$.new ", "$.old ") // the five of a partition, with its older half, and seven of the other
	out, _ = scanned(t, 0, "--brokers", brokers, "--topic", "web", "--records", "4")
	holds(out, "web: 4 records", "$.new ", "!$.old ")
	out, _ = scanned(t, 0, "--brokers", brokers, "--topic", "web", "--records", "4", "--from", "start")
	holds(out, "web: 4 records", "$.old ", "!$.new ")

	_, complaints := scanned(t, 1, "--brokers", brokers, "--topic", "empty")
	holds(complaints, "voile: there was no record\n")

	// The configuration has the brokers, and what is written goes on from it.
	dir := t.TempDir()
	file, proposed := filepath.Join(dir, "voile.yaml"), filepath.Join(dir, "proposed.yaml")
	text := fmt.Sprintf(placeholders, `"`+fake.ListenAddrs()[0]+`"`) + "domains:\n  phones: {method: hash, value: phone, region: FR}\nroutes:\n  - {name: web, from: [web], to: x, fields: [{key: true, domain: phones}]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	scanned(t, 0, "-c", file, "--topic", "web", "--write", proposed)
	got, err := os.ReadFile(proposed)
	if err != nil {
		t.Fatal(err)
	}
	holds(string(got), fake.ListenAddrs()[0], "- {key: true, domain: phones}", "from: [web]", "to: tokens.web")

	// Nothing is left behind in Kafka.
	groups, err := kadm.NewClient(client).ListGroups(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) > 0 {
		t.Errorf("a scan has left groups: %v", groups.Groups())
	}
}

func TestScanOfNoTopic(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a topic that does not come")
	}
	fake := kafkatest.Fake(t)
	_, complaints := scanned(t, 1, "--brokers", fake.ListenAddrs()[0], "--topic", "nowhere")
	if !strings.Contains(complaints, "nowhere") {
		t.Errorf("the message does not name the topic: %s", complaints)
	}
}
