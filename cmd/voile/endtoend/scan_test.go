package endtoend

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

// TestScan: `voile scan` of a real broker's topic sees what a consumer that reads committed sees, joins no group, and what it writes passes
// the check.
func TestScan(t *testing.T) {
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	brokers := kafkatest.Start(t).Brokers()
	kafkatest.CreateTopic(t, brokers, "web.raw", 3, nil)
	client := kafkatest.Client(t, brokers, kgo.TransactionalID("writer"), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	write := func(member string, end kgo.TransactionEndTry) {
		t.Helper()
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			r := &kgo.Record{Topic: "web.raw", Key: []byte(fmt.Sprintf("user-%d", i)), Value: []byte(fmt.Sprintf(`{"userId":"user-%d","%s":"a%d@example.org"}`, i, member, i))}
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := client.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	write("first", kgo.TryCommit)
	write("aborted", kgo.TryAbort)
	write("last", kgo.TryCommit)

	scan := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(exe, append([]string{"scan", "--brokers", strings.Join(brokers, ","), "--topic", "web.raw"}, args...)...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, err.(*exec.ExitError).Stderr)
		}
		return string(out)
	}
	proposed := filepath.Join(t.TempDir(), "proposed.yaml")
	out := scan("--write", proposed)
	if !strings.HasPrefix(out, "web.raw: 60 records, 4 places\n") || !strings.Contains(out, "$.first ") || !strings.Contains(out, "$.last ") || !strings.Contains(out, "key ") {
		t.Errorf("the table is\n%s", out)
	}
	if strings.Contains(out, "aborted") || strings.Contains(out, "example.org") {
		t.Errorf("records of an aborted transaction, or values, show:\n%s", out)
	}
	if out := scan("--records", "12"); !strings.HasPrefix(out, "web.raw: 12 records") || strings.Contains(out, "$.first ") {
		t.Errorf("the last records are\n%s", out)
	}
	text, err := os.ReadFile(proposed)
	if err != nil || !strings.Contains(string(text), "to: web\n") {
		t.Errorf("what was written is %v\n%s", err, text)
	}
	if out, err := exec.Command(exe, "check", proposed).CombinedOutput(); err != nil {
		t.Errorf("voile check: %v\n%s", err, out)
	}
	groups, err := kadm.NewClient(client).ListGroups(t.Context())
	if err != nil || len(groups) > 0 {
		t.Errorf("groups are left: %v %v", groups.Groups(), err)
	}
}
