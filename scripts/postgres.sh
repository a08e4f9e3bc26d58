# shellcheck shell=bash
# PostgreSQL's server programs, for the scripts beside this folder. Sourced after build.sh.

has_postgres() {
  local folder
  command -v initdb >/dev/null && command -v pg_ctl >/dev/null && command -v postgres >/dev/null && return 0
  for folder in /usr/lib/postgresql/*/bin; do
    [[ -x $folder/initdb && -x $folder/pg_ctl && -x $folder/postgres ]] && return 0
  done
  return 1
}

# Installs the programs where that is possible without asking: as root, with apt-get. Nothing of it goes to standard output.
require_postgres() {
  [[ -z ${HOOP_POSTGRES_BIN:-} ]] || return 0
  ! has_postgres || return 0
  if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
    say "PostgreSQL is not installed; installing it with apt-get ..."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; } >&2 </dev/null ||
      fail "apt-get could not install postgresql; install PostgreSQL 15 or newer, then run this again."
    has_postgres || fail "apt-get installed postgresql, but there is no initdb in /usr/lib/postgresql/*/bin; set HOOP_POSTGRES_BIN to its folder."
  else
    fail "PostgreSQL 15 or newer is not installed; install it (Debian: apt-get install postgresql), or set HOOP_POSTGRES_BIN to the folder of initdb and postgres."
  fi
}
