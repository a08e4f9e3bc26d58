#!/usr/bin/env bash
# An operator's day with an image archive of ./release.sh --images, in about four minutes and without a container engine: two gateways on a
# read-only root as nobody, a rolling replacement under traffic, a backup, a restore, metrics read by Prometheus, an alert that fires. As root.
#   try-operations.sh hoop-gateway-0.1.0.oci.tar
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
# shellcheck source=build.sh
. "$here/build.sh"
. "$here/postgres.sh"
[[ $(id -u) -eq 0 && $# -eq 1 && -r $1 ]] || { echo "usage, as root: try-operations.sh ARCHIVE" >&2; exit 2; }
archive=$(readlink -f -- "$1")
require_postgres
command -v prometheus >/dev/null || fail "Prometheus is not installed (Debian: apt-get install prometheus)."

work=$(mktemp -d)
declare -A running=()
finish() {
  for one in "${!running[@]}"; do kill "${running[$one]}" 2>/dev/null && wait "${running[$one]}" 2>/dev/null || true; done
  as_postgres "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
step() { printf '\n== %s\n' "$*"; }
as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# wait_for WHAT COMMAND...
wait_for() {
  local what=$1 tries
  shift
  for ((tries = 0; tries < 1800; tries++)); do ! "$@" >/dev/null 2>&1 || return 0; sleep 0.1; done
  tail -5 "$work"/*.log >&2
  fail "$what did not come."
}

step "PostgreSQL"
bin=${HOOP_POSTGRES_BIN:-$(dirname -- "$(ls -1 /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")}
chmod 755 "$work"
install -d -o postgres -g postgres -m 700 "$work/data"
database=$(free_port)
as_postgres "$bin/initdb" -D "$work/data" -U hoop -A trust -E UTF8 --locale=C --no-sync >/dev/null
as_postgres "$bin/pg_ctl" -D "$work/data" -w -l "$work/data/log" -o "-p $database -k $work/data -c fsync=off" start >/dev/null
as_postgres "$bin/createdb" -h 127.0.0.1 -p "$database" -U hoop hoop
url=postgres://hoop@127.0.0.1:$database

key=$(openssl rand -base64 32) token=$(openssl rand -hex 32)
declare -A port=([a]=$(free_port) [b]=$(free_port) [restored]=$(free_port)) metrics=([a]=$(free_port) [b]=$(free_port) [restored]=$(free_port))
# gateway NAME [DATABASE]: starts one of the archive and waits until it is ready.
gateway() {
  "$here/try-image.sh" "$archive" "HOOP_DATABASE_URL=$url/${2:-hoop}" "HOOP_ENCRYPTION_KEY=$key" "HOOP_ADMIN_TOKEN=$token" \
    "HOOP_LISTEN=http://127.0.0.1:${port[$1]}" "HOOP_METRICS_LISTEN=http://127.0.0.1:${metrics[$1]}" HOOP_SHUTDOWN_DELAY=2s \
    >"$work/$1.log" 2>&1 &
  running[$1]=$!
  local began=$EPOCHREALTIME
  wait_for "$1" ready "$1"
  printf '%s is ready at port %s after %d ms, unpacking included\n' "$1" "${port[$1]}" "$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))"
}
ready() { curl -sf -m 5 "http://127.0.0.1:${port[$1]}/healthz/ready"; }
# stop NAME: as an orchestrator does it.
stop() {
  local code=0
  kill -TERM "${running[$1]}"
  wait "${running[$1]}" || code=$?
  unset "running[$1]"
  printf '%s has ended with code %s\n' "$1" "$code"
  ((code == 0)) || fail "It should have ended with 0."
}
ask() { curl -s -m 30 -X "$2" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' ${4:+-d "$4"} "http://127.0.0.1:${port[$1]}$3"; }

step "Two gateways of the image"
gateway a
gateway b
# The program took the place of what started it; /proc tells what it is now.
pid=$(pgrep -f "^/app/hoop-gateway" | head -1)
grep -E '^(Uid|Gid|NoNewPrivs|CapBnd|CapEff)' "/proc/$pid/status" | tr '\n' ' '
printf '\nroot: %s\n' "$(awk '$5 == "/" {print $6}' "/proc/$pid/mountinfo" | tail -1)"
ls "/proc/$pid/root/bin" "/proc/$pid/root/bin/sh" 2>&1 | sed "s|/proc/$pid/root||" || true
printf 'resident: %s\n' "$(awk '/^VmRSS/ {print $2, $3}' "/proc/$pid/status")"
ask a POST /api/agents '{"name": "web"}' | head -c 80
printf '\nthe other one knows: %s\n' "$(ask b GET /api/agents/web | grep -o '"name":"web"')"

step "A rolling replacement under traffic, behind a proxy that looks once in half a second who is ready"
touch "$work/serving"
(
  while :; do
    for one in a b; do ! ready $one >/dev/null || printf '%s\n' "${port[$one]}"; done >"$work/serving.new"
    mv "$work/serving.new" "$work/serving"
    sleep 0.5
  done
) &
running[proxy]=$!
(
  while :; do
    mapfile -t upstreams <"$work/serving"
    ((${#upstreams[@]})) || { sleep 0.05; continue; }
    curl -s -o /dev/null -m 10 -w '%{http_code}\n' -H "Authorization: Bearer $token" \
      "http://127.0.0.1:${upstreams[RANDOM % ${#upstreams[@]}]}/api/agents" >>"$work/answers" || echo "failed" >>"$work/answers"
  done
) 2>/dev/null &
running[traffic]=$!
wait_for traffic test -s "$work/answers"
for one in a b; do
  stop $one
  gateway $one
  sleep 1.5
done
for one in traffic proxy; do kill "${running[$one]}"; wait "${running[$one]}" 2>/dev/null || true; unset "running[$one]"; done
sort "$work/answers" | uniq -c
[[ $(sort -u "$work/answers") == 200 ]] || fail "Requests failed."

step "Backup while they serve, and a restore"
HOOP_DATABASE_URL=$url/hoop HOOP_POSTGRES_BIN=$bin "$root/deploy/backup/backup.sh" "$work/hoop.backup"
ask a DELETE /api/agents/web >/dev/null
as_postgres "$bin/createdb" -h 127.0.0.1 -p "$database" -U hoop hoop_restored
HOOP_DATABASE_URL=$url/hoop_restored HOOP_POSTGRES_BIN=$bin "$root/deploy/backup/restore.sh" "$work/hoop.backup"
gateway restored hoop_restored
printf 'deleted after the backup, here: %s; restored: %s\n' "$(ask a GET /api/agents/web | grep -o '"message":"[^"]*"')" \
  "$(ask restored GET /api/agents/web | grep -o '"name":"web"')"
[[ $(ask restored GET /api/agents/web) == *'"name":"web"'* ]] || fail "The restored database does not have the agent."
stop restored

step "Prometheus reads both, with the rules of deploy/prometheus"
prometheus=$(free_port)
cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 2s, evaluation_interval: 2s}
rule_files: [$root/deploy/prometheus/hoop-alerts.yml]
scrape_configs:
  - job_name: hoop
    static_configs: [{targets: ["127.0.0.1:${metrics[a]}", "127.0.0.1:${metrics[b]}"]}]
YAML
promtool check config "$work/prometheus.yml" | grep SUCCESS
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="127.0.0.1:$prometheus" \
  >"$work/prometheus.log" 2>&1 &
running[prometheus]=$!
query() { curl -s -m 5 -G "http://127.0.0.1:$prometheus/api/v1/query" --data-urlencode "query=$1"; }
alerts() { curl -s -m 5 "http://127.0.0.1:$prometheus/api/v1/alerts" | grep -oE '"alertname":"[^"]*"|"instance":"[^"]*"|"state":"[^"]*"' | paste -sd' '; }
both_up() { [[ $(query 'sum(up{job="hoop"})') == *'"2"]'* ]]; }
fires() { [[ $(alerts) == *'"alertname":"HoopGatewayDown"'*'"state":"firing"'* ]]; }
wait_for "the first scrape" both_up
for metric in 'count({job="hoop"})' 'count(count by (__name__) ({job="hoop"}))' 'sum by (http_route) (http_server_request_duration_seconds_count)'; do
  printf '%s = %s\n' "$metric" "$(query "$metric" | grep -oE '"result":.*' | head -c 300)"
done
printf 'alerts while all is well: %s\n' "$(alerts)"

step "A gateway is lost"
kill -KILL "$(ps -o pid= --ppid "${running[b]}" | head -1)"
wait "${running[b]}" 2>/dev/null || true
unset "running[b]"
wait_for "the alert" fires
alerts
ready a >/dev/null
printf '\nAll of it was as it should be.\n'
