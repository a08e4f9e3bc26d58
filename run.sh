#!/usr/bin/env bash
# Starts the gateway; builds it first when needed.
set -euo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/build.sh"

# The runtime's diagnostics socket gives a process's environment, and the keys in it, to everybody who runs as the same user.
export DOTNET_EnableDiagnostics=${DOTNET_EnableDiagnostics:-0}
. "$root/scripts/postgres.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  cat <<'HELP'
Usage: ./run.sh               start the gateway (http://127.0.0.1:8009, data in ./.hoop)
       ./run.sh --with-agent  the same, with an agent of this machine and a first connection to try
       ./run.sh demo          the whole story on this machine, step by step
       ./run.sh migrate       bring the database up to date, then end

Settings are HOOP_* environment variables:
  HOOP_LISTEN          address of the gateway, default http://127.0.0.1:8009
  HOOP_DATA_DIR        keys, admin token and the private PostgreSQL, default ./.hoop
  HOOP_DATABASE_URL    postgres://user:password@host/database instead of the private PostgreSQL
  HOOP_POSTGRES_BIN    folder of PostgreSQL's programs, when it is not found by itself
All of them are in docs/configure.md. Ctrl-C stops the gateway and its PostgreSQL.
HELP
  exit 0
fi

require_dotnet
if [[ ${1:-} == demo ]]; then
  shift
  require_postgres
  build gateway cli demo
  exec dotnet "$(program demo)" "$@"
fi

if [[ ${1:-} == --with-agent ]]; then
  shift
  (($# == 0)) || fail "--with-agent takes nothing more; settings are variables: ./run.sh --help"
  . "$root/scripts/with-agent.sh"
  with_agent
fi

[[ -n ${HOOP_DATABASE_URL:-}${HOOP_DATABASE_URL_FILE:-} || ${1:-} == *version || ${1:-} == *help ]] || require_postgres
if native=$(published gateway); then
  exec "$native" "$@"
fi

build gateway
exec dotnet "$(program gateway)" "$@"
