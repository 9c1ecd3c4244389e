{{/* The container, for the Deployment and for a pod of another chart. */}}
{{- define "voile.container" -}}
name: voile
image: {{ include "voile.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [run, --config, /etc/voile/config/voile.yaml]
{{- $limit := include "voile.goMemLimit" . }}
{{- $own := list }}
{{- range .Values.extraEnv }}{{ $own = append $own .name }}{{ end }}
{{- if or $limit .Values.existingSecrets.env .Values.extraEnv }}
env:
  {{- if and $limit (not (has "GOMEMLIMIT" $own)) }}
  - name: GOMEMLIMIT
    value: {{ $limit }}
  {{- end }}
  {{- range $name, $from := .Values.existingSecrets.env }}
  - name: {{ $name }}
    valueFrom:
      secretKeyRef:
        name: {{ $from.secret }}
        key: {{ $from.key }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
ports:
  - name: voile-admin
    containerPort: {{ include "voile.adminPort" . }}
    protocol: TCP
{{- range $probe, $path := dict "startup" "/healthz" "liveness" "/healthz" "readiness" "/readyz" }}
{{- with get $.Values.probes $probe }}
{{ $probe }}Probe:
  httpGet:
    path: {{ $path }}
    port: voile-admin
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  - name: voile-config
    mountPath: /etc/voile/config
    readOnly: true
  {{- with include "voile.tokenFile" . }}
  - name: voile-vault-token
    mountPath: {{ dir . }}
    readOnly: true
  {{- end }}
  {{- range $i, $folder := keys .Values.existingSecrets.files | sortAlpha }}
  - name: voile-secret-{{ $i }}
    mountPath: {{ $folder }}
    readOnly: true
  {{- end }}
  {{- range $i, $folder := keys .Values.existingConfigMaps.files | sortAlpha }}
  - name: voile-configmap-{{ $i }}
    mountPath: {{ $folder }}
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* The volumes that the container mounts, as entries of a pod's list. */}}
{{- define "voile.volumes" -}}
- name: voile-config
  configMap:
    name: {{ include "voile.fullname" . }}
{{- with include "voile.tokenFile" . }}
- name: voile-vault-token
  projected:
    sources:
      - serviceAccountToken:
          audience: {{ $.Values.serviceAccount.token.audience }}
          expirationSeconds: {{ $.Values.serviceAccount.token.expirationSeconds | int64 }}
          path: {{ base . }}
{{- end }}
{{- range $i, $folder := keys .Values.existingSecrets.files | sortAlpha }}
- name: voile-secret-{{ $i }}
  secret:
    secretName: {{ (get $.Values.existingSecrets.files $folder).secret }}
    defaultMode: 0444 # only voile's container mounts it, and is not root
{{- end }}
{{- range $i, $folder := keys .Values.existingConfigMaps.files | sortAlpha }}
- name: voile-configmap-{{ $i }}
  configMap:
    name: {{ (get $.Values.existingConfigMaps.files $folder).configMap }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A new configuration makes new pods. */}}
{{- define "voile.annotations" -}}
checksum/voile-config: {{ include "voile.config" . | sha256sum }}
{{- if .Values.monitoring.scrapeAnnotations }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ include "voile.adminPort" . | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- end -}}
