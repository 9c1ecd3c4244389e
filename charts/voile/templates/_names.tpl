{{- define "voile.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of everything that the chart makes: the release's, with the chart's unless it is in there already. */}}
{{- define "voile.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "voile.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "voile.selectorLabels" -}}
app.kubernetes.io/name: {{ include "voile.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "voile.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "voile.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "voile.metadata" -}}
name: {{ include "voile.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "voile.labels" . | nindent 2 }}
{{- end -}}

{{- define "voile.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "voile.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "voile: serviceAccount.name is not set: with create: false, name the ServiceAccount that is there" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "voile.image" -}}
{{- $repository := required "voile: image.repository is not set: give the registry and path of your image, such as --set image.repository=registry.example/team/voile" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}
