package endtoend

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/internal/repo"
	"voile/internal/vaulttest"
)

// kubeValues are the values of the installation: a broker that wants a password out of a Secret, Vault that wants the
// service account's token, and the admin port on the pod's own address.
const kubeValues = `
image: {repository: registry.example/voile}
existingSecrets: {env: {KAFKA_PASSWORD: {secret: voile-kafka, key: password}}}
extraEnv: [{name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
networkPolicy: {admin: {from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]}}
config:
  kafka: {brokers: [%q], sasl: {mechanism: scram-sha-512, username: voile, password: "${KAFKA_PASSWORD}"}}
  vault: {address: %q, auth: {kubernetes: {role: voile, jwt_file: %s}}}
  admin: {listen: "${POD_IP}:%s"}
  domains:
    customer-email: {method: tokenize, value: email}
  routes:
    - name: kube
      from: [kube.raw]
      to: kube
      quarantine_limit: off
      fields:
        - {key: true, domain: customer-email}
        - {path: $.email, domain: customer-email, required: true}
`

// TestKubernetes proves the charts and docs/kubernetes.md on a real API server.
func TestKubernetes(t *testing.T) {
	k := startKube(t)
	const password = "planted-pAssword-2b61fd"
	cluster := kafkatest.Start(t, kafkatest.ScramUser("SCRAM-SHA-512", "voile", password),
		kafkatest.Listener("LOGIN", "SASL_PLAINTEXT", map[string]string{"sasl.enabled.mechanisms": "SCRAM-SHA-512",
			"scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;"}))
	server := vaulttest.Start(t)
	t.Run("charts", func(t *testing.T) { provesCharts(t, k, cluster, server, password) })
	t.Run("documentation", func(t *testing.T) { typesDocumentation(t, k, cluster, server) })
}

// provesCharts installs the charts under Pod Security "restricted": install, upgrade, a refused upgrade, rollback, the
// sidecar, uninstall. In between, voile runs with what the cluster holds for the pod: the configuration of the ConfigMap,
// the environment of the container, and a token of the pod's service account, with which it logs in at Vault through a
// real TokenReview. (The process stands for the container: the nodes run none.)
func provesCharts(t *testing.T, k *kubeCluster, cluster *kafkatest.Cluster, server *vaulttest.Server, password string) {
	s, values := newKubeSite(t, k, cluster, server, password)
	k.refusesOtherPods(t)

	chart := chartFolder(t, "voile")
	k.acceptsEveryValueFile(t, chart)
	k.helm(t, "install", "voile", chart, "--wait", "--timeout", "2m", "--values", values)
	first := k.awaitPods(t, "voile", 2, "")
	k.checkAround(t)

	k.helm(t, "upgrade", "voile", chart, "--wait", "--timeout", "2m", "--values", values, "--set", "config.log.level=debug")
	before, after := checksums(first), checksums(k.awaitPods(t, "voile", 2, k.wantedChecksum(t)))
	if len(before) != 1 || len(after) != 1 || before[0] == after[0] {
		t.Fatalf("the pods' checksums were %v and are %v: another configuration must make new pods", before, after)
	}
	out, err := k.command("", "helm", "upgrade", "voile", chart, "--values", values, "--set", "config.log.level=loud")
	if err == nil || !strings.Contains(out, "/config/log/level") {
		t.Errorf("helm upgrade with a wrong level: %v\n%s", err, out)
	}
	k.helm(t, "rollback", "voile", "1", "--wait", "--timeout", "2m")
	pods := k.awaitPods(t, "voile", 2, before[0])

	k.voileRuns(t, s, pods[0])
	k.tokensThatAreRefused(t, s, pods[0])

	k.sidecar(t)
	for _, release := range []string{"voile", "shop"} {
		k.helm(t, "uninstall", release, "--wait", "--timeout", "2m")
	}
	left := k.kubectl(t, "get", "deployments,configmaps,services,serviceaccounts,networkpolicies,poddisruptionbudgets",
		"--selector", "app.kubernetes.io/managed-by=Helm", "--output", "name")
	if left != "" {
		t.Errorf("helm uninstall leaves\n%s", left)
	}
}

// newKubeSite lays out in the cluster, in Kafka and in Vault what the chart expects to be there, and writes the value file.
func newKubeSite(t *testing.T, k *kubeCluster, cluster *kafkatest.Cluster, server *vaulttest.Server, password string) (s *site, values string) {
	t.Helper()
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for topic, n := range map[string]int{"kube.raw": 3, "kube": 3, "voile.quarantine": 1} {
		cluster.CreateTopic(t, topic, n, nil)
	}
	s = &site{exe: exe, dir: t.TempDir(), brokers: cluster.Brokers(), vault: server, admin: freeAddress(t)}
	k.trustedByVault(t, s.vault)
	if out, err := k.command(password, "kubectl", "create", "secret", "generic", "voile-kafka", "--from-file=password=/dev/stdin"); err != nil {
		t.Fatalf("kubectl create secret: %v\n%s", err, out)
	}
	_, port, err := net.SplitHostPort(s.admin)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "values.yaml", fmt.Sprintf(kubeValues, cluster.BrokersOf("LOGIN")[0], s.vault.Address, s.path("vault/token"), port))
	if err := os.Mkdir(s.path("vault"), 0o700); err != nil {
		t.Fatal(err)
	}
	return s, s.path("values.yaml")
}

