package endtoend

import (
	"crypto/x509/pkix"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"voile/internal/bearertest"
	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// What may be in nothing that voile shows, but for names of users.
const (
	linkUser     = "planted-proxy"
	linkPassword = "planted-pAssword-7f3a91"
	linkWrong    = "planted-wr0ng-5c20de"
)

// A linkPlace is one broker with a listener for each way to secure the link, an authorizer, and Vault.
type linkPlace struct {
	*site
	cluster *kafkatest.Cluster
	issuer  *bearertest.Issuer
	ca      *authority
	other   *authority // that the brokers do not trust
}

func newLinkPlace(t *testing.T) *linkPlace {
	t.Helper()
	p := &linkPlace{issuer: bearertest.New(t), ca: newAuthority(t, "voile test authority"), other: newAuthority(t, "another authority")}
	soon := time.Now().Add(time.Hour)
	good := p.ca.server(t, "", soon)
	secured := func(l leaf, more map[string]string) map[string]string {
		out := map[string]string{"ssl.keystore.type": "PEM", "ssl.keystore.location": l.keystore}
		maps.Copy(out, more)
		return out
	}
	login := func(mechanism, module, users string) map[string]string {
		return map[string]string{mechanism + ".sasl.jaas.config": "org.apache.kafka.common.security." + module + " required" + users + ";"}
	}
	logins := login("plain", "plain.PlainLoginModule", ` user_`+linkUser+`="`+linkPassword+`"`)
	maps.Copy(logins, login("scram-sha-256", "scram.ScramLoginModule", ""))
	maps.Copy(logins, login("scram-sha-512", "scram.ScramLoginModule", ""))
	logins["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
	p.cluster = kafkatest.Start(t, append(p.issuer.Listener("BEARER", "SASL_SSL", secured(good, map[string]string{"connections.max.reauth.ms": "4000"})),
		kafkatest.Authorizer(linkUser, bearertest.Subject, "CN=proxy,O=Data"),
		kafkatest.ScramUser("SCRAM-SHA-256", linkUser, linkPassword),
		kafkatest.ScramUser("SCRAM-SHA-512", linkUser, linkPassword),
		kafkatest.Listener("LOGIN", "SASL_SSL", secured(good, logins)),
		kafkatest.Listener("TLS", "SSL", secured(good, nil)),
		kafkatest.Listener("MUTUAL", "SSL", secured(good, map[string]string{"ssl.client.auth": "required",
			"ssl.truststore.type": "PEM", "ssl.truststore.location": p.ca.file})),
		kafkatest.Listener("EXPIRED", "SSL", secured(p.ca.server(t, "", time.Now().Add(-time.Minute)), nil)),
		kafkatest.Listener("ELSEWHERE", "SSL", secured(p.ca.server(t, "kafka.elsewhere.example", soon), nil)))...)
	p.site = newSiteWith(t, p.cluster, vaulttest.Start(t), flowConfig("link", p.cluster.Brokers()))
	for topic, n := range map[string]int{"link.raw": 2, "voile.quarantine": 1} {
		p.cluster.CreateTopic(t, topic, n, nil)
	}
	p.env = append(p.env, "RIGHT="+linkPassword, "WRONG="+linkWrong, "CLIENT_SECRET="+bearertest.ClientSecret)
	return p
}

// configuration is a route of its own over one listener.
func (p *linkPlace) configuration(name, listener, security string) string {
	text := strings.NewReplacer("from: [link.raw]\n    to: link\n", "from: [link.raw]\n    to: "+name+"\n", "name: link", "name: "+name).Replace(flowConfig("link", nil))
	return strings.Replace(text, `kafka: {brokers: [""]}`, fmt.Sprintf("kafka:\n  brokers: [%q]\n%s", p.cluster.BrokersOf(listener)[0], security), 1) +
		"log: {level: debug}\n"
}

// Pieces of kafka sections.
func (p *linkPlace) tls(more string) string { return "  tls: {ca: " + p.ca.file + more + "}\n" }

func (p *linkPlace) certificate(l leaf) string {
	return p.tls(", cert: " + l.certificate + ", key: " + l.key)
}

func (p *linkPlace) login(mechanism, user, variable string) string {
	return fmt.Sprintf("%s  sasl: {mechanism: %s, username: %s, password: \"${%s}\"}\n", p.tls(""), mechanism, user, variable)
}

func (p *linkPlace) token(file string) string {
	return p.tls("") + "  sasl: {mechanism: oauthbearer, token: {file: " + file + "}}\n"
}

func (p *linkPlace) client(url, variable string) string {
	return fmt.Sprintf("%s  sasl: {mechanism: oauthbearer, client_credentials: {token_url: %q, client_id: %s, client_secret: {env: %s}, tls: {ca: %s}}}\n",
		p.tls(""), url, bearertest.ClientID, variable, p.issuer.CA)
}

// place is a folder of a case's own, with its configuration.
func (p *linkPlace) place(t *testing.T, configuration string) *site {
	t.Helper()
	token, err := os.ReadFile(p.path("vault-token"))
	if err != nil {
		t.Fatal(err)
	}
	s := p.beside(t)
	s.dir = t.TempDir()
	s.write(t, "voile.yaml", configuration)
	s.write(t, "vault-token", string(token))
	s.env = append(s.env, "VOILE_CONFIG="+s.path("voile.yaml"), "VAULT_TOKEN_FILE="+s.path("vault-token"))
	return s
}

func (p *linkPlace) clean(t *testing.T, where, text string) {
	t.Helper()
	vaultToken, err := os.ReadFile(p.path("vault-token"))
	if err != nil {
		t.Fatal(err)
	}
	for what, secret := range map[string]string{"the password": linkPassword, "a wrong password": linkWrong, "the client's secret": bearertest.ClientSecret,
		"a bearer token": "eyJ", "the Vault token": string(vaultToken)} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in %s", what, where)
		}
	}
}

