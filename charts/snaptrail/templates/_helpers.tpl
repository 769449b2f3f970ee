{{/* Name of the chart, and of all objects of a release: the release's own name where it says snaptrail already. */}}
{{- define "snaptrail.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "snaptrail.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "snaptrail.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of what belongs to no namespace: two releases of one name in two namespaces must not share it. */}}
{{- define "snaptrail.clusterName" -}}
{{- if eq (include "snaptrail.fullname" .) .Release.Namespace -}}
{{- .Release.Namespace -}}
{{- else -}}
{{- printf "%s-%s" .Release.Namespace (include "snaptrail.fullname" .) -}}
{{- end -}}
{{- end -}}

{{- define "snaptrail.selectorLabels" -}}
app.kubernetes.io/name: {{ include "snaptrail.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "snaptrail.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{ include "snaptrail.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "snaptrail.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "snaptrail.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "snaptrail.image" -}}
{{- $repository := .Values.image.repository -}}
{{- if .Values.image.registry -}}
{{- $repository = printf "%s/%s" .Values.image.registry .Values.image.repository -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* "true" on an OpenShift, else empty. */}}
{{- define "snaptrail.openshift" -}}
{{- if eq (toString .Values.openshift) "auto" -}}
{{- if .Capabilities.APIVersions.Has "security.openshift.io/v1" -}}true{{- end -}}
{{- else if .Values.openshift -}}true{{- end -}}
{{- end -}}

{{/* The daemon's configuration file. */}}
{{- define "snaptrail.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- with .Values.tls.secretName -}}
{{- $_ := set $config "tls" (dict "certFile" "/etc/snaptrail-tls/tls.crt" "keyFile" "/etc/snaptrail-tls/tls.key") -}}
{{- end -}}
{{- $ledger := merge (dict "path" "/var/lib/snaptrail/ledger.db") ($config.ledger | default dict) -}}
{{- toYaml (set $config "ledger" $ledger) -}}
{{- end -}}

{{/* The namespaces that are followed, as JSON, where they are named one by one; else empty. */}}
{{- define "snaptrail.namespaces" -}}
{{- with dig "watch" "namespaces" list .Values.config -}}
{{- toJson (. | uniq | sortAlpha) -}}
{{- end -}}
{{- end -}}

{{/* "true" where Velero's objects are followed, else empty. */}}
{{- define "snaptrail.velero" -}}
{{- if eq (toString (dig "velero" "enabled" "auto" .Values.config)) "auto" -}}true{{- end -}}
{{- end -}}

{{/* A binding of the account to a role: context, kind of the role, its name. */}}
{{- define "snaptrail.bound" -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ index . 1 }}
  name: {{ index . 2 }}
subjects:
  - kind: ServiceAccount
    name: {{ include "snaptrail.serviceAccountName" (index . 0) }}
    namespace: {{ (index . 0).Release.Namespace }}
{{- end -}}

{{/* That of it which a running daemon does not take over: another one starts another pod. */}}
{{- define "snaptrail.fixedConfig" -}}
{{- $config := include "snaptrail.config" . | fromYaml -}}
{{- toYaml (set (omit $config "diagnosis" "objectMetrics") "log" (omit $config.log "level")) -}}
{{- end -}}

{{/* How it is asked, and the name of its port. */}}
{{- define "snaptrail.scheme" -}}
{{- if .Values.tls.secretName -}}https{{- else -}}http{{- end -}}
{{- end -}}

{{/* Port of the pod. */}}
{{- define "snaptrail.port" -}}
{{- regexFind "[0-9]+$" .Values.config.listen -}}
{{- end -}}

{{/* What Pod Security's level `restricted` asks of a container. */}}
{{- define "snaptrail.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
