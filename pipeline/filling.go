package pipeline

// maxLoad is how many bytes of records go into one load, if it is not a single record: what is sent uncompressed to one
// partition then is a batch below the brokers' default max.message.bytes of 1,048,588.
const maxLoad = 1<<20 - 8<<10

// A filling says how much goes into the loads of one chunk, so that they are of about the same size: a full one and a small one
// cost as many requests as two of half the size, and more memory.
type filling struct {
	growth float64 // bytes of loads for one byte of a chunk, as the last one was; at the beginning an estimate
	room   int     // that a load of the chunk in hand is given at once
	limit  int     // of a load of the chunk in hand
	loaded int     // of the chunk in hand
}

// begin begins a chunk of so many bytes.
func (f *filling) begin(bytes int) {
	expected := int(f.growth*float64(bytes)) + bytes/16
	f.room, f.limit, f.loaded = expected, maxLoad, 0
	if loads := (expected + maxLoad - 1) / maxLoad; loads > 1 {
		f.limit = expected / loads
		f.room = f.limit
	}
}

// end ends it.
func (f *filling) end(bytes int) {
	if bytes > 0 && f.loaded > 0 {
		f.growth = float64(f.loaded) / float64(bytes)
	}
}
