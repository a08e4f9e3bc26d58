{{- define "hoop.labels" -}}
app.kubernetes.io/part-of: hoop
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "hoop.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "hoop.image" -}}
{{ .image.repository }}:{{ .image.tag | default .version }}
{{- end }}

{{/* Nothing may be written, nothing gained, nobody is root. */}}
{{- define "hoop.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "hoop.pod" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* A number as it was written: large ones would come out as 2e+06. Everything else as text. */}}
{{- define "hoop.text" -}}
{{- if kindIs "float64" . }}{{ int64 . | quote }}{{ else }}{{ . | toString | quote }}{{ end -}}
{{- end }}
