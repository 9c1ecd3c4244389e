package faults

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"voile/internal/kafkatest"
)

// keep writes down what each partition of a fleet's sink and of the source holds, aborted records too: with ids, producer
// ids and epochs it can be told who wrote a record, and when. No value and no key is among it.
func (r *run) keep(f *fleet) {
	for _, topic := range []string{source, f.sink} {
		file, err := os.Create(filepath.Join(r.dir, topic+".txt"))
		if err != nil {
			r.t.Error(err)
			return
		}
		w := bufio.NewWriter(file)
		committed := map[[2]int64]bool{}
		for _, k := range kafkatest.ReadAll(r.t, r.kafka.Brokers(), topic, true) {
			committed[[2]int64{int64(k.Partition), k.Offset}] = true
		}
		fmt.Fprintln(w, "partition offset number producer epoch timestamp committed")
		for _, k := range kafkatest.ReadAll(r.t, r.kafka.Brokers(), topic, false) {
			number, _ := numberOf(k.Value)
			fmt.Fprintf(w, "%d %d %d %d %d %s %t\n", k.Partition, k.Offset, number, k.ProducerID, k.ProducerEpoch,
				k.Timestamp.Format("15:04:05.000"), committed[[2]int64{int64(k.Partition), k.Offset}])
		}
		if err := w.Flush(); err != nil {
			r.t.Error(err)
		}
		_ = file.Close() // flushed
	}
}
