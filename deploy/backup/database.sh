# shellcheck shell=bash
# The database of HOOP_DATABASE_URL for PostgreSQL's own programs. Sourced by the scripts beside this one.

fail() { printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2; exit 1; }

# database: sets $address, and PGPASSWORD in the environment. The password does not stay in the address, because arguments of a program
# can be read by every user of the machine.
database() {
  address=${HOOP_DATABASE_URL:-}
  [[ -z ${HOOP_DATABASE_URL_FILE:-} ]] || address=$(<"$HOOP_DATABASE_URL_FILE")
  [[ -n $address ]] || fail "set HOOP_DATABASE_URL or HOOP_DATABASE_URL_FILE"
  [[ $address == postgres://* || $address == postgresql://* ]] || fail "HOOP_DATABASE_URL must be a postgres:// URL here"
  [[ ! $address =~ [?\&](ssl)?password= ]] || fail "write the password in front of the host, as postgres://user:password@host/database"
  if [[ $address =~ ^(postgres(ql)?://[^:@/]*):([^@/]*)@(.*)$ ]]; then
    address="${BASH_REMATCH[1]}@${BASH_REMATCH[4]}"
    local coded=${BASH_REMATCH[3]//\\/\\\\}
    printf -v PGPASSWORD '%b' "${coded//%/\\x}"
    export PGPASSWORD
  fi
}

# program NAME: one of PostgreSQL's.
program() {
  local path=${HOOP_POSTGRES_BIN:+$HOOP_POSTGRES_BIN/}$1
  command -v "$path" >/dev/null || fail "$1 is not on the PATH; install PostgreSQL's client programs, or set HOOP_POSTGRES_BIN"
  printf '%s\n' "$path"
}
