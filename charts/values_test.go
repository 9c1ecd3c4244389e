package charts

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const minimal = "voile/ci/minimal-values.yaml"

// TestWrongValuesAreRefused: what is wrong is found by the schema, before anything is rendered, and named.
func TestWrongValuesAreRefused(t *testing.T) {
	for _, tc := range []struct{ name, set, want string }{
		{"unknown value", "replica=3", "additional properties 'replica' not allowed"},
		{"unknown value inside", "image.repo=x", "additional properties 'repo' not allowed"},
		{"unknown setting", "config.kafka.broker=x", "additional properties 'broker' not allowed"},
		{"unknown method", "config.domains.customer-email.method=tokenise", "'/config/domains/customer-email/method'"},
		{"missing section", "config.kafka=null", "'/config/kafka': got null, want object"},
		{"wrong type", "replicas=many", "'/replicas': got string, want integer"},
		{"short-lived token", "serviceAccount.token.expirationSeconds=60", "minimum: got 60, want 600"},
		{"tag in the repository", "image.repository=a/b@sha256:0", "'/image/repository'"},
		{"wrong digest", "image.digest=sha256:1", "'/image/digest'"},
		{"wrong mode", "mode=daemonset", "'/mode'"},
		{"folder of the configuration", "existingSecrets.files./etc/voile/config.secret=x", "invalid propertyName '/etc/voile/config'"},
		{"a limit that is true", "config.routes[0].quarantine_limit=true", "'/config/routes/0/quarantine_limit'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := refusal(t, "-f", minimal, "--set", tc.set); !strings.Contains(got, tc.want) {
				t.Errorf("--set %s: Helm says\n%s\nwant a message with %q", tc.set, got, tc.want)
			}
		})
	}
}

// TestNothingSet: an installation without a value says what is missing.
func TestNothingSet(t *testing.T) {
	if got := refusal(t); !strings.Contains(got, "at '/config': missing properties 'kafka', 'vault', 'routes'") {
		t.Errorf("Helm says\n%s\nwant the sections that are missing", got)
	}
}

// TestSecretsStayOutOfTheConfigMap: a secret in the configuration itself is refused, and one that reaches the pod by
// another way is in no ConfigMap.
func TestSecretsStayOutOfTheConfigMap(t *testing.T) {
	const planted = "planted-pAssword-7f3a91"
	for _, set := range []string{
		"config.kafka.sasl.password=" + planted,
		"config.vault.auth.token=" + planted,
		"config.vault.auth.approle.secret_id=" + planted,
	} {
		setting, _, _ := strings.Cut(set, "=")
		place := "'/" + strings.ReplaceAll(setting, ".", "/") + "'"
		got := refusal(t, "-f", "voile/ci/full-values.yaml", "--set", set)
		if !strings.Contains(got, "at "+place+": value must be '${NAME}") || strings.Contains(got, planted) {
			t.Errorf("--set %s: Helm says\n%s\nwant a refusal at %s that says what to write, without what it holds", set, got, place)
		}
	}
	for _, address := range []string{"https://voile:" + planted + "@vault.vault", "https://voile:" + planted + "@vault.vault:8200", "https://" + planted + "@vault.vault/x"} {
		got := refusal(t, "-f", "voile/ci/full-values.yaml", "--set", "config.vault.address="+address)
		if !strings.Contains(got, "config.vault.address") || strings.Contains(got, planted) {
			t.Errorf("an address with a password: Helm says\n%s\nwant a refusal without it", got)
		}
	}
	objects := render(t, "voile", "-f", "voile/ci/full-values.yaml", "--set", "extraEnv[0].name=PLANTED", "--set", "extraEnv[0].value="+planted)
	inPod := false
	for _, o := range objects {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		switch has := strings.Contains(string(text), planted); o["kind"] {
		case "Deployment":
			inPod = has
		case "Secret":
			t.Error("the chart makes a Secret")
		default:
			if has {
				t.Errorf("the planted secret is in a %s", o["kind"])
			}
		}
	}
	if !inPod {
		t.Error("the planted secret is not even in the pod: the test shows nothing")
	}
}

// TestConfigurationRollsThePods: another configuration is another annotation of the pods, and nothing else is.
func TestConfigurationRollsThePods(t *testing.T) {
	checksum := func(args ...string) string {
		t.Helper()
		deployment := one(t, render(t, "voile", append([]string{"-f", minimal}, args...)...), "Deployment")
		template := deployment["spec"].(object)["template"].(object)
		sum, _ := template["metadata"].(object)["annotations"].(object)["checksum/voile-config"].(string)
		if len(sum) != 64 {
			t.Fatalf("checksum %q, want 64 hexadecimal digits", sum)
		}
		return sum
	}
	before := checksum()
	if checksum("--set", "config.log.level=debug") == before {
		t.Error("another configuration has the same checksum")
	}
	if checksum("--set", "replicas=7") != before {
		t.Error("the number of pods changes the checksum of the configuration")
	}
}

// TestEveryValueHasItsDefault: what the schema has is in values.yaml, where people look for it. (That the schema has what
// is in values.yaml shows in every rendering, because it refuses what it does not have.)
func TestEveryValueHasItsDefault(t *testing.T) {
	out, errs, err := helm(t, "show", "values", "voile")
	if err != nil {
		t.Fatalf("helm show values: %v\n%s", err, errs)
	}
	var values, schema object
	if err := yaml.Unmarshal([]byte(out), &values); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("voile/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	optional := []string{"global", "resources.claims"}
	var compare func(in string, schema, values object)
	compare = func(in string, schema, values object) {
		properties, _ := schema["properties"].(object)
		for name, s := range properties {
			path := strings.TrimPrefix(in+"."+name, ".")
			v, ok := values[name]
			if inside, is := v.(object); is && path != "config" {
				compare(path, s.(object), inside)
			} else if !ok && !slices.Contains(optional, path) {
				t.Errorf("values.yaml does not have %s", path)
			}
		}
	}
	compare("", schema, values)
}

// TestMonitoringIsTheFiles: the PrometheusRule holds the alerts of files/alerts.yaml, and the ConfigMap for Grafana
// files/dashboard.json. Helm leaves the templates in them alone.
func TestMonitoringIsTheFiles(t *testing.T) {
	objects := render(t, "voile", "-f", minimal, "--api-versions", "monitoring.coreos.com/v1",
		"--set", "monitoring.rules.enabled=true", "--set", "monitoring.rules.labels.release=prometheus")
	text, err := os.ReadFile("voile/files/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want object
	if err := yaml.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	rule := one(t, objects, "PrometheusRule")
	if !reflect.DeepEqual(rule["spec"], any(want)) {
		t.Errorf("spec is\n%v\nwant\n%v", rule["spec"], want)
	}
	if got := member[string](t, rule, "metadata", "labels", "release"); got != "prometheus" {
		t.Errorf("label release is %q", got)
	}

	objects = render(t, "voile", "-f", minimal, "--set", "monitoring.dashboard.enabled=true", "--show-only", "templates/dashboard.yaml")
	dashboard := one(t, objects, "ConfigMap")
	text, err = os.ReadFile("voile/files/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := member[string](t, dashboard, "data", "voile.json"); strings.TrimSpace(got) != strings.TrimSpace(string(text)) {
		t.Errorf("the dashboard in the ConfigMap is not the file:\n%.300s", got)
	}
	if got := member[string](t, dashboard, "metadata", "labels", "grafana_dashboard"); got != "1" {
		t.Errorf("label grafana_dashboard is %q", got)
	}
}