// TestLink: the stream flows over every way to secure the link that voile has, and what is wrong with one is said with its
// cure, by `voile check --live` and by `voile run`, soon, and without a secret.
func TestLink(t *testing.T) {
	p := newLinkPlace(t)
	t.Run("flows", p.flows)
	t.Run("refusals", p.refusals)
}

// flows runs a proxy over each way at once. Tokens live for 3 s or 5 s, and the brokers want them shown again every 4 s: the
// stream goes on without a rebalance, or a doubled record.
func (p *linkPlace) flows(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	renewed := p.path("token")
	p.write(t, "token", p.issuer.Token(3*time.Second, nil))
	p.issuer.SetLife(5 * time.Second)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() { // what an agent does
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-tick.C:
				p.write(t, "token.new", p.issuer.Token(3*time.Second, nil))
				if err := os.Rename(p.path("token.new"), renewed); err != nil {
					t.Error(err)
				}
			case <-stop:
				return
			}
		}
	})
	type flow struct {
		name, listener, security string
		*site
		*proxy
		stalls *watch
	}
	flows := []*flow{
		{name: "tls", listener: "TLS", security: p.tls("")},
		{name: "server-name", listener: "ELSEWHERE", security: p.tls(", server_name: kafka.elsewhere.example")},
		{name: "mutual", listener: "MUTUAL", security: p.certificate(p.ca.client(t, pkix.Name{CommonName: "proxy", Organization: []string{"Data"}}, soon))},
		{name: "plain", listener: "LOGIN", security: p.login("plain", linkUser, "RIGHT")},
		{name: "scram-256", listener: "LOGIN", security: p.login("scram-sha-256", linkUser, "RIGHT")},
		{name: "scram-512", listener: "LOGIN", security: p.login("scram-sha-512", linkUser, "RIGHT")},
		{name: "token", listener: "BEARER", security: p.token(renewed)},
		{name: "credentials", listener: "BEARER", security: p.client(p.issuer.URL, "CLIENT_SECRET")},
	}
	source := startStream(t, p.brokers, "link.raw", 2, 200)
	for _, f := range flows {
		p.cluster.CreateTopic(t, f.name, 2, nil)
		f.site = p.place(t, p.configuration(f.name, f.listener, f.security))
		f.proxy = f.site.run(t)
	}
	for _, f := range flows {
		waitFor(t, "records flow over "+f.name, 60*time.Second, func() bool { return f.total("voile_records_total") > 100 })
		f.stalls = watchStalls(f.site)
	}
	time.Sleep(10 * time.Second) // two sessions
	stalls := map[string]time.Duration{}
	for _, f := range flows {
		stalls[f.name] = f.stalls.stop()
	}
	t.Logf("longest stalls: %v", stalls)
	sent := source.stop(t)
	for _, f := range flows {
		awaitAll(t, f.site, "voile-"+f.name, sent, 60*time.Second)
		for _, path := range []string{"/metrics", "/readyz", "/healthz"} {
			_, body := f.get(path)
			p.clean(t, path, body)
		}
		f.proxy.stop(t)
		if doubled := auditSink(t, f.site, f.name, sent); doubled > 0 {
			t.Errorf("%s: %d records are doubled", f.name, doubled)
		}
		log := f.log.String()
		p.clean(t, "the log", log)
		if n := strings.Count(log, `"partitions assigned"`); n != 1 {
			t.Errorf("%s: partitions were assigned %d times, want once:\n%s", f.name, n, log)
		}
		shown, err := f.command("", "config", "show").CombinedOutput()
		if err != nil {
			t.Errorf("voile config show: %v\n%s", err, shown)
		}
		p.clean(t, "voile config show", string(shown))
	}
}

