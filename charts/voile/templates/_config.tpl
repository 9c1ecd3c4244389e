{{/*
voile.yaml, with the meaning that it has as a file. Helm reads values as YAML 1.1, where the words off and NO are false;
voile reads YAML 1.2, where they are texts. They can stand in the places below, and false means nothing else there.
*/}}
{{- define "voile.config" -}}
{{- $config := mustDeepCopy .Values.config -}}
{{- range $config.routes -}}
{{- if kindIs "bool" .quarantine_limit -}}{{- $_ := set . "quarantine_limit" "off" -}}{{- end -}}
{{- if kindIs "bool" .guard -}}{{- $_ := set . "guard" "off" -}}{{- end -}}
{{- with .guard -}}{{- if kindIs "map" . -}}
{{- if kindIs "bool" .mode -}}{{- $_ := set . "mode" "off" -}}{{- end -}}
{{- if kindIs "bool" .region -}}{{- $_ := set . "region" "NO" -}}{{- end -}}
{{- end -}}{{- end -}}
{{- end -}}
{{- range $config.domains -}}
{{- if kindIs "bool" .region -}}{{- $_ := set . "region" "NO" -}}{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* What the schema cannot see, in words that say what to do. Every rendering includes it. */}}
{{- define "voile.check" -}}
{{- $text := include "voile.config" . | replace "$${" "" -}}
{{- if contains "PRIVATE KEY" $text -}}
{{- fail "voile: config holds a private key where the path of its file should stand: it would be in a ConfigMap for all to read; put it into a Secret, and that into existingSecrets.files" -}}
{{- end -}}
{{- if contains "@" .Values.config.vault.address -}}
{{- fail "voile: config.vault.address holds a user or a password, which Vault does not know and which would be in a ConfigMap for all to read: take it out; config.vault.auth says how to log in" -}}
{{- end -}}
{{- $known := keys .Values.existingSecrets.env -}}
{{- range .Values.extraEnv -}}{{- $known = append $known .name -}}{{- end -}}
{{- $wanted := list -}}
{{- range regexFindAll `\$\{[A-Za-z_][A-Za-z0-9_]*\}` $text -1 -}}
{{- $wanted = append $wanted (. | trimPrefix "${" | trimSuffix "}") -}}
{{- end -}}
{{- range regexFindAll `\{"env":"[A-Za-z_][A-Za-z0-9_]*"\}` (toJson .Values.config) -1 -}}
{{- $wanted = append $wanted (. | trimPrefix `{"env":"` | trimSuffix `"}`) -}}
{{- end -}}
{{- range $wanted -}}
{{- if not (has . $known) -}}
{{- fail (printf "voile: config takes the environment variable %s, which the pod does not have: add existingSecrets.env.%s={secret: …, key: …}, or extraEnv for what is no secret" . .) -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := .Values.existingSecrets.env -}}
{{- if not (regexMatch `^[A-Za-z_][A-Za-z0-9_]*$` $name) -}}
{{- fail (printf "voile: existingSecrets.env: %q is not the name of an environment variable" $name) -}}
{{- end -}}
{{- end -}}
{{- $folders := concat (keys .Values.existingSecrets.files) (keys .Values.existingConfigMaps.files) -}}
{{- if ne (len $folders) (len (uniq $folders)) -}}
{{- fail "voile: existingSecrets.files and existingConfigMaps.files name the same folder: one folder, one source" -}}
{{- end -}}
{{- $_ := include "voile.adminPort" . -}}
{{- $_ := include "voile.goMemLimit" . -}}
{{- end -}}

{{/* The port of config.admin.listen. */}}
{{- define "voile.adminPort" -}}
{{- $listen := .Values.config.admin.listen -}}
{{- if regexMatch `^(127\.|localhost:|\[::1\])` $listen -}}
{{- fail (printf "voile: config.admin.listen is %s, which the kubelet's probes and Prometheus cannot reach: write \":9640\", or leave config.admin out" $listen) -}}
{{- end -}}
{{- $port := regexFind `:[1-9][0-9]*$` $listen | trimPrefix ":" -}}
{{- if not $port -}}
{{- fail (printf "voile: config.admin.listen is %q: the chart must know the port, so write it in digits and not 0, such as \":9640\"" $listen) -}}
{{- end -}}
{{- $port -}}
{{- end -}}

