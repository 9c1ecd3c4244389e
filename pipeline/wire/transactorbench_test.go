package wire

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
	"voile/pipeline/record"
)

// The measurements behind docs/adr/0016, on three brokers with every partition on all of them, two of which must be in
// sync:
//
//	go test ./pipeline/wire -run '^$' -bench Transactions -benchtime 100x
//	go test ./pipeline/wire -run '^$' -bench Stall -benchtime 3x
//
// One iteration of the first is one commit interval, so that ns/op is the interval that was achieved. Its units run beside
// each other, each b.N intervals, which is why there is no b.Loop.

const benchInterval = 100 * time.Millisecond

var benchTransactional = []kafkatest.Option{kafkatest.Nodes(3), kafkatest.Config("transaction.state.log.num.partitions", "50")}

// A benchUnit is some partitions that write in one transaction.
type benchUnit struct {
	write  func(ctx context.Context, partition int) error
	commit func(ctx context.Context) error

	partitions     []int
	wrote, control []time.Duration // of each transaction: until all was written, and Commit
}

// run makes n transactions, one an interval. In each every partition writes one batch, all at the same time.
func (u *benchUnit) run(ctx context.Context, n int) error {
	due := time.Now()
	for range n {
		start := time.Now()
		errs := make([]error, len(u.partitions))
		var wg sync.WaitGroup
		for i, p := range u.partitions {
			wg.Go(func() { errs[i] = u.write(ctx, p) })
		}
		wg.Wait()
		u.wrote = append(u.wrote, time.Since(start))
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		if due = due.Add(benchInterval); time.Until(due) > 0 {
			time.Sleep(time.Until(due))
		} else {
			due = time.Now()
		}
		start = time.Now()
		if err := u.commit(ctx); err != nil {
			return err
		}
		u.control = append(u.control, time.Since(start))
	}
	return nil
}

