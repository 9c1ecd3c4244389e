// Package endtoend holds the proofs that run the built program between a real Apache Kafka and a real Vault server. It has
// no code but its tests.
//
// Its judges know nothing of voile: ../shared/tools/leakcheck.py looks for planted identifiers in everything that came
// out, and the auditor in runs_test.go reads the sink with another client library.
package endtoend
