package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"voile/crypto"
)

// After a rotation a value has two tokens, and both are those of the frozen files.
func TestTokensAfterRotation(t *testing.T) {
	inBase64 := func(tokens ...string) (texts []string) {
		for _, token := range tokens {
			for _, text := range insideBase64([]byte(token)) {
				texts = append(texts, string(text))
			}
		}
		return texts
	}
	for _, name := range []string{"hash-phone-1", "hash-text-1", "tokenize-email-1", "hash-trimmed-1"} {
		text, err := os.ReadFile("../../crypto/testdata/vectors/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Params struct {
				Domain, Method, Normalizer, Region string
			}
			Keyset  json.RawMessage
			Vectors []struct {
				Value      string
				Understood bool
				Token      string
				OldToken   string `json:"old_token"`
			}
		}
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(file.Keyset)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := crypto.NewParams(file.Params.Domain, crypto.Method(file.Params.Method), file.Params.Normalizer, file.Params.Region)
		if err != nil {
			t.Fatal(err)
		}
		domain, err := crypto.NewDomain(p, handle)
		if err != nil {
			t.Fatal(err)
		}
		var in, want, wantJSON, wantBase64 strings.Builder
		line, odd := 0, 0
		for _, v := range file.Vectors {
			if v.Value == "" || strings.ContainsAny(v.Value, "\r\n") {
				continue // not to be written as a line
			}
			line++
			if !v.Understood {
				odd++
			}
			fmt.Fprintln(&in, v.Value)
			fmt.Fprintf(&want, "%s\n%s\n", v.Token, v.OldToken)
			fmt.Fprintln(&wantBase64, strings.Join(append([]string{v.Token, v.OldToken}, inBase64(v.Token, v.OldToken)...), "\n"))
			fmt.Fprintf(&wantJSON, `{"line":%d,"understood":%v,"tokens":["%s","%s"]}`+"\n", line, v.Understood, v.Token, v.OldToken)
		}
		if line < 10 {
			t.Fatalf("%s: %d values to try, want at least 10", name, line)
		}
		for _, tt := range []struct {
			asJSON, base64 bool
			want           string
		}{{want: want.String()}, {asJSON: true, want: wantJSON.String()}, {base64: true, want: wantBase64.String()}} {
			var out bytes.Buffer
			f, err := newTokenFinder(domain, &out, tt.asJSON, tt.base64)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.run(t.Context(), strings.NewReader(in.String()), io.Discard); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if out.String() != tt.want {
				t.Errorf("%s, JSON %v, base64 %v: got\n%s\nwant\n%s", name, tt.asJSON, tt.base64, out.String(), tt.want)
			}
			if f.values != line || f.odd != odd {
				t.Errorf("%s: %d values, %d not understood, want %d and %d", name, f.values, f.odd, line, odd)
			}
		}
	}
}

// A signal ends the reading, and what was there is printed and counted.
func TestTokensInterrupted(t *testing.T) {
	p, err := crypto.NewParams("customer-id", crypto.Hash, "text", "")
	if err != nil {
		t.Fatal(err)
	}
	domain, err := crypto.NewEphemeralDomain(p)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	f, err := newTokenFinder(domain, &out, false, false)
	if err != nil {
		t.Fatal(err)
	}
	in, write := io.Pipe()
	defer write.Close() //nolint:errcheck // a pipe in memory
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		fmt.Fprintln(write, "4711")
		fmt.Fprint(write, "47") // returns when the line before has been dealt with
		interrupt()
	}()
	if err := f.run(ctx, in, io.Discard); !errors.Is(err, errInterrupted) {
		t.Errorf("run: %v, want interrupted", err)
	}
	if got := strings.Count(out.String(), "\n"); got != 1 || f.values != 1 {
		t.Errorf("%d tokens printed, %d values counted, want 1 and 1", got, f.values)
	}
}
