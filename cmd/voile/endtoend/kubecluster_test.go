package endtoend

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voile/internal/repo"
)

// A kubeCluster is a real Kubernetes control plane on loopback, and a namespace in it that takes only pods which meet the
// Pod Security Standard "restricted". kwok plays its nodes, so that pods become ready and no container runs.
type kubeCluster struct {
	dir       string // VOILE_TEST_KUBE: programs, certificates, admin.kubeconfig
	namespace string
	env       []string
}

// startKube starts the control plane with ../shared/kube/up.sh, and ends it with the test unless it ran before. Programs
// that are missing are built, which takes ten minutes.
func startKube(t *testing.T) *kubeCluster {
	t.Helper()
	dir := os.Getenv("VOILE_TEST_KUBE")
	if dir == "" {
		t.Skip("SKIPPED without a Kubernetes control plane: make test-kube runs it")
	}
	script := repo.Shared(t, "kube/up.sh")
	do := func(what string) ([]byte, error) {
		cmd := exec.Command("bash", script, what)
		cmd.Env = append(os.Environ(), "VOILE_KUBE_DIR="+dir)
		return cmd.CombinedOutput()
	}
	if _, err := do("status"); err != nil {
		t.Cleanup(func() {
			if out, err := do("down"); err != nil {
				t.Errorf("kube/up.sh down: %v\n%s", err, out)
			}
		})
	}
	if out, err := do("up"); err != nil {
		t.Fatalf("kube/up.sh up: %v\n%s", err, out)
	}
	home := t.TempDir()
	k := &kubeCluster{dir: dir, namespace: fmt.Sprintf("privacy-%d", os.Getpid()), env: append(os.Environ(),
		"KUBECONFIG="+filepath.Join(dir, "admin.kubeconfig"), "KUBECACHEDIR="+filepath.Join(home, "kubectl"),
		"HELM_CACHE_HOME="+filepath.Join(home, "cache"), "HELM_CONFIG_HOME="+filepath.Join(home, "config"), "HELM_DATA_HOME="+filepath.Join(home, "data"))}
	k.kubectl(t, "create", "namespace", k.namespace)
	t.Cleanup(func() { k.kubectl(t, "delete", "namespace", k.namespace, "--wait=false") })
	k.kubectl(t, "label", "namespace", k.namespace, "pod-security.kubernetes.io/enforce=restricted", "pod-security.kubernetes.io/warn=restricted")
	return k
}

// command runs one of the cluster's programs in the namespace and gives both streams together.
func (k *kubeCluster) command(stdin, program string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.Command(filepath.Join(k.dir, "bin", program), append([]string{"--namespace", k.namespace}, args...)...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = k.env, strings.NewReader(stdin), &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (k *kubeCluster) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := k.command("", "kubectl", args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

// helm waits for what it does, and fails where the API server warns.
func (k *kubeCluster) helm(t *testing.T, args ...string) {
	t.Helper()
	out, err := k.command("", "helm", args...)
	if err != nil {
		t.Fatalf("helm %s: %v\n%s\n%s", strings.Join(args, " "), err, out, k.events())
	}
	if strings.Contains(strings.ToLower(out), "warning") {
		t.Errorf("helm %s: a warning\n%s", strings.Join(args, " "), out)
	}
}

// events are what the controllers have to say: why a pod was not admitted, for example.
func (k *kubeCluster) events() string {
	out, err := k.command("", "kubectl", "get", "events", "--sort-by=.lastTimestamp")
	return fmt.Sprint(out, errors.Join(err))
}

// A kubePod is what the test looks at in a pod.
type kubePod struct {
	Metadata struct {
		Name              string
		Annotations       map[string]string
		DeletionTimestamp string
	}
	Spec struct {
		ServiceAccountName            string
		TerminationGracePeriodSeconds int
		Containers, InitContainers    []kubeContainer
	}
	Status struct {
		Phase string
	}
}

type kubeContainer struct {
	Name, RestartPolicy string
	Args                []string
	Env                 []struct {
		Name, Value string
		ValueFrom   struct {
			FieldRef     *struct{ FieldPath string }
			SecretKeyRef *struct{ Name, Key string }
		}
	}
	VolumeMounts                                []struct{ Name, MountPath string }
	Ports                                       []struct{ ContainerPort int }
	StartupProbe, LivenessProbe, ReadinessProbe struct {
		HTTPGet struct{ Path string }
	}
}

// pods are the pods of a release that are not on their way out.
func (k *kubeCluster) pods(t *testing.T, release string) (pods []kubePod) {
	t.Helper()
	var list struct{ Items []kubePod }
	text := k.kubectl(t, "get", "pods", "--selector", "app.kubernetes.io/instance="+release, "--output", "json")
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	for _, p := range list.Items {
		if p.Metadata.DeletionTimestamp == "" {
			pods = append(pods, p)
		}
	}
	return pods
}

// awaitPods waits until a release has n running pods with the checksum, or with any where it is empty.
func (k *kubeCluster) awaitPods(t *testing.T, release string, n int, checksum string) (pods []kubePod) {
	t.Helper()
	waitFor(t, fmt.Sprintf("%d running pods of the release %s", n, release), time.Minute, func() bool {
		pods = k.pods(t, release)
		for _, p := range pods {
			if p.Status.Phase != "Running" || checksum != "" && p.Metadata.Annotations["checksum/voile-config"] != checksum {
				return false
			}
		}
		return len(pods) == n
	})
	return pods
}

// environment is what the kubelet would give to a container, on a node whose pods have the address 127.0.0.1.
func (k *kubeCluster) environment(t *testing.T, c kubeContainer) (env []string) {
	t.Helper()
	for _, e := range c.Env {
		value := e.Value
		if f := e.ValueFrom.FieldRef; f != nil {
			if f.FieldPath != "status.podIP" {
				t.Fatalf("the test knows no %s", f.FieldPath)
			}
			value = "127.0.0.1"
		}
		if s := e.ValueFrom.SecretKeyRef; s != nil {
			encoded := k.kubectl(t, "get", "secret", s.Name, "--output", fmt.Sprintf("jsonpath={.data.%s}", s.Key))
			secret, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				t.Fatal(err)
			}
			value = string(secret)
		}
		env = append(env, e.Name+"="+value)
	}
	return env
}

// token asks for a token of the pod's service account, as the kubelet does for its projected volume: bound to the pod.
func (k *kubeCluster) token(t *testing.T, pod kubePod, audience string) string {
	t.Helper()
	return k.kubectl(t, "create", "token", pod.Spec.ServiceAccountName, "--audience", audience, "--duration", "10m",
		"--bound-object-kind", "Pod", "--bound-object-name", pod.Metadata.Name)
}
