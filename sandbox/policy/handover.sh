# A policy pack for the engine: the one that was started before it asked (`prestart.ts`), whose port is in the file that
# POLICY_PRESTARTED names, for whoever takes it first; where there is none, the command that is given starts one. A shell,
# because the engine waits for this, and it starts in a tenth of the time that Node takes.
tries=2000
# Empty while the pack starts; gone when it can't, or is taken.
while [ -n "$POLICY_PRESTARTED" ] && [ -e "$POLICY_PRESTARTED" ] && [ "$tries" -gt 0 ]; do
  if [ -s "$POLICY_PRESTARTED" ]; then
    port=$(cat "$POLICY_PRESTARTED")
    if mv "$POLICY_PRESTARTED" "$POLICY_PRESTARTED.taken" 2>/dev/null; then
      echo "$port"
      # Until the engine ends it: to the engine, this is the pack.
      exec sleep 2147483647
    fi
  fi
  tries=$((tries - 1))
  sleep 0.01
done
exec "$@"