// benchUnits makes the units of a way to write: `plain` without transactions, `partition` with one for each partition
// (recipe A), `process` with one for all (recipe B).
func benchUnits(b *testing.B, c *Client, way, topic string, partitions int, records []record.Record) (units []*benchUnit) {
	group := "bench-" + way + "-" + topic
	together := 1
	if way == "process" {
		together = partitions
	}
	for first := 0; first < partitions; first += together {
		u := &benchUnit{partitions: make([]int, together)}
		offsets := map[int]Committed{}
		for i := range u.partitions {
			u.partitions[i] = first + i
			offsets[first+i] = Committed{Next: 1}
		}
		id := TransactionalID(group, topic, first)
		units = append(units, u)
		if way == "plain" {
			p, err := c.NewProducer(b.Context(), id, time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			u.commit = func(context.Context) error { return nil }
			u.write = func(ctx context.Context, n int) error {
				_, err := p.Produce(ctx, topic, n, len(records), encode(batch.None, records))
				return err
			}
			continue
		}
		tx, err := c.NewTransactor(b.Context(), id, time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		u.commit = func(ctx context.Context) error { return tx.Commit(ctx, offsetsOf(group, topic, offsets)) }
		u.write = func(ctx context.Context, n int) error {
			_, err := tx.Produce(ctx, topic, n, len(records), encodeTx(records))
			return err
		}
	}
	return units
}

// benchRecords are of now: what is old retention deletes.
func benchRecords(n, size int) []record.Record {
	records := make([]record.Record, n)
	for i := range records {
		records[i] = record.Record{Timestamp: time.Now().UnixMilli(), Value: bytes.Repeat([]byte("x"), size)}
	}
	return records
}

func BenchmarkTransactions(b *testing.B) {
	cluster := kafkatest.Start(b, benchTransactional...)
	loads := map[string][]record.Record{"trickle": benchRecords(10, 120), "steady": benchRecords(50, 1000)}
	for _, partitions := range []int{6, 24, 100} {
		topic := fmt.Sprint("bench-", partitions)
		cluster.CreateTopic(b, topic, partitions, nil)
		for _, load := range []string{"trickle", "steady"} {
			for _, way := range []string{"plain", "partition", "process"} {
				b.Run(fmt.Sprintf("partitions=%d/load=%s/per=%s", partitions, load, way), func(b *testing.B) {
					benchTransactions(b, cluster, way, topic, partitions, loads[load])
				})
			}
		}
	}
}

func benchTransactions(b *testing.B, cluster *kafkatest.Cluster, way, topic string, partitions int, records []record.Record) {
	c, err := New(Options{Brokers: cluster.Brokers()})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	units := benchUnits(b, c, way, topic, partitions, records)
	run := func(n int) {
		var wg sync.WaitGroup
		for i, u := range units {
			u.wrote, u.control = nil, nil
			wg.Go(func() {
				time.Sleep(benchInterval * time.Duration(i) / time.Duration(len(units)))
				if err := u.run(b.Context(), n); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
	run(10) // the connections are made, and the brokers warm
	before := cpu(cluster)
	b.ResetTimer()
	run(b.N)
	b.StopTimer()
	after, seconds := cpu(cluster), b.Elapsed().Seconds()
	b.ReportMetric((after[0]-before[0])*1000/seconds, "client-cpu-ms/s")
	b.ReportMetric((after[1]-before[1])*1000/seconds, "brokers-cpu-ms/s")
	var wrote, control []time.Duration
	for _, u := range units {
		wrote, control = append(wrote, u.wrote...), append(control, u.control...)
	}
	report := func(name string, all []time.Duration) {
		slices.Sort(all)
		for _, p := range []int{50, 99} {
			b.ReportMetric(float64(all[len(all)*p/100].Microseconds())/1000, fmt.Sprintf("%s-p%d-ms", name, p))
		}
	}
	report("write", wrote)
	if way != "plain" {
		b.ReportMetric(float64(len(control))/seconds, "transactions/s")
		report("commit", control)
	}
}

// cpu gives the seconds that this process and the brokers have used.
func cpu(cluster *kafkatest.Cluster) (used [2]float64) {
	read := func(pid string) float64 {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			return 0
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		return float64(user+system) / 100 // USER_HZ
	}
	used[0] = read("self")
	for _, n := range cluster.Nodes() {
		used[1] += read(strconv.Itoa(n.PID()))
	}
	return used
}

// BenchmarkStall measures how long a partition stands still behind an owner that was killed in the middle of a transaction:
// from when the next owner begins until it knows the offset to go on from, has committed, and a reader of the sink sees
// that. The next owner takes the same transactional id, or a random one, as a process that has no name would.
func BenchmarkStall(b *testing.B) {
	cluster := kafkatest.Start(b, benchTransactional...)
	const timeout = 10 * time.Second
	for _, way := range []string{"same", "random"} {
		b.Run("id="+way, func(b *testing.B) {
			c, err := New(Options{Brokers: cluster.Brokers()})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			topic := "stall-" + way
			cluster.CreateTopic(b, topic, 1, nil)
			group := "group-" + topic
			var offset, visible time.Duration
			for i := 0; b.Loop(); i++ {
				id := func(owner string) string {
					if way == "same" {
						return TransactionalID(group, topic, 0)
					}
					return fmt.Sprint(group, "/", owner, i)
				}
				killed, err := c.NewTransactor(b.Context(), id("killed"), timeout)
				if err != nil {
					b.Fatal(err)
				}
				write := func(tx *Transactor) {
					if _, err := tx.Produce(b.Context(), topic, 0, 1, encodeTx(benchRecords(1, 100))); err != nil {
						b.Fatal(err)
					}
				}
				write(killed)
				o := offsetsOf(group, topic, map[int]Committed{0: {Next: int64(i)}})
				if err := killed.offsets(b.Context(), &o); err != nil {
					b.Fatal(err)
				}

				start := time.Now()
				next, err := c.NewTransactor(b.Context(), id("next"), timeout)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := c.CommittedOf(b.Context(), group, map[string][]int{topic: {0}}, true); err != nil {
					b.Fatal(err)
				}
				offset += time.Since(start)
				write(next)
				if err := next.Commit(b.Context(), o); err != nil {
					b.Fatal(err)
				}
				next.Visible(b.Context(), group)
				benchSees(b, c, topic, i)
				visible += time.Since(start)
			}
			b.ReportMetric(float64(offset.Milliseconds())/float64(b.N), "offset-ms")
			b.ReportMetric(float64(visible.Milliseconds())/float64(b.N), "visible-ms")
		})
	}
}

// benchSees waits until a reader that reads committed sees beyond what the two owners wrote in the i-th round: two records
// and a marker each.
func benchSees(b *testing.B, c *Client, topic string, i int) {
	for {
		res, err := c.Fetch(b.Context(), FetchRequest{Topic: topic, MaxBytes: 1 << 20, MaxWait: 10 * time.Millisecond, ReadCommitted: true}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if res.LastStableOffset >= int64(4*(i+1)) {
			return
		}
	}
}
