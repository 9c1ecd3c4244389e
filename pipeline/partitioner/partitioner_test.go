package partitioner

import "testing"

// The answers are those of Apache Kafka's own UtilsTest.testMurmur2 (org.apache.kafka.common.utils).
func TestMurmur2AgreesWithJava(t *testing.T) {
	for _, tc := range []struct {
		key  string
		want int32
	}{
		{"21", -973932308},
		{"foobar", -790332482},
		{"a-little-bit-long-string", -985981536},
		{"a-little-bit-longer-string", -1486304829},
		{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
		{"abc", 479470107},
	} {
		if got := int32(murmur2([]byte(tc.key))); got != tc.want {
			t.Errorf("murmur2(%q) = %d, want %d", tc.key, got, tc.want)
		}
	}
}

func TestOfIsNeverNegative(t *testing.T) {
	for i := range 10_000 {
		key := []byte{byte(i), byte(i >> 8), byte(i * 7)}
		if got := Of(key, 0, 7); got < 0 || got > 6 {
			t.Fatalf("Of(%v, 0, 7) = %d", key, got)
		}
	}
}

func TestANullKeyStays(t *testing.T) {
	if got := Of(nil, 10, 7); got != 3 {
		t.Errorf("Of(nil, 10, 7) = %d, want 3", got)
	}
	if got, null := Of([]byte{}, 10, 7), Of(nil, 10, 7); got == null {
		t.Errorf("an empty key goes where a null one does: %d", got)
	}
}
