// Package report keeps the raw results of a benchmark and writes them as tables. It measures nothing.
package report

import (
	"encoding/json"
	"slices"
	"time"
)

// Results are one benchmark, as results.json holds it.
type Results struct {
	Form       string            `json:"form"` // short, full, latency or scale
	Began      time.Time         `json:"began"`
	Commit     string            `json:"commit"` // of voile, with -dirty where files differed from it
	Machine    Machine           `json:"machine"`
	LoadBegin  float64           `json:"load_average_at_begin"` // of the machine, over a minute, before anything was started
	Versions   map[string]string `json:"versions"`              // of what took part, by name
	Load       Load              `json:"load"`
	Contenders []Contender       `json:"contenders"` // in the order of the tables
	Runs       []Run             `json:"runs"`       // in the order of time
	Latencies  []Latency         `json:"latencies,omitempty"`
	Failures   []Failure         `json:"failures,omitempty"`
}

// A Failure is a run that has no result. Whoever failed once runs no more.
type Failure struct {
	Contender string `json:"contender"`
	Round     int    `json:"round"` // from 1
	Why       string `json:"why"`   // with the end of what the process wrote
}

// Machine is what the benchmark ran on.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory_bytes"`
	Kernel string `json:"kernel"`
}

// Load is what the contenders were given.
type Load struct {
	Records     int    `json:"records"`
	People      int    `json:"people"`
	Zipf        bool   `json:"zipf"` // some come back much more often
	Seed        uint64 `json:"seed"`
	Partitions  int    `json:"partitions"`
	Compression string `json:"compression"`
	RecordBytes int    `json:"record_bytes"` // on average
	Rounds      int    `json:"rounds"`
}

// A Contender is a program with its settings.
type Contender struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Limit bool   `json:"limit"` // one part alone, by somebody else's code

	Groups []string `json:"groups,omitempty"` // tables of scaling that it is in
}

// A Run is one contender once.
type Run struct {
	Contender  string  `json:"contender"`
	Round      int     `json:"round"`   // from 1
	Records    int     `json:"records"` // that were counted: from the first tenth on
	CPUMicros  float64 `json:"cpu_us_per_record"`
	PerSecond  float64 `json:"records_per_second,omitempty"`
	PeakMemory int64   `json:"peak_memory_bytes,omitempty"`    // of several processes the largest one's
	First      float64 `json:"first_record_seconds,omitempty"` // from the start of the process to a record in the sink
	LoadBefore float64 `json:"load_average_before"`            // of the machine, over a minute
}

// Failed says whether a contender has failed.
func (r *Results) Failed(contender string) bool {
	return slices.ContainsFunc(r.Failures, func(f Failure) bool { return f.Contender == contender })
}

// JSON is the form of results.json.
func (r *Results) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	return append(text, '\n'), err
}

// Of gives one value of each run of a contender.
func (r *Results) Of(contender string, value func(Run) float64) (values []float64) {
	for _, run := range r.Runs {
		if run.Contender == contender {
			values = append(values, value(run))
		}
	}
	return values
}

// CPU is the contender's median of CPU microseconds per record, 0 where it did not run.
func (r *Results) CPU(contender string) float64 {
	return Median(r.micros(contender))
}

// PerSecond is the contender's median of records a second, 0 where it did not run.
func (r *Results) PerSecond(contender string) float64 {
	return Median(r.Of(contender, func(run Run) float64 { return run.PerSecond }))
}

func (r *Results) micros(contender string) []float64 {
	return r.Of(contender, func(run Run) float64 { return run.CPUMicros })
}

// Median is the middle one, or the mean of the two in the middle; 0 of nothing.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}
