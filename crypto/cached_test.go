package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"voile/crypto/tokencache"
)

// newCache is one that ends with the test.
func newCache(t testing.TB, size int64) *tokencache.Cache {
	t.Helper()
	c := tokencache.New(size)
	c.Eager()
	t.Cleanup(c.Close)
	return c
}

// thrice makes a value's token three times, the last of which comes from the cache where the value may be kept.
func thrice(t testing.TB, d *Domain, value string) [3]string {
	t.Helper()
	return [3]string{token(t, d, value), token(t, d, value), token(t, d, value)}
}

func same(tok string) [3]string { return [3]string{tok, tok, tok} }

// The frozen tokens of every normalizer, and every trap of padding: with the cache as without.
func TestCachedTokenIsTheToken(t *testing.T) {
	cache := newCache(t, 4<<20)
	for name, f := range loadVectors(t) {
		p := Params(f.Params)
		if p.Method != Tokenize {
			continue
		}
		d := bareDomain(t, p, f.handle(t))
		d.head = []byte(p.Method.version() + "." + p.Domain + ".")
		cached := d.Cached(cache)
		for _, v := range f.Vectors {
			if got := thrice(t, cached, v.Normalized); got != same(v.Token) {
				t.Errorf("%s: tokens of %.40q are %.80s, want thrice %.80s", name, v.Normalized, got, v.Token)
			}
			if got, err := cached.Reveal([]byte(v.Token)); err != nil || string(got) != v.Normalized {
				t.Errorf("%s: Reveal = %.40q, %v, want %.40q", name, got, err, v.Normalized)
			}
		}
	}
	d := newDomain(t, "customer-email", Tokenize)
	cached := d.Cached(cache)
	before := cache.Stats()
	for _, v := range values() {
		want := token(t, d, v)
		if got := thrice(t, cached, v); got != same(want) {
			t.Errorf("%d bytes: tokens are %.80s, want thrice %.80s", len(v), got, want)
		}
		if own, foreign := cached.Recognize([]byte(want)); !own || foreign {
			t.Errorf("%d bytes: Recognize = %v, %v, want true, false", len(v), own, foreign)
		}
	}
	kept := 0
	for _, v := range values() {
		if blockSize(len(v)) <= tokencache.MaxKey {
			kept++
		}
	}
	if got := cache.Stats().Hits - before.Hits; got != uint64(kept) {
		t.Errorf("%d tokens came from the cache, want %d: each value that is not too long, once", got, kept)
	}
}

func TestOnlyTokenizeIsCached(t *testing.T) {
	cache := newCache(t, 1<<20)
	for _, m := range Methods() {
		d := newDomain(t, "d", m)
		if cached := d.Cached(cache); (cached == d) != (m != Tokenize) {
			t.Errorf("%s: the domain itself %v", m, cached == d)
		}
		if d.Cached(nil) != d {
			t.Errorf("%s: another domain without a cache", m)
		}
	}
	d := newDomain(t, "d", Encrypt).Cached(cache)
	if got := thrice(t, d, "a"); got[0] == got[1] || got[1] == got[2] {
		t.Error("encrypt: a token came twice")
	}
	if cache.Stats() != (tokencache.Stats{Misses: 0}) {
		t.Errorf("%+v: somebody asked the cache", cache.Stats())
	}
}

// Domains under one cache, even of one keyset, never give each other's tokens.
func TestCachedDomainsAreApart(t *testing.T) {
	cache := newCache(t, 1<<20)
	h := mustKeyset(t, Tokenize)
	var plain, cached []*Domain
	for i := range 20 {
		d, err := NewDomain(newParams(t, fmt.Sprintf("domain-%d", i), Tokenize), h)
		if err != nil {
			t.Fatal(err)
		}
		plain, cached = append(plain, d), append(cached, d.Cached(cache))
	}
	for i := range plain {
		for _, v := range []string{"a", "marie.durand@example.fr"} {
			if got, want := thrice(t, cached[i], v), token(t, plain[i], v); got != same(want) {
				t.Errorf("domain %d: tokens are %s, want thrice %s", i, got, want)
			}
		}
	}
}

