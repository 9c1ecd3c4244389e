package embedded_test

import (
	"encoding/base64"
	"testing"

	"voile/pipeline/embedded"
)

const (
	benchJSON = `{"schema":"iglu:com.shop/user/jsonschema/1-0-0","data":{"email":"ana.petit@example.org","tier":3,"tags":["a","b"]}}`
	benchForm = "email=ana.petit%40example.org&step=2&utm_source=mail"
	benchURL  = "https://shop.example/panier/42?" + benchForm + "#top"
)

// BenchmarkGuess is what the guard pays for each text, most of which are no format.
func BenchmarkGuess(b *testing.B) {
	for _, bc := range []struct{ name, text, want string }{
		{"word", "Order Completed", ""}, {"agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)", ""}, {"address", "https://shop.example/panier/42", ""},
		{"json", benchJSON, "json"}, {"base64", base64.StdEncoding.EncodeToString([]byte(benchJSON)), "base64"},
		{"url", benchURL, "url"}, {"form", benchForm, "form"},
	} {
		b.Run("text="+bc.name, func(b *testing.B) {
			text := []byte(bc.text)
			if chain := embedded.Guess(text); len(chain) == 0 && bc.want != "" || len(chain) > 0 && chain[0] != bc.want {
				b.Fatalf("%v, want %s", chain, bc.want)
			}
			b.ReportAllocs()
			for b.Loop() {
				embedded.Guess(text)
			}
		})
	}
}

// BenchmarkDecode is what it costs to take a text apart: to decode and encode base64, to find a part in a URL and a form.
func BenchmarkDecode(b *testing.B) {
	for _, decoder := range []string{embedded.Base64, embedded.Base64URL} {
		b.Run("decoder="+decoder, func(b *testing.B) {
			c, text := embedded.NewCodec(decoder), []byte(base64.RawURLEncoding.EncodeToString([]byte(benchJSON)))
			plain, again := make([]byte, 0, 200), make([]byte, 0, 200)
			b.ReportAllocs()
			for b.Loop() {
				out, padded, ok := c.Decode(plain, text)
				if !ok {
					b.Fatal("it is not understood")
				}
				c.Encode(again, out, padded)
			}
		})
	}
	for _, bc := range []struct{ decoder, part, text string }{
		{embedded.URL, "query.email", benchURL}, {embedded.URL, "query.*", benchURL}, {embedded.URL, "path", benchURL}, {embedded.URL, "path.1", benchURL},
		{embedded.URL, "fragment", benchURL}, {embedded.URL, "userinfo", "https://ana:x@shop.example/"}, {embedded.Form, "email", benchForm},
	} {
		b.Run("decoder="+bc.decoder+"/part="+bc.part, func(b *testing.B) {
			part, err := embedded.ParsePart(bc.decoder, bc.part)
			if err != nil {
				b.Fatal(err)
			}
			l, text, room := embedded.NewLocator(bc.decoder, []embedded.Part{part}), []byte(bc.text), make([]embedded.Place, 0, 8)
			b.ReportAllocs()
			for b.Loop() {
				if len(l.Locate(room, text)) == 0 {
					b.Fatal("the part is not found")
				}
			}
		})
	}
}
