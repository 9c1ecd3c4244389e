{{/*
For a chart that depends on this one with `mode: sidecar` and runs voile in its own pod. Each template takes
.Subcharts.voile (or .Subcharts.<alias>).

voile.sidecar is an entry of the pod's initContainers: with restartPolicy Always it starts before the containers, runs
beside them, and ends after them. voile.sidecar.volumes are entries of the pod's volumes, voile.sidecar.annotations
members of its annotations. voile.sidecar.graceSeconds is what voile needs of terminationGracePeriodSeconds, on top of
what the containers need.
*/}}
{{- define "voile.sidecar" -}}
- restartPolicy: Always
  {{- include "voile.container" . | nindent 2 }}
{{- end -}}

{{- define "voile.sidecar.volumes" -}}
{{- include "voile.volumes" . -}}
{{- end -}}

{{- define "voile.sidecar.annotations" -}}
{{- include "voile.annotations" . -}}
{{- end -}}

{{- define "voile.sidecar.graceSeconds" -}}
{{- include "voile.graceSeconds" . -}}
{{- end -}}
