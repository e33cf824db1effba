{{- /* The namespaces that are judged. Of cluster-scoped objects this selects Namespaces alone, by their own labels. */ -}}
{{- define "guard.namespaceSelector" -}}
{{- with .Values.namespaces.selector.matchLabels -}}
matchLabels: {{- toYaml . | nindent 2 }}
{{ end -}}
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values:
      {{- $own := list "kube-system" "kube-public" "kube-node-lease" .Release.Namespace }}
      {{- toYaml (concat $own .Values.namespaces.excluded | uniq) | nindent 6 }}
  {{- with .Values.namespaces.selector.matchExpressions }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- /* What does not meet all of these never leaves the API server. They hold for every kind, and cannot fail on any. */ -}}
{{- define "guard.matchConditions" -}}
# An update of nothing that is judged: status, finalizers, owners, the list of managers.
- name: changes-what-is-judged
  expression: >-
    request.operation != 'UPDATE' || !(
    {{- range $i, $field := tuple "spec" "data" "binaryData" "subsets" "endpoints" "ports" "metadata.labels" "metadata.annotations" }}
    {{ if $i }}&& {{ end }}(has(object.{{ $field }}) ? has(oldObject.{{ $field }}) && object.{{ $field }} == oldObject.{{ $field }} : !has(oldObject.{{ $field }}))
    {{- end }}
    )
# What the guard itself writes is not asked about.
- name: is-not-the-guard
  expression: request.userInfo.username != 'system:serviceaccount:{{ .Release.Namespace }}:{{ include "guard.name" . }}'
{{- with .Values.matchConditions }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Rules for what the policies of the user's own are about. ofCluster: whether for kinds that no namespace leaves out. */ -}}
{{- define "guard.ownRules" -}}
{{- $kinds := .root.Files.Get "files/kinds.yaml" | fromYaml }}
{{- $rules := list }}
{{- range $id, $policy := .root.Values.policies }}
{{- range $kind, $operations := $policy.appliesTo }}
{{- $rule := get $kinds $kind | required (printf "policies.%s.appliesTo: the guard does not read %s" $id $kind) }}
{{- $isOfCluster := and (eq $rule.scope "Cluster") (ne $kind "Namespace") }}
{{- if and $operations (eq $isOfCluster $.ofCluster) }}
{{- $rules = append $rules (merge (dict "operations" $operations) $rule) }}
{{- end }}
{{- end }}
{{- end }}
{{- if $rules }}
{{- toYaml $rules }}
{{- end }}
{{- end }}

{{- /* What all webhooks have in common. path: where the guard answers. */ -}}
{{- define "guard.webhook" -}}
admissionReviewVersions: [v1]
clientConfig:
  {{- if eq .root.Values.certificates.source "files" }}
  caBundle: {{ .root.Values.certificates.files.caBundle | b64enc }}
  {{- end }}
  service:
    name: {{ include "guard.name" .root }}
    namespace: {{ .root.Release.Namespace }}
    path: {{ .path }}
    port: 443
matchPolicy: Equivalent
# A dry run leaves no trace; any other request leaves a line in the log.
sideEffects: NoneOnDryRun
timeoutSeconds: {{ int .root.Values.timeoutSeconds }}
{{- with .root.Values.objectSelector }}
objectSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "guard.webhookMetadata" -}}
name: {{ include "guard.name" . }}
labels: {{- include "guard.labels" . | nindent 2 }}
{{- if eq .Values.certificates.source "certManager" }}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "guard.name" . }}
{{- end }}
{{- end }}