// A linkCase is one thing that is wrong.
type linkCase struct {
	name, listener, security string
	waits                    bool     // run waits for it; else it ends
	want                     []string // of what check --live and run say
}

func (p *linkPlace) refusals(t *testing.T) {
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Minute)
	subject := pkix.Name{CommonName: "proxy", Organization: []string{"Data"}}
	file := func(name, token string) string { p.write(t, name, token); return p.path(name) }
	p.issuer.SetLife(time.Hour)
	p.cluster.CreateTopic(t, "refused", 2, nil)
	cases := []linkCase{
		{name: "wrong password, PLAIN", listener: "LOGIN", security: p.login("plain", linkUser, "WRONG"), want: []string{"wrong user or password", "sasl.password"}},
		{name: "wrong password, SCRAM-256", listener: "LOGIN", security: p.login("scram-sha-256", linkUser, "WRONG"), want: []string{"wrong user or password", "sasl.password"}},
		{name: "unknown user, SCRAM-512", listener: "LOGIN", security: p.login("scram-sha-512", "nobody", "RIGHT"), want: []string{"wrong user or password", "sasl.username"}},
		{name: "a mechanism that is not offered", listener: "BEARER", security: p.login("plain", linkUser, "RIGHT"), want: []string{"does not offer SASL PLAIN", "set sasl.mechanism to oauthbearer"}},
		{name: "a token by another issuer", listener: "BEARER", security: p.token(file("foreign", bearertest.New(t).Token(time.Hour, nil))), want: []string{"refuses the bearer token (invalid_token)", "issuer, audience and key"}},
		{name: "a token that has just expired", listener: "BEARER", security: p.token(file("over", p.issuer.Token(-time.Second, nil))), want: []string{"refuses the bearer token (invalid_token)", "the clocks"}},
		{name: "a token that has long expired", listener: "BEARER", security: p.token(file("long-over", p.issuer.Token(-time.Hour, nil))), waits: true, want: []string{"no bearer token", "has expired at", "have it renewed"}},
		{name: "no token", listener: "BEARER", security: p.token("nowhere"), want: []string{"no bearer token", "nowhere"}},
		{name: "a wrong client secret", listener: "BEARER", security: p.client(p.issuer.URL, "WRONG"), want: []string{"refuses the client (invalid_client)", "client_secret"}},
		{name: "no token endpoint", listener: "BEARER", security: p.client("https://"+freeAddress(t)+"/token", "CLIENT_SECRET"), waits: true, want: []string{"token endpoint cannot be reached", "token_url"}},
		{name: "an expired server certificate", listener: "EXPIRED", security: p.tls(""), want: []string{"certificate has expired at", "renew it"}},
		{name: "a wrong host name", listener: "ELSEWHERE", security: p.tls(""), want: []string{"not for 127.0.0.1, but for kafka.elsewhere.example", "set tls.server_name"}},
		{name: "an unknown authority", listener: "TLS", security: "  tls: true\n", want: []string{"authority that is not trusted", "set tls.ca"}},
		{name: "no client certificate", listener: "MUTUAL", security: p.tls(""), want: []string{"wants a certificate of ours", "set tls.cert and tls.key"}},
		{name: "an expired client certificate", listener: "MUTUAL", security: p.certificate(p.ca.client(t, subject, past)), want: []string{"the broker refuses our certificate", "has not expired"}},
		{name: "a client certificate by another authority", listener: "MUTUAL", security: p.certificate(p.other.client(t, subject, soon)), want: []string{"the broker refuses our certificate", "an authority that the brokers trust"}},
		{name: "no TLS to a listener with it", listener: "TLS", want: []string{"the listener speaks TLS, and we do not", "set kafka.tls"}},
		{name: "TLS to a listener without it", listener: "PLAINTEXT", security: p.tls(""), waits: true, want: []string{"closes the connection", "remove kafka.tls"}},
		{name: "no SASL on a listener with it", listener: "LOGIN", security: p.tls(""), waits: true, want: []string{"the listener may want SASL: set kafka.sasl"}},
		{name: "SASL on a listener without it", listener: "TLS", security: p.login("plain", linkUser, "RIGHT"), want: []string{"ILLEGAL_SASL_STATE", "check sasl and the port"}},
		{name: "a subject without rights", listener: "BEARER", security: p.token(file("poor", p.issuer.Token(time.Hour, map[string]any{"sub": "poor$1"}))),
			want: []string{"may not write it", "--allow-principal 'User:poor$1'", "sasl.oauthbearer.sub.claim.name"}},
	}
	for i := range cases {
		t.Run(cases[i].name, func(t *testing.T) {
			t.Parallel()
			p.refused(t, &cases[i])
		})
	}
	t.Run("a client certificate without rights", func(t *testing.T) {
		t.Parallel()
		p.certificateWithoutRights(t)
	})
}

