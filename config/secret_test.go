package config_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"voile/config"
)

const withSecrets = `
kafka:
  brokers: [localhost:9092]
  sasl: {mechanism: plain, username: voile, password: "${KAFKA_PASSWORD}"}
vault:
  address: http://127.0.0.1:8200
  auth: {approle: {role_id: voile, secret_id: "${KAFKA_PASSWORD}"}}
routes:
  - {name: web, from: [a], to: b, fields: [{path: $.a, redact: true}]}
`

// No printer, encoder or logger shows what a configuration keeps secret.
func TestSecretsNeverPrint(t *testing.T) {
	c, err := config.Parse("voile.yaml", []byte(withSecrets), env)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := c.Kafka.SASL.Password.Read(); err != nil || text != "password-"+planted {
		t.Fatalf("the secret itself: have %q, %v", text, err)
	}
	var out bytes.Buffer
	type hiding struct{ secret config.Secret } // fmt calls no method of what is not exported
	for _, v := range []any{
		c, *c, c.Kafka, c.Kafka.SASL, *c.Kafka.SASL, c.Kafka.SASL.Password, &c.Kafka.SASL.Password, c.Vault.Auth, *c.Vault.Auth.AppRole,
		hiding{c.Kafka.SASL.Password}, []any{c.Kafka.SASL.Password}, map[string]config.Secret{"a": c.Kafka.SASL.Password},
	} {
		for _, verb := range strings.Split("v +v #v s q x X d t b o O c U e g p 20v -5.3s", " ") {
			fmt.Fprintf(&out, "%"+verb+"\n", v)
		}
		for name, marshal := range map[string]func(any) ([]byte, error){"json": json.Marshal, "yaml": yaml.Marshal, "xml": xml.Marshal} {
			text, err := marshal(v)
			fmt.Fprintf(&out, "%s %s %v\n", name, text, err)
		}
		fmt.Fprintln(&out, gob.NewEncoder(&out).Encode(v))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("slog", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("slog", "v", v)
		for _, encoder := range []zapcore.Encoder{
			zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.NewConsoleEncoder(zap.NewDevelopmentEncoderConfig()),
		} {
			log := zap.New(zapcore.NewCore(encoder, zapcore.AddSync(&out), zap.DebugLevel))
			log.Info("zap", zap.Any("v", v), zap.Reflect("r", v))
			log.Sugar().Infof("%+v", v)
		}
	}
	shown, err := c.Show()
	out.Write(shown)
	if err != nil || strings.Contains(out.String(), planted) {
		t.Errorf("a secret shows (%v)", err)
	}
	if n := strings.Count(out.String(), "[secret]"); n < 200 {
		t.Errorf("[secret] shows %d times: the secrets were not printed at all", n)
	}
}

func TestSecretRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, test := range []struct{ name, source, want, wrong string }{
		{"a file with a line end", "{file: " + write("a", "hvs.token-"+planted+"\r\n") + "}", "hvs.token-" + planted, ""},
		{"a file with spaces", "{file: " + write("b", " a b ") + "}", " a b ", ""},
		{"an empty file", "{file: " + write("c", "\n") + "}", "", "is empty"},
		{"a large file", "{file: " + write("d", strings.Repeat(planted, 10_000)) + "}", "", "larger than"},
		{"no file", "{file: " + filepath.Join(dir, "none") + "}", "", "no such file"},
		{"a variable", "{env: KAFKA_PASSWORD}", "password-" + planted, ""},
		{"an empty variable", "{env: EMPTY}", "", "EMPTY is not set"},
		{"no variable", "{env: NONE}", "", "NONE is not set"},
	} {
		text := strings.Replace(withSecrets, `{approle: {role_id: voile, secret_id: "${KAFKA_PASSWORD}"}}`, "{token: "+test.source+"}", 1)
		c, err := config.Parse("voile.yaml", []byte(text), env)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		have, err := c.Vault.Auth.Token.Read()
		if have != test.want || (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s: have %q, %v; want %q, %q", test.name, have, err, test.want, test.wrong)
		}
		if err != nil && strings.Contains(err.Error(), planted) {
			t.Errorf("%s: the secret shows", test.name)
		}
	}
	if _, err := (config.Secret{}).Read(); err == nil || (config.Secret{}).IsSet() {
		t.Error("a secret that is not configured was read")
	}
}

// A file that is replaced counts from the next reading on.
func TestSecretFileIsReadAnew(t *testing.T) {
	name := filepath.Join(t.TempDir(), "token")
	text := strings.Replace(withSecrets, `{approle: {role_id: voile, secret_id: "${KAFKA_PASSWORD}"}}`, "{token: {file: "+name+"}}", 1)
	c, err := config.Parse("voile.yaml", []byte(text), env)
	if err != nil {
		t.Fatalf("the file is not there yet, which must not matter: %v", err)
	}
	for _, want := range []string{"one", "two"} {
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		if have, err := c.Vault.Auth.Token.Read(); err != nil || have != want {
			t.Errorf("have %q, %v; want %q", have, err, want)
		}
	}
}
