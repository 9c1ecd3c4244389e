package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

var kafka Shared

func TestMain(m *testing.M) {
	os.Exit(kafka.Run(m))
}

func TestJavaAndFranzReadTheSame(t *testing.T) {
	c := kafka.Cluster(t)
	c.CreateTopic(t, "lines", 2, nil)
	want := []string{"a:1", "b:2", "c:3"}
	c.JavaProduce(t, "lines", want, "--property", "parse.key=true", "--property", "key.separator=:",
		"--compression-codec", "lz4")

	var got []string
	for _, r := range ReadAll(t, c.Brokers(), "lines", true) {
		got = append(got, string(r.Key)+":"+string(r.Value))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("franz-go read %q, want %q", got, want)
	}
	got = c.JavaConsume(t, "lines", 3, "--property", "print.key=true", "--property", "key.separator=:")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("Java read %q, want %q", got, want)
	}
}

func TestReadAllTellsCommittedFromAborted(t *testing.T) {
	c := kafka.Cluster(t)
	c.CreateTopic(t, "transactions", 1, nil)
	ctx := context.Background()
	client := Client(t, c.Brokers(), kgo.TransactionalID("t"), kgo.DefaultProduceTopic("transactions"))
	for i, commit := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		if err := errors.Join(client.BeginTransaction(),
			client.ProduceSync(ctx, kgo.StringRecord(fmt.Sprint(i))).FirstErr(),
			client.EndTransaction(ctx, commit)); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(ReadAll(t, c.Brokers(), "transactions", true)); got != 1 {
		t.Errorf("committed records: %d, want 1", got)
	}
	if got := len(ReadAll(t, c.Brokers(), "transactions", false)); got != 2 {
		t.Errorf("all records: %d, want 2", got)
	}
}

func TestRestartKeepsPortsAndData(t *testing.T) {
	c := Start(t)
	c.CreateTopic(t, "kept", 1, nil)
	c.JavaProduce(t, "kept", []string{"1", "2"})
	before := c.Brokers()
	for name, end := range map[string]func(){"kill": c.Kill, "stop": c.Stop} {
		end()
		if pid := c.Nodes()[0].PID(); pid != 0 {
			t.Fatalf("%s: process %d still runs", name, pid)
		}
		c.Restart(t)
		if !slices.Equal(c.Brokers(), before) {
			t.Errorf("%s: addresses %v, want %v", name, c.Brokers(), before)
		}
		if got := len(ReadAll(t, c.Brokers(), "kept", true)); got != 2 {
			t.Errorf("%s: %d records, want 2", name, got)
		}
	}
}

// TestThreeNodesOutliveOne kills one of three brokers, and reads everything from the others.
func TestThreeNodesOutliveOne(t *testing.T) {
	c := Start(t, Nodes(3))
	c.CreateTopic(t, "replicated", 3, nil)
	client := Client(t, c.Brokers(), kgo.DefaultProduceTopic("replicated"))
	for i := range 30 {
		if err := client.ProduceSync(t.Context(), kgo.StringRecord(fmt.Sprint(i))).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	node := c.Nodes()[1]
	node.Kill()
	if node.PID() != 0 || c.Nodes()[0].PID() == 0 {
		t.Fatal("another node was killed")
	}
	if got := len(ReadAll(t, c.Brokers(), "replicated", true)); got != 30 {
		t.Errorf("%d records on two nodes, want 30", got)
	}
	c.Restart(t)
	if node.PID() == 0 {
		t.Error("the node is still down")
	}
}
