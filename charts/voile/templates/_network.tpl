{{/* One egress rule: dict "to" peers "ports" numbers "protocols" names. */}}
{{- define "voile.egressRule" -}}
{{- $protocols := .protocols -}}
- ports:
    {{- range $port := .ports }}
    {{- range $protocols }}
    - {port: {{ $port | int }}, protocol: {{ . }}}
    {{- end }}
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The ports of the brokers to begin with, as a JSON list: listeners of one name have one port on all brokers mostly. */}}
{{- define "voile.kafkaPorts" -}}
{{- $ports := list -}}
{{- range .Values.config.kafka.brokers -}}
{{- $port := regexFind `:[0-9]+$` . | trimPrefix ":" -}}
{{- if not $port -}}
{{- fail (printf "voile: config.kafka.brokers has %s: the NetworkPolicy cannot know the port; set networkPolicy.egress.kafka.ports" .) -}}
{{- end -}}
{{- $ports = append $ports (int $port) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{- define "voile.vaultPorts" -}}
{{- $address := .Values.config.vault.address -}}
{{- $port := regexFind `^https?://[^/]*:[0-9]+/*$` $address | trimAll "/" | splitList ":" | last -}}
{{- if and (not $port) (regexMatch `^https?://[^/:$]+/*$` $address) -}}
{{- $port = hasPrefix "https:" $address | ternary 443 80 -}}
{{- end -}}
{{- if not $port -}}
{{- fail "voile: the NetworkPolicy cannot know the port of config.vault.address: set networkPolicy.egress.vault.ports" -}}
{{- end -}}
{{- list (int $port) | toJson -}}
{{- end -}}
