#!/usr/bin/env bash
# Measures the gateway against a bare program with the same statements, side by side on this machine.
set -euo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/build.sh"
. "$root/scripts/postgres.sh"

usage() {
  cat <<'HELP'
Usage: ./bench.sh [SUITE...] [--rounds N] [--seconds N]     default: all suites, 5 rounds of 5 s, about a quarter of an hour
       ./bench.sh quick [SUITE...]                          one short round on small tables: does everything work? Nothing is kept.

  verify     the check of a JWT-SVID against the bare signature check, per core; bytes allocated
  auth       requests signed in with a JWT-SVID, remembered and verified each time, and with an API token
  resolve    POST /api/spiffe-mappings/resolve at 1,000 to 1,000,000 mappings, against the bare program and pgbench
  create     a mapping with its audit row against a bare insert
  import     1,000,000 mappings through POST /api/spiffe-mappings/import, and the gateway's memory meanwhile

The results go to bench/results/latest.json and into the table of docs/benchmarks.md, which says what they mean.
Needs wrk, and PostgreSQL: a private one is started and removed, or HOOP_DATABASE_URL names a server where
databases may be made and dropped. Load goes to 127.0.0.1 only. Ctrl-C ends everything.
HELP
}

for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
  esac
done

require_dotnet
[[ -n ${HOOP_DATABASE_URL:-} || $* =~ ^(quick )?verify$ ]] || require_postgres
require_build_folder
say "Building ..."
dotnet_build bench/Hoop.Bench/Hoop.Bench.csproj || fail "The build failed; the errors are above."
exec dotnet "$root/bench/Hoop.Bench/bin/Release/net10.0/Hoop.Bench.dll" "$@"
