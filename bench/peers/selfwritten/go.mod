module voile/bench/peers/selfwritten

go 1.26.4

require (
	github.com/segmentio/kafka-go v0.4.51
	github.com/tink-crypto/tink-go/v2 v2.9.0
)

require (
	github.com/klauspost/compress v1.15.9 // indirect
	github.com/pierrec/lz4/v4 v4.1.15 // indirect
	google.golang.org/protobuf v1.36.11 // indirect
)
