{{/* The first of several paths that is set below a map, as {"v": value}; nothing when none is. (map, paths) */}}
{{- define "stand-in.first" -}}
{{- $top := index . 0 -}}
{{- $done := false -}}
{{- range $path := index . 1 -}}
  {{- $here := $top -}}
  {{- range $path -}}
    {{- if and (kindIs "map" $here) (hasKey $here .) -}}{{- $here = get $here . -}}{{- else -}}{{- $here = "" -}}{{- end -}}
  {{- end -}}
  {{- $json := toJson $here -}}
  {{- if not (or $done (has $json (list "null" "\"\"" "{}" "[]"))) -}}
    {{- $done = true -}}
    {"v":{{ $json }}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* The same, as text. */}}
{{- define "stand-in.text" -}}
{{- with include "stand-in.first" . -}}{{- get (fromJson .) "v" -}}{{- end -}}
{{- end -}}

{{/* "yes" when any of the lists of terms holds in full. (root, values, condition) */}}
{{- define "stand-in.on" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
{{- $any := "" -}}
{{- range $terms := index . 2 -}}
  {{- $all := "yes" -}}
  {{- range $term := $terms -}}
    {{- $holds := false -}}
    {{- if hasKey $term "api" -}}
      {{- $holds = $root.Capabilities.APIVersions.Has $term.api -}}
    {{- else -}}
      {{- $holds = eq (include "stand-in.holds" (list $values $term)) "yes" -}}
    {{- end -}}
    {{- if eq $holds (hasKey $term "not") -}}{{- $all = "" -}}{{- end -}}
  {{- end -}}
  {{- if $all -}}{{- $any = "yes" -}}{{- end -}}
{{- end -}}
{{- $any -}}
{{- end -}}

{{/* "yes" when a value is on, or compares as the term says. (values, term) */}}
{{- define "stand-in.holds" -}}
{{- $term := index . 1 -}}
{{- $compare := get $term "compare" -}}
{{- $text := hasKey $term "name" | ternary (get $term "name") (include "stand-in.text" (list (index . 0) (list (get $term "path" | default list)))) -}}
{{- if eq $compare "=" -}}{{- if eq $text $term.text -}}yes{{- end -}}
{{- else if eq $compare ">" -}}{{- if gt (int $text) (int $term.text) -}}yes{{- end -}}
{{- else if eq $compare "~" -}}{{- if has $term.text (regexSplit "[\\[\\] ]" $text -1) -}}yes{{- end -}}
{{- else if not (has $text (list "" "false" "0")) -}}yes
{{- end -}}
{{- end -}}

{{/* A name by its rule: a value, else a default, else the release's name as charts build it. (root, rule) */}}
{{- define "stand-in.name" -}}
{{- $root := index . 0 -}}
{{- $rule := index . 1 -}}
{{- $given := include "stand-in.text" (list $root.Values $rule.from) | default (get $rule "default" | replace "$release" $root.Release.Name) -}}
{{- if hasKey $rule "base" -}}
  {{- $base := include "stand-in.text" (list $root.Values $rule.nameOverride) | default $rule.base -}}
  {{- $built := contains $base $root.Release.Name | ternary $root.Release.Name (printf "%s-%s" $root.Release.Name $base) -}}
  {{- $given = $given | default $built | trunc (int $rule.max) | trimSuffix "-" -}}
{{- end -}}
{{- if $given -}}{{- get $rule "prefix" -}}{{- trimPrefix (get $rule "trim") $given -}}{{- end -}}
{{- end -}}

{{/* An image reference from its pieces. (values, pieces) */}}
{{- define "stand-in.image" -}}
{{- $values := index . 0 -}}
{{- $found := dict -}}
{{- range $key, $piece := index . 1 -}}
  {{- $_ := set $found $key (include "stand-in.text" (list $values $piece.from) | default $piece.default) -}}
{{- end -}}
{{- with $found.registry -}}{{ . }}/{{- end -}}
{{- $found.repository -}}
{{- with $found.tag -}}:{{ . }}{{- end -}}
{{- with $found.digest -}}@{{ . }}{{- end -}}
{{- end -}}

{{/* A random text kept for as long as the Secret exists, unless a value gives it. (root, values, object, setting) */}}
{{- define "stand-in.random" -}}
{{- $object := index . 2 -}}
{{- $setting := index . 3 -}}
{{- $kept := lookup "v1" "Secret" $object.metadata.namespace $object.metadata.name | default dict -}}
{{- $key := last $setting.to -}}
{{- with include "stand-in.text" (list (index . 1) $setting.from) -}}
  {{- b64enc . -}}
{{- else -}}
  {{- get ($kept.data | default dict) $key | default (randAlphaNum (int $setting.random) | b64enc) -}}
{{- end -}}
{{- end -}}

{{/* The value of a field, as {"v": value}; nothing leaves the field as it is. (root, values, object, setting) */}}
{{- define "stand-in.setting" -}}
{{- $values := index . 1 -}}
{{- $setting := index . 3 -}}
{{- if hasKey $setting "image" -}}
  {"v":{{ include "stand-in.image" (list $values $setting.image) | toJson }}}
{{- else if hasKey $setting "random" -}}
  {"v":{{ include "stand-in.random" . | toJson }}}
{{- else if hasKey $setting "value" -}}
  {"v":{{ toJson $setting.value }}}
{{- else -}}
  {{- include "stand-in.first" (list $values $setting.from) -}}
{{- end -}}
{{- end -}}

{{/* Writes one setting into an object: maps are merged, everything else replaced. (root, values, object, setting) */}}
{{- define "stand-in.apply" -}}
{{- $setting := index . 3 -}}
{{- $key := last $setting.to -}}
{{- $found := dict -}}
{{- if not (hasKey $setting "remove") -}}{{- $found = include "stand-in.setting" . | default "{}" | fromJson -}}{{- end -}}
{{- if or (hasKey $found "v") (hasKey $setting "remove") -}}
  {{- $node := index . 2 -}}
  {{- range initial $setting.to -}}
    {{- if kindIs "map" $node -}}
      {{- if not (hasKey $node .) -}}{{- $_ := set $node . dict -}}{{- end -}}
      {{- $node = get $node . -}}
    {{- else -}}
      {{- $node = index $node (int .) -}}
    {{- end -}}
  {{- end -}}
  {{- if hasKey $setting "remove" -}}
    {{- $_ := unset $node $key -}}
  {{- else -}}
    {{- $value := $found.v -}}
    {{- if kindIs "map" $value -}}
      {{- range $setting.omit -}}{{- $_ := unset $value . -}}{{- end -}}
    {{- end -}}
    {{- if and (kindIs "map" $value) (not (hasKey $setting "replace")) -}}
      {{- $value = mergeOverwrite (kindIs "map" (get $node $key) | ternary (get $node $key) dict) $value -}}
    {{- end -}}
    {{- if hasKey $setting "append" -}}{{- $value = concat $value (index $node $key) | uniq -}}{{- end -}}
    {{- if hasKey $setting "strings" -}}
      {{- range $name, $each := $value -}}{{- $_ := set $value $name (toString $each) -}}{{- end -}}
    {{- end -}}
    {{- $_ := set $node $key (hasKey $setting "yaml" | ternary (toYaml $value) $value) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* Leaves out of an object's lists the items whose condition does not hold. (root, values, object) */}}
{{- define "stand-in.prune" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
{{- $node := index . 2 -}}
{{- range $key, $child := $node -}}
  {{- if kindIs "map" $child -}}
    {{- include "stand-in.prune" (list $root $values $child) -}}
  {{- else if kindIs "slice" $child -}}
    {{- $kept := list -}}
    {{- range $item := $child -}}
      {{- if not (kindIs "map" $item) -}}
        {{- $kept = append $kept $item -}}
      {{- else if or (not (hasKey $item "when")) (include "stand-in.on" (list $root $values (get $item "when" | default list))) -}}
        {{- $kept = append $kept (unset $item "when") -}}
        {{- include "stand-in.prune" (list $root $values $item) -}}
      {{- end -}}
    {{- end -}}
    {{- if $kept -}}{{- $_ := set $node $key $kept -}}{{- else -}}{{- $_ := unset $node $key -}}{{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}
