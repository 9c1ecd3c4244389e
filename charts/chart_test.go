package charts

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// helm runs Helm and returns both of its streams apart.
func helm(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	program := os.Getenv("VOILE_HELM")
	if program == "" {
		t.Skip("SKIPPED without Helm: make test-chart builds it and runs this")
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	err = cmd.Run()
	return out.String(), errs.String(), err
}

type object = map[string]any

// render gives what a chart renders under the values of some files and more flags, one object a document.
func render(t *testing.T, chart string, args ...string) []object {
	t.Helper()
	out, errs, err := helm(t, template(chart, args...)...)
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, errs)
	}
	var objects []object
	for _, text := range strings.Split("\n"+out, "\n---\n") {
		var o object
		if err := yaml.Unmarshal([]byte(text), &o); err != nil {
			t.Fatalf("what is rendered is no YAML: %v\n%s", err, text)
		}
		if o != nil {
			objects = append(objects, o)
		}
	}
	return objects
}

// template is the command line of a rendering. A Helm that was built without its makefile takes itself for one of
// Kubernetes 1.20.
func template(chart string, args ...string) []string {
	return append([]string{"template", "voile", chart, "--namespace", "privacy", "--kube-version", "1.34"}, args...)
}

// refusal is what Helm says to values that are refused.
func refusal(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, err := helm(t, template("voile", args...)...)
	if err == nil {
		t.Fatalf("helm template accepts the values:\n%s", out)
	}
	return errs
}

// one finds the only object of a kind.
func one(t *testing.T, objects []object, kind string) object {
	t.Helper()
	var found []object
	for _, o := range objects {
		if o["kind"] == kind {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects of kind %s, want 1", len(found), kind)
	}
	return found[0]
}

// configuration is the voile.yaml of the ConfigMap.
func configuration(t *testing.T, objects []object) string {
	t.Helper()
	text, _ := one(t, objects, "ConfigMap")["data"].(object)["voile.yaml"].(string)
	if text == "" {
		t.Fatal("the ConfigMap has no voile.yaml")
	}
	return text
}

// valueFiles are the value files that the chart is proven with.
func valueFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("voile/ci/*-values.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("value files in voile/ci: %v, %v, want at least 3", files, err)
	}
	return files
}

func TestLint(t *testing.T) {
	for _, file := range valueFiles(t) {
		if out, errs, err := helm(t, "lint", "--strict", "voile", "-f", file); err != nil {
			t.Errorf("helm lint --strict -f %s: %v\n%s%s", file, err, out, errs)
		}
	}
}

// TestUnits runs the suites of voile/tests.
func TestUnits(t *testing.T) {
	program := os.Getenv("VOILE_HELM_UNITTEST")
	if program == "" {
		t.Skip("SKIPPED without helm-unittest: make test-chart builds it and runs this")
	}
	out, err := exec.Command(program, "--strict", "voile").CombinedOutput()
	if err != nil {
		t.Errorf("helm-unittest: %v\n%s", err, out)
	}
	if !regexp.MustCompile(`Tests: +[1-9][0-9]* passed`).Match(out) {
		t.Errorf("helm-unittest found nothing to test:\n%s", out)
	}
}
