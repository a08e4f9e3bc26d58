# shellcheck shell=bash
# A gateway and an agent of this machine in one go, with a first connection to try. Sourced by run.sh, after build.sh.

declare -A running=()
work=

# launch NAME COMMAND...: in the background; what it says is passed on, and looked at until everything is up.
launch() {
  local name=$1
  shift
  mkfifo "$work/$name"
  "$@" >"$work/$name" 2>&1 </dev/null &
  running[$name]=$!
  # It outlives the signal that ends the others, to pass their last lines on.
  (
    trap '' INT TERM
    while IFS= read -r line; do
      printf '%s\n' "$line"
      [[ ! -d $work ]] || printf '%s\n' "$line" >>"$work/$name.log" 2>/dev/null || true
    done
  ) <"$work/$name" &
}

# said NAME TEXT: waits until it said so, and prints the line; fails when it ended before.
said() {
  local name=$1 text=$2
  while ! grep -m1 -F -- "$text" "$work/$name.log" 2>/dev/null; do
    kill -0 "${running[$name]}" 2>/dev/null || return 1
    sleep 0.1
  done
}

# Ends the agent first: it says farewell to a gateway that is still there. Each has its own end; nothing is killed.
end_both() {
  trap '' INT TERM
  trap - EXIT
  local name
  for name in agent gateway; do
    [[ -n ${running[$name]:-} ]] || continue
    kill -TERM "${running[$name]}" 2>/dev/null || true
    wait "${running[$name]}" 2>/dev/null || true
  done
  wait
  [[ -z $work ]] || rm -rf "$work"
}

with_agent() {
  local address data=${HOOP_DATA_DIR:-./.hoop} name=local connection=hello key
  # The banner is read, so it must be text.
  [[ ${HOOP_LOG_FORMAT:-text} == text ]] || fail "--with-agent reads the gateway's own lines; leave HOOP_LOG_FORMAT away."
  [[ -n ${HOOP_DATABASE_URL:-}${HOOP_DATABASE_URL_FILE:-} ]] || require_postgres
  build gateway cli
  work=$(mktemp -d)
  trap 'end_both' EXIT
  trap 'exit 0' INT TERM

  say "Starting the gateway ..."
  local gateway=(dotnet "$(program gateway)")
  if native=$(published gateway); then gateway=("$native"); fi
  launch gateway "${gateway[@]}" "$@"
  address=$(said gateway 'Hoop is ready at ') || fail "The gateway did not start; it says why above."
  address=${address#*Hoop is ready at }
  address=${address%% *}

  # What the command line and the agent take from the environment, whatever is configured for others.
  local token=${HOOP_ADMIN_TOKEN:-}
  [[ -z ${HOOP_ADMIN_TOKEN_FILE:-} ]] || token=$(<"$HOOP_ADMIN_TOKEN_FILE")
  [[ -n $token || ! -r $data/admin-token ]] || token=$(<"$data/admin-token")
  [[ -n $token ]] || fail "The operator's token is not known here; set HOOP_ADMIN_TOKEN."
  hoop() { HOOP_APIURL=$address HOOP_TOKEN=$token "$root/hoop" "$@"; }

  say "Registering the agent \"$name\" and the connection \"$connection\" ..."
  key=$data/agent-$name-key
  if [[ ! -s $key ]]; then
    mkdir -p "$data"
    (umask 077 && { hoop admin create agent "$name" 2>/dev/null || hoop admin rotate-key "agent/$name"; } >"$key.new") ||
      fail "The agent could not be registered."
    mv "$key.new" "$key"
  fi
  launch agent env HOOP_APIURL="$address" HOOP_KEY_FILE="$key" HOOP_KEY= HOOP_SPIFFE_KEY_FILE= "$root/hoop" start agent
  said agent 'connected to ' >/dev/null || fail "The agent did not start; it says why above. If its key was replaced, remove $key."
  hoop admin create connection "$connection" -a "$name" --overwrite -- sh >/dev/null || fail "The connection could not be made."

  local reading="\$(cat '$data/admin-token')"
  [[ -z ${HOOP_ADMIN_TOKEN:-} ]] || reading=\$HOOP_ADMIN_TOKEN
  [[ -z ${HOOP_ADMIN_TOKEN_FILE:-} ]] || reading="\$(cat '$HOOP_ADMIN_TOKEN_FILE')"
  cat <<DONE

The agent "$name" is connected, and the connection "$connection" runs a shell on it.   (API page: $address/docs)

Try next, in another terminal:
  HOOP_TOKEN=$reading ./hoop config create --api-url $address
  ./hoop admin get agents
  echo 'echo hello from \$(hostname)' | ./hoop exec $connection

Ctrl-C stops both.

DONE
  # The pipes are open; nobody looks at the lines any more.
  rm -rf "$work"
  work=

  # Whoever ends first ends the other; one that ends by itself is a failure.
  wait -n "${running[gateway]}" "${running[agent]}" || true
  say "One of the two has ended; see above. Stopping the other ..."
  exit 1
}
