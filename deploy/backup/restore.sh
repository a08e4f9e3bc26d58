#!/usr/bin/env bash
# Brings a backup into an empty database. Start gateways afterwards, with the encryption key of the time of the backup.
set -euo pipefail
# shellcheck source=database.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/database.sh"

usage() {
  cat <<'HELP'
Usage: restore.sh FILE
  Restores FILE into the database that HOOP_DATABASE_URL (or HOOP_DATABASE_URL_FILE) names. The database must hold none
  of Hoop's schemas. All or nothing: one transaction.
HELP
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
(($# == 1)) || { usage >&2; exit 1; }
file=$1
[[ -r $file ]] || fail "$file cannot be read"
database
psql=$(program psql) restore=$(program pg_restore)
taken=$("$psql" --dbname="$address" --no-psqlrc --quiet --tuples-only --no-align --command \
  "SELECT string_agg(nspname, ', ' ORDER BY nspname) FROM pg_namespace
   WHERE nspname IN ('hoop', 'identity', 'spiffe', 'service_accounts', 'federation')") || fail "the database does not answer"
[[ -z $taken ]] || fail "the database holds $taken already; restore into an empty one"
"$restore" --dbname="$address" --no-owner --no-privileges --single-transaction --exit-on-error "$file" ||
  fail "nothing was restored; see above"
printf 'restored. Start a gateway with the encryption key of the time of the backup.\n'
