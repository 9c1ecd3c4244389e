// Package partitioner says which partition of its sink a record goes to under `partition: key`. The proxy and a replay ask
// the same function, so that a record of the quarantine joins the others of its key.
package partitioner

import "encoding/binary"

// Of gives the partition that a Java producer's default partitioner puts a key in, so that a sink can be joined by
// consumers that rely on it. (Apache Kafka, org.apache.kafka.common.utils.Utils, murmur2 and toPositive.) A null key
// stays where it was: the source's number is as good as any, and keeps the order.
func Of(key []byte, source, partitions int) int {
	if key == nil {
		return source % partitions
	}
	return int(murmur2(key)&0x7fffffff) % partitions
}

// murmur2 is MurmurHash2 (Austin Appleby) with Kafka's seed. Kafka counts the length as a 32-bit number.
func murmur2(data []byte) uint32 {
	const (
		seed = 0x9747b28c
		m    = 0x5bd1e995
		r    = 24
	)
	h := seed ^ uint32(len(data)) //nolint:gosec // a key is shorter than 2^31 bytes: Kafka's record format says so
	for ; len(data) >= 4; data = data[4:] {
		k := binary.LittleEndian.Uint32(data)
		k *= m
		k ^= k >> r
		k *= m
		h *= m
		h ^= k
	}
	switch len(data) {
	case 3:
		h ^= uint32(data[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(data[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(data[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	h ^= h >> 15
	return h
}
