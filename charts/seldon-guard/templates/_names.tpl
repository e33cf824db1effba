{{- define "guard.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains "seldon-guard" .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-seldon-guard" .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "guard.selector" -}}
app.kubernetes.io/name: seldon-guard
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end }}

{{- define "guard.labels" -}}
app.kubernetes.io/name: seldon-guard
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "guard.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- /* The Secret with the certificate, whoever writes it. */ -}}
{{- define "guard.tlsSecret" -}}
{{- if eq .Values.certificates.source "files" -}}
{{ .Values.certificates.files.secret }}
{{- else -}}
{{ include "guard.name" . }}-tls
{{- end -}}
{{- end }}

{{- define "guard.settings" -}}
{{ .Values.settingsConfigMap | default (printf "%s-settings" (include "guard.name" .)) }}
{{- end }}
