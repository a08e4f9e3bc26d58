#!/usr/bin/env bash
# Writes one file with everything that Hoop keeps in its database, while gateways serve. The encryption key is not in it: keep that
# elsewhere, for without it the sealed credentials in the backup cannot be opened, and with it they can.
set -euo pipefail
# shellcheck source=database.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/database.sh"
umask 077

usage() {
  cat <<'HELP'
Usage: backup.sh FILE
  Dumps the database that HOOP_DATABASE_URL (or HOOP_DATABASE_URL_FILE) names into FILE, which must not be there yet.
  The role needs SELECT on Hoop's schemas. Exit code 0 only for a backup that is whole.
HELP
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
(($# == 1)) || { usage >&2; exit 1; }
file=$1
database
[[ ! -e $file ]] || fail "$file is there already; name another file"
dump=$(program pg_dump)

unfinished=$file.part
trap 'rm -f "$unfinished"' EXIT
"$dump" --dbname="$address" --format=custom --no-owner --no-privileges --lock-wait-timeout=30s --file="$unfinished" \
  --schema=hoop --schema=identity --schema=spiffe --schema=service_accounts --schema=federation ||
  fail "pg_dump failed, see above; there is no backup"
[[ -s $unfinished ]] || fail "pg_dump wrote nothing; there is no backup"
mv -- "$unfinished" "$file"
printf 'backed up into %s (%s bytes). Keep the encryption key apart from it.\n' "$file" "$(wc -c <"$file")"