{{/* The file of the service account's token, or nothing where voile logs in at Vault in another way. */}}
{{- define "voile.tokenFile" -}}
{{- with .Values.config.vault.auth.kubernetes -}}
{{- $file := default "/var/run/secrets/kubernetes.io/serviceaccount/token" .jwt_file -}}
{{- if not (regexMatch `^(/[A-Za-z0-9._-]+){2,}$` $file) -}}
{{- fail (printf "voile: config.vault.auth.kubernetes.jwt_file is %q: the chart mounts the token there, so write an absolute path in a folder of its own, without variables, or leave it out" $file) -}}
{{- end -}}
{{- $file -}}
{{- end -}}
{{- end -}}

{{/* config.limits.drain_timeout in whole seconds, rounded up. voile's own bound is 8 s. */}}
{{- define "voile.drainSeconds" -}}
{{- $text := dig "limits" "drain_timeout" "5s" .Values.config -}}
{{- $seconds := 0.0 -}}
{{- $units := dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 -}}
{{- range regexFindAll `[0-9]+(\.[0-9]+)?(ms|s|m|h)` $text -1 -}}
{{- $number := regexFind `^[0-9.]+` . -}}
{{- $seconds = addf $seconds (mulf (float64 $number) (get $units (trimPrefix $number .))) -}}
{{- end -}}
{{- if contains "${" $text -}}{{- $seconds = 8 -}}{{- end -}}
{{- ceil $seconds | int -}}
{{- end -}}

{{/* How long voile may take to leave: the drain, the last commit, leaving the groups, and a margin. */}}
{{- define "voile.graceSeconds" -}}
{{- add (include "voile.drainSeconds" .) 15 -}}
{{- end -}}

{{/* A size in bytes, of Kubernetes (512Mi, 1.5G, 1073741824) or of voile (512MiB); nothing where it is not understood. */}}
{{- define "voile.bytes" -}}
{{- if kindIs "string" . -}}
{{- $number := regexFind `^[0-9]+(\.[0-9]+)?` . -}}
{{- $units := dict "" 1 "B" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "KiB" 1024 "MiB" 1048576 "GiB" 1073741824 -}}
{{- $unit := trimPrefix $number . -}}
{{- if and $number (hasKey $units $unit) -}}
{{- printf "%.0f" (mulf (float64 $number) (get $units $unit)) -}}
{{- end -}}
{{- else -}}
{{- printf "%.0f" (float64 .) -}}
{{- end -}}
{{- end -}}

{{/* Nine tenths of the memory limit, for the Go runtime to collect harder before the kernel kills; nothing without a limit. */}}
{{- define "voile.goMemLimit" -}}
{{- $limit := dig "limits" "memory" "" .Values.resources -}}
{{- if $limit -}}
{{- $bytes := include "voile.bytes" $limit -}}
{{- if not $bytes -}}
{{- fail (printf "voile: resources.limits.memory is %v: write it with Mi or Gi, such as 1Gi, so that GOMEMLIMIT can be computed" $limit) -}}
{{- end -}}
{{- $soft := divf (mulf (float64 $bytes) 0.9) 1048576 | floor | int64 -}}
{{- $total := dig "limits" "total_bytes" "64MiB" .Values.config -}}
{{- $held := include "voile.bytes" $total -}}
{{- if and $held (lt (int64 (float64 $bytes)) (mul 2 (int64 (float64 $held)))) -}}
{{- fail (printf "voile: resources.limits.memory is %v, and config.limits.total_bytes %v: twice that leaves Go room around the records; raise the one or lower the other" $limit $total) -}}
{{- end -}}
{{- printf "%dMiB" $soft -}}
{{- end -}}
{{- end -}}
