{{- define "voile.needMonitoringAPI" -}}
{{- if not (.root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1") -}}
{{- fail (printf "voile: %s is set, and the cluster has no API monitoring.coreos.com/v1 (the Prometheus operator): install that first, or set it to false" .setting) -}}
{{- end -}}
{{- end -}}
