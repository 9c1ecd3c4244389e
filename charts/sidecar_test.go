package charts

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/goccy/go-yaml"

	"voile/config"
)

// exampleSidecar is a copy of the example with the chart that it depends on, as helm dependency update makes it.
func exampleSidecar(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, chart := range []string{"voile", "example-sidecar"} {
		if err := os.CopyFS(filepath.Join(dir, chart), os.DirFS(chart)); err != nil {
			t.Fatal(err)
		}
	}
	chart := filepath.Join(dir, "example-sidecar")
	if out, errs, err := helm(t, "dependency", "update", chart); err != nil {
		t.Fatalf("helm dependency update: %v\n%s%s", err, out, errs)
	}
	return chart
}

func member[T any](t *testing.T, o any, path ...any) T {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := o.(object)
			o = m[p]
		case int:
			l, _ := o.([]any)
			if p >= len(l) {
				t.Fatalf("%v: %d entries", path, len(l))
			}
			o = l[p]
		}
	}
	v, ok := o.(T)
	if !ok {
		t.Fatalf("%v is %v", path, o)
	}
	return v
}

// TestSidecar: the example's pod has voile as a native sidecar, the same container as the Deployment's, with its volumes,
// its configuration, and time to end after the application.
func TestSidecar(t *testing.T) {
	chart := exampleSidecar(t)
	if out, errs, err := helm(t, "lint", "--strict", chart); err != nil {
		t.Errorf("helm lint --strict: %v\n%s%s", err, out, errs)
	}
	objects := render(t, chart)
	text := configuration(t, objects)
	if _, err := config.Parse("voile.yaml", []byte(text), environment); err != nil {
		t.Errorf("voile check: %v\n%s", err, text)
	}
	if len(objects) != 3 {
		t.Errorf("%d objects, want the shop's Deployment and ServiceAccount, and voile's ConfigMap", len(objects))
	}
	pod := member[object](t, one(t, objects, "Deployment"), "spec", "template", "spec")
	sidecar := member[object](t, pod, "initContainers", 0)
	if sidecar["restartPolicy"] != "Always" {
		t.Errorf("restartPolicy is %v, want Always", sidecar["restartPolicy"])
	}
	if got := member[uint64](t, pod, "terminationGracePeriodSeconds"); got != 50 {
		t.Errorf("terminationGracePeriodSeconds is %d, want the shop's 30 and voile's 20", got)
	}
	member[string](t, one(t, objects, "Deployment"), "spec", "template", "metadata", "annotations", "checksum/voile-config")

	// The chart's own Deployment under the same values has the same container and volumes.
	own := member[object](t, one(t, render(t, filepath.Join(chart, "../voile"), "-f", ownValues(t, chart)), "Deployment"), "spec", "template", "spec")
	delete(sidecar, "restartPolicy")
	if want := member[object](t, own, "containers", 0); !reflect.DeepEqual(sidecar, want) {
		t.Errorf("the sidecar is\n%v\nand the Deployment's container\n%v", sidecar, want)
	}
	if !reflect.DeepEqual(pod["volumes"], own["volumes"]) {
		t.Errorf("the volumes are\n%v\nand the Deployment's\n%v", pod["volumes"], own["volumes"])
	}
}

// ownValues writes what the example gives to the chart voile as values for that chart alone.
func ownValues(t *testing.T, chart string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var values object
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	own := member[object](t, values, "voile")
	own["mode"], own["fullnameOverride"] = "deployment", "voile"
	out, err := yaml.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
