// Package faults is the fault suite: three voile processes of one group a delivery, three brokers and a Vault server, which
// are killed, halted, cut off and starved while a loader writes and readers wait. It has no code but its tests.
//
//	make faults                    every fault many times, in both deliveries: the run of docs/reliability.md
//	make faults FORM=short         every fault once; .ci/run does that
//	go test ./cmd/faults -v -run TestFaults -args -form short -seed 7 -only kill -delivery at_least_once
//
// Before: nothing but what kafkatest and vaulttest need. Steps that need root (a small file system) or a C compiler (a
// broker's clock) say so and are skipped by name without it. Plain `go test` leaves the suite out and tests its tools.
//
// During: the seed and the plan are printed first; the same seed gives the same plan, victims included, though not the same
// moments. Each step begins with everything well, and ends with everything well and every offset committed that the source
// had: within a bound, or the run ends there.
//
// After: cmd/auditor, which knows nothing of voile, judges everything that was written, and the table says for each fault
// what it found. Where that breaks a promise, the folder that is named last keeps logs, metrics, the auditor's findings and
// what each partition holds.
package faults