// refused holds what the check and run say of one case against what is wanted.
func (p *linkPlace) refused(t *testing.T, tc *linkCase) (checked string) {
	t.Helper()
	s := p.place(t, p.configuration("refused", tc.listener, tc.security))
	proxy := s.run(t)
	began := time.Now()
	out, err := s.command("", "check", "--live").CombinedOutput()
	took := time.Since(began)
	checked = strings.Join(strings.Fields(string(out)), " ") // it is wrapped
	if err == nil || took > 20*time.Second {
		t.Errorf("check --live: %v after %s", err, took)
	}
	p.clean(t, "check --live", string(out))
	if tc.waits {
		waitFor(t, "run says what it waits for", 30*time.Second, func() bool {
			code, _ := s.get("/readyz")
			return code == 503 && strings.Contains(proxy.log.String(), "a check at the start failed")
		})
		proxy.stop(t)
	} else if code := proxy.exitCode(t, 30*time.Second); code != 1 {
		t.Errorf("run ends with exit code %d, want 1", code)
	}
	logged := strings.ReplaceAll(proxy.log.String(), `\"`, `"`)
	p.clean(t, "the log", logged)
	for _, want := range tc.want {
		if !strings.Contains(checked, want) {
			t.Errorf("check --live does not say %q:\n%s", want, out)
		}
		if !strings.Contains(want, "principal") && !strings.Contains(want, "claim") && !strings.Contains(logged, want) {
			t.Errorf("run does not say %q:\n%s", want, logged)
		}
	}
	return checked
}

// certificateWithoutRights types the commands that the check prints for a subject which is a trial for every shell.
func (p *linkPlace) certificateWithoutRights(t *testing.T) {
	subject := pkix.Name{CommonName: `it's $HOME; "poor"`, Organization: []string{"Data, Inc."}, SerialNumber: "12"}
	security := p.certificate(p.ca.client(t, subject, time.Now().Add(time.Hour)))
	p.refused(t, &linkCase{listener: "MUTUAL", security: security, want: []string{"may not write it", "ssl.principal.mapping.rules"}})
	s := p.place(t, p.configuration("refused", "MUTUAL", security))
	s.write(t, "admin.properties", "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location="+p.ca.file+
		"\nssl.keystore.type=PEM\nssl.keystore.location="+p.ca.client(t, pkix.Name{CommonName: "proxy", Organization: []string{"Data"}}, time.Now().Add(time.Hour)).keystore+"\n")
	p.cluster.Script(t, s.dir)
	report := (&livePlace{site: s}).check(t)
	var wg sync.WaitGroup
	for _, command := range report.ACLCommands {
		cmd := exec.Command("bash", "-euc", command)
		cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "PATH="+s.dir+":"+os.Getenv("PATH"))
		wg.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", command, err, out)
			}
		})
	}
	wg.Wait()
	if out, err := s.command("", "check", "--live").CombinedOutput(); err != nil {
		t.Errorf("after the commands: %v\n%s", err, out)
	}
}
