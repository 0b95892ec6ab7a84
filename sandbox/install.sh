#!/bin/sh
# What must be there before anything else can run: `install.sh node` checks Node, `install.sh packages` runs npm.
# A failure is told as every command tells it, on standard error or, with OUTPUT=json, as one JSON object.
set -u

# As part of a JSON text.
escape() {
  printf '%s' "$1" | tr '\n\t' '  ' | tr -d '\000-\037' | sed 's/[\\"]/\\&/g'
}

fail() {
  message=$1 cure=$2
  if [ "${OUTPUT:-}" = json ]; then
    printf '{"command":"%s","stack":"%s","result":"failed",' "$(escape "${COMMAND:-}")" "$(escape "${STACK:-local}")"
    printf '"changes":{"same":0,"create":0,"update":0,"replace":0,"delete":0},"durationSeconds":0,"components":[],'
    printf '"error":{"message":"%s","cure":"%s"}}\n' "$(escape "$message")" "$(escape "$cure")"
  else
    printf '\n%s failed: %s\nTo do: %s\n' "${COMMAND:-make}" "$message" "$cure" >&2
  fi
  exit 1
}

case "${1:-}" in
node)
  found=$(node --version 2>/dev/null) || found='none on PATH'
  major=${found#v}
  [ "${major%%.*}" -ge 20 ] 2>/dev/null ||
    fail "Node 20 or later is needed, found $found" 'install Node 20 or later (https://nodejs.org) and put it first on PATH'
  ;;
packages)
  log=$(mktemp) || fail 'no temporary file can be made' 'see that TMPDIR (without it, /tmp) can be written to'
  trap 'rm -f "$log"' EXIT
  npm ci --no-progress --loglevel=error >"$log" 2>&1
  code=$?
  cat "$log" >&2
  [ "$code" = 0 ] ||
    fail "npm ci ended with exit code $code: $(grep '^npm' "$log" | head -n 3)" \
      'see that the npm registry can be reached (npm ping) and that the disk has space, then run the command again'
  ;;
esac
