#!/usr/bin/env bash
# Measures the gateway against a bare program with the same statements, side by side on this machine.
set -euo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/build.sh"
. "$root/scripts/postgres.sh"

usage() {
  cat <<'HELP'
Usage: ./bench.sh [SUITE...] [--rounds N] [--seconds N]     default: all suites, 5 rounds of 5 s, about half an hour
       ./bench.sh quick [SUITE...]                          one short round on small tables: does everything work? Nothing is kept.

  verify     the check of a JWT-SVID against the bare signature check, per core; bytes allocated
  auth       requests signed in with a JWT-SVID, an access token and an API token, seen before and first seen, and in a flood of forged ones
  resolve    POST /api/spiffe-mappings/resolve at 1,000 to 1,000,000 mappings, against the bare program and pgbench
  identity   entities, aliases, lists, tokens and nested groups at 1,000 and 1,000,000 entities, against the bare program
  create     a mapping with its audit row against a bare insert
  memory     the same requests with HOOP_MEMORY on and off, against the bare program
  import     1,000,000 mappings through POST /api/spiffe-mappings/import, and the gateway's memory meanwhile
  process    start to ready, memory of the idle process, and after 1,000,000 requests of all kinds
  waits      the deletion of a token: one gateway, three, and one of three frozen
  latency    p50, p99 and p99.9 at half of saturation, by an open loop
  federation a warm token of a connection against the bare resolve, calls to a stand-in for Google when many ask at once, and
             bytes a second of hoop exec against a bare socket

The results go to bench/results/latest.json and into the table of docs/benchmarks.md, which says what they mean.
Needs wrk, which is installed where that is possible without asking, and PostgreSQL: a private one is started and removed, or HOOP_DATABASE_URL names a server where
databases may be made and dropped. Load goes to 127.0.0.1 only. Ctrl-C ends everything.
HELP
}

for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
  esac
done

# As root on Debian the load generator is installed without asking, as PostgreSQL is.
require_wrk() {
  ! command -v wrk >/dev/null || return 0
  if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
    say "wrk is not installed; installing it with apt-get ..."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk; } >&2 </dev/null ||
      fail "apt-get could not install wrk; install it, then run this again."
  else
    fail "wrk is not installed; install it (Debian: apt-get install wrk), or run ./bench.sh verify, which does without."
  fi
}

require_dotnet
[[ -n ${HOOP_DATABASE_URL:-} || $* =~ ^(quick )?verify$ ]] || require_postgres
[[ $* =~ ^(quick )?verify$ ]] || require_wrk
require_build_folder
say "Building ..."
dotnet_build bench/Hoop.Bench/Hoop.Bench.csproj || fail "The build failed; the errors are above."
exec dotnet "$root/bench/Hoop.Bench/bin/Release/net10.0/Hoop.Bench.dll" "$@"