// trustedByVault makes Vault ask the cluster about service accounts' tokens, as docs/kubernetes.md does.
func (k *kubeCluster) trustedByVault(t *testing.T, server *vaulttest.Server) {
	t.Helper()
	k.kubectl(t, "create", "serviceaccount", "vault-reviewer")
	binding := "vault-reviewer-" + k.namespace
	k.kubectl(t, "create", "clusterrolebinding", binding, "--clusterrole=system:auth-delegator", "--serviceaccount="+k.namespace+":vault-reviewer")
	t.Cleanup(func() { k.kubectl(t, "delete", "clusterrolebinding", binding) })
	ca, err := os.ReadFile(filepath.Join(k.dir, "pki", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	server.EnableTransit(t, "transit")
	server.EnableAuth(t, "kubernetes", "kubernetes")
	server.Do(t, http.MethodPut, "auth/kubernetes/config", map[string]any{
		"kubernetes_host":    k.kubectl(t, "config", "view", "--output", "jsonpath={.clusters[0].cluster.server}"),
		"kubernetes_ca_cert": string(ca),
		"token_reviewer_jwt": k.kubectl(t, "create", "token", "vault-reviewer", "--duration", "1h"),
	})
	server.Do(t, http.MethodPut, "auth/kubernetes/role/voile", map[string]any{
		"bound_service_account_names": "voile", "bound_service_account_namespaces": k.namespace,
		"audience": "vault", "token_policies": "voile-proxy", "token_ttl": "1h",
	})
}

// refusesOtherPods shows that the namespace is guarded at all.
func (k *kubeCluster) refusesOtherPods(t *testing.T) {
	t.Helper()
	out, err := k.command("", "kubectl", "run", "loose", "--image=registry.example/loose")
	if err == nil || !strings.Contains(out, "violates PodSecurity") {
		t.Fatalf("a pod without security context: %v\n%s", err, out)
	}
}

// acceptsEveryValueFile: the API server knows every field that the chart renders, and finds nothing wrong with any. It is
// asked without anything being made.
func (k *kubeCluster) acceptsEveryValueFile(t *testing.T, chart string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(chart, "ci", "*-values.yaml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("value files in %s/ci: %v, %v, want at least 3", chart, files, err)
	}
	for _, file := range files {
		// A Helm that was built without its makefile takes itself for one of Kubernetes 1.20.
		objects, err := k.command("", "helm", "template", "dry", chart, "--values", file, "--kube-version", "1.34")
		if err != nil {
			t.Errorf("helm template --values %s: %v\n%s", file, err, objects)
			continue
		}
		out, err := k.command(objects, "kubectl", "apply", "--dry-run=server", "--validate=strict", "--filename", "-")
		if err != nil || strings.Contains(out, "Warning") {
			t.Errorf("kubectl apply --dry-run=server of %s: %v\n%s", file, err, out)
		}
	}
}

// wantedChecksum is that of the Deployment as it is now.
func (k *kubeCluster) wantedChecksum(t *testing.T) string {
	t.Helper()
	return k.kubectl(t, "get", "deployment", "voile", "--output", `jsonpath={.spec.template.metadata.annotations.checksum/voile-config}`)
}

func checksums(pods []kubePod) (sums []string) {
	for _, p := range pods {
		sums = append(sums, p.Metadata.Annotations["checksum/voile-config"])
	}
	slices.Sort(sums)
	return slices.Compact(sums)
}

// checkAround: the controllers of the cluster find the pods by what the chart says of them.
func (k *kubeCluster) checkAround(t *testing.T) {
	t.Helper()
	for _, tc := range []struct{ what, object, path, want string }{
		{"one pod may go at a time", "poddisruptionbudget/voile", "{.status.expectedPods} {.status.disruptionsAllowed}", "2 1"},
		{"the Service finds both pods", "endpointslices", `{.items[?(@.metadata.labels.kubernetes\.io/service-name=="voile")].endpoints[*].conditions.ready}`, "true true"},
		{"the NetworkPolicy names the pods", "networkpolicy/voile", `{.spec.podSelector.matchLabels.app\.kubernetes\.io/instance} {.spec.policyTypes}`, `voile ["Ingress","Egress"]`},
		{"no token for the Kubernetes API", "serviceaccount/voile", "{.automountServiceAccountToken}", "false"},
	} {
		got := ""
		deadline := time.Now().Add(30 * time.Second)
		for got != tc.want && time.Now().Before(deadline) {
			got = k.kubectl(t, "get", tc.object, "--output", "jsonpath="+tc.path)
		}
		if got != tc.want {
			t.Errorf("%s: kubectl get %s: %q, want %q", tc.what, tc.object, got, tc.want)
		}
	}
}

// voileRuns starts voile with what the cluster holds for a pod, and lets records through it.
func (k *kubeCluster) voileRuns(t *testing.T, s *site, pod kubePod) {
	t.Helper()
	c := pod.Spec.Containers[0]
	if want := []string{"run", "--config", "/etc/voile/config/voile.yaml"}; !slices.Equal(c.Args, want) {
		t.Errorf("the container's arguments are %q, want %q", c.Args, want)
	}
	mounted := false
	for _, m := range c.VolumeMounts {
		mounted = mounted || m.Name == "voile-vault-token" && m.MountPath == s.path("vault")
	}
	if !mounted {
		t.Errorf("the token is not mounted in %s: %v", s.path("vault"), c.VolumeMounts)
	}
	s.write(t, "voile.yaml", k.kubectl(t, "get", "configmap", "voile", "--output", `jsonpath={.data.voile\.yaml}`))
	s.write(t, "vault/token", k.token(t, pod, "vault"))
	s.env = append(k.environment(t, c), "VOILE_CONFIG="+s.path("voile.yaml"))
	s.makeKeys(t)
	p := s.run(t)
	waitFor(t, "ready", 30*time.Second, ready(s))
	if _, port, _ := net.SplitHostPort(s.admin); port != fmt.Sprint(c.Ports[0].ContainerPort) {
		t.Errorf("the container's port is %d, and voile listens on %s", c.Ports[0].ContainerPort, port)
	}
	for _, path := range []string{c.StartupProbe.HTTPGet.Path, c.LivenessProbe.HTTPGet.Path, c.ReadinessProbe.HTTPGet.Path} {
		if code, body := s.get(path); path == "" || code != http.StatusOK {
			t.Errorf("the probe %q gets %d: %s", path, code, body)
		}
	}
	flow := startStream(t, s.brokers, "kube.raw", 3, 500)
	waitFor(t, "records flow", 30*time.Second, func() bool { return s.total("voile_records_total") > 300 })
	sent := flow.stop(t)
	awaitAll(t, s, "voile-kube", sent, 30*time.Second)
	p.stop(t)
	if got := pod.Spec.TerminationGracePeriodSeconds; got <= 10 {
		t.Errorf("terminationGracePeriodSeconds is %d: voile may take 10 s to leave", got)
	}
	auditSink(t, s, "kube", sent)
}

// tokensThatAreRefused: a token for another audience, one of another service account, and that of a pod which is gone.
func (k *kubeCluster) tokensThatAreRefused(t *testing.T, s *site, pod kubePod) {
	t.Helper()
	gone := k.token(t, pod, "vault")
	k.kubectl(t, "delete", "pod", pod.Metadata.Name)
	other := k.awaitPods(t, "voile", 2, "")[0]
	for what, token := range map[string]string{
		"a token for another audience":    k.token(t, other, "https://elsewhere.example"),
		"another service account":         k.kubectl(t, "create", "token", "vault-reviewer", "--audience", "vault"),
		"the token of a pod that is gone": gone,
	} {
		s.write(t, "vault/token", token)
		p := s.run(t)
		if code := p.exitCode(t, 30*time.Second); code != 1 || !strings.Contains(p.log.String(), "auth/kubernetes/login: login refused: status 403") {
			t.Errorf("%s: exit code %d, want 1 and a refused login", what, code)
		}
		if strings.Contains(p.log.String(), token) {
			t.Errorf("%s: the token is in the log", what)
		}
	}
}

// sidecar installs the example, whose pod must be admitted too.
func (k *kubeCluster) sidecar(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, chart := range []string{"voile", "example-sidecar"} {
		if err := os.CopyFS(filepath.Join(dir, chart), os.DirFS(chartFolder(t, chart))); err != nil {
			t.Fatal(err)
		}
	}
	chart := filepath.Join(dir, "example-sidecar")
	k.helm(t, "dependency", "update", chart)
	k.helm(t, "install", "shop", chart, "--wait", "--timeout", "2m")
	for _, p := range k.awaitPods(t, "shop", 2, "") {
		if c := p.Spec.InitContainers[0]; c.Name != "voile" || c.RestartPolicy != "Always" {
			t.Errorf("the first init container is %s with restartPolicy %q, want voile with Always", c.Name, c.RestartPolicy)
		}
	}
}

func chartFolder(t *testing.T, name string) string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "charts", name)
}