// A keyset that was rotated and read again gives tokens of its new primary key at once, while the former still gives its own.
func TestCacheKnowsRotation(t *testing.T) {
	cache := newCache(t, 1<<20)
	p, h := newParams(t, "customer-id", Tokenize), mustKeyset(t, Tokenize)
	open := func(h *keyset.Handle) *Domain {
		t.Helper()
		d, err := NewDomain(p, h)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	before := open(h).Cached(cache)
	old := token(t, open(h), "4711")
	if got := thrice(t, before, "4711"); got != same(old) {
		t.Fatalf("before: %s, want thrice %s", got, old)
	}
	rotated, id := withNewPrimary(t, h, Tokenize)
	after, fresh := open(rotated).Cached(cache), token(t, open(rotated), "4711")
	if got := thrice(t, after, "4711"); got != same(fresh) || fresh == old {
		t.Errorf("after: %s, want thrice %s", got, fresh)
	}
	if info, _ := ParseToken([]byte(fresh)); info.KeyID != id {
		t.Errorf("made under key %d, want %d", info.KeyID, id)
	}
	if got := token(t, before, "4711"); got != old {
		t.Errorf("the former keyset gives %s, want %s", got, old)
	}
	each, err := after.UnderEachKey()
	if err != nil || len(each) != 2 {
		t.Fatalf("UnderEachKey: %d, %v", len(each), err)
	}
	if got := thrice(t, each[1], "4711"); got != same(old) {
		t.Errorf("under the former key: %s, want thrice %s", got, old)
	}
}

func TestClosedCacheChangesNothing(t *testing.T) {
	cache := tokencache.New(1 << 20)
	cache.Eager()
	d := newDomain(t, "d", Tokenize)
	cached, want := d.Cached(cache), token(t, d, "a")
	if got := thrice(t, cached, "a"); got != same(want) {
		t.Fatal("not the token")
	}
	cache.Close()
	if got := thrice(t, cached, "a"); got != same(want) {
		t.Errorf("after the end of the cache: %s, want thrice %s", got, want)
	}
	if hits := cache.Stats().Hits; hits != 1 {
		t.Errorf("%d hits, want 1: that before the end", hits)
	}
}

func TestCachedIsSafeForConcurrentUse(t *testing.T) {
	cache := tokencache.New(tokencache.MinSize)
	cache.Eager()
	d := newDomain(t, "d", Tokenize)
	cached := d.Cached(cache)
	want := map[string]string{}
	for i := range 400 {
		v := strings.Repeat("x", i%100) + fmt.Sprint(i)
		want[v] = token(t, d, v)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				for v, w := range want {
					if got, err := cached.AppendToken(nil, []byte(v)); err != nil || string(got) != w {
						t.Errorf("%.80s, %v, want %.80s", got, err, w)
					}
				}
			}
		})
	}
	wg.Wait()
	if s := cache.Stats(); s.Hits == 0 || s.Evictions == 0 {
		t.Errorf("%+v: too little happened", s)
	}
	cache.Close()
}

func TestAllocationsOfCached(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool drop at random")
	}
	for _, n := range []int{5, 23, tokencache.MaxKey - 1, tokencache.MaxKey, 5000} {
		d := newDomain(t, "customer-email", Tokenize)
		value, dst := []byte(strings.Repeat("m", n)), make([]byte, 0, 16<<10)
		cached := d.Cached(newCache(t, 1<<20))
		thrice(t, cached, string(value))
		seal, _ := tinkAlone(t, d, value)
		want := testing.AllocsPerRun(200, seal)
		if blockSize(n) <= tokencache.MaxKey {
			want = 0
		}
		got := testing.AllocsPerRun(200, func() {
			if _, err := cached.AppendToken(dst, value); err != nil {
				t.Error(err)
			}
		})
		if got != want {
			t.Errorf("%d bytes: %v allocations, want %v", n, got, want)
		}
	}
}

// A scratch that a token from the cache went through is overwritten as ever, and never grew out of memory with the value in it.
func TestScratchOfCachedIsOverwritten(t *testing.T) {
	const secret = "marie.durand@example.fr"
	d := newDomain(t, "d", Tokenize).Cached(newCache(t, 1<<20))
	var made []*scratch
	d.pool.New = func() any {
		made = append(made, new(scratch))
		return made[len(made)-1]
	}
	thrice(t, d, secret)
	used := 0
	for _, s := range made {
		used += cap(s.work)
		if work := s.work[:cap(s.work)]; bytes.Contains(work, []byte(secret[:8])) {
			t.Error("the pool keeps a value")
		}
	}
	if used == 0 {
		t.Error("no scratch was used")
	}
}

// For any values, in any order and as often as they come: the token with the cache is the token without, and reveals the
// value.
func FuzzCachedTokenIsTheToken(f *testing.F) {
	f.Add("a a b a b b a", byte(1))
	f.Add("  \x80 \x80\x00 \x00", byte(0))
	f.Add(strings.Repeat("x", 127)+" "+strings.Repeat("x", 128), byte(3))
	d := newDomain(f, "d", Tokenize)
	cached := d.Cached(newCache(f, tokencache.MinSize))
	f.Fuzz(func(t *testing.T, text string, times byte) {
		for range times%3 + 1 {
			for v := range strings.SplitSeq(text, " ") {
				want, err := d.AppendToken(nil, []byte(v))
				got, errCached := cached.AppendToken(nil, []byte(v))
				if !errors.Is(errCached, err) || !bytes.Equal(got, want) {
					t.Fatalf("%q: %s, %v, want %s, %v", v, got, errCached, want, err)
				}
				if revealed, err := cached.Reveal(got); err != nil || string(revealed) != v {
					t.Fatalf("%q: revealed as %q, %v", v, revealed, err)
				}
			}
		}
	})
}
