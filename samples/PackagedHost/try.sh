#!/usr/bin/env bash
# Packs Hoop, restores this host from the packages alone, builds it, runs it on a PostgreSQL of its own, and asks it as its users would.
# The last line says how it went; exit code 0 only when everything was as it should.
set -euo pipefail
# shellcheck source=../../scripts/build.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../scripts/build.sh"
. "$root/scripts/postgres.sh"
require_dotnet
require_postgres
require_build_folder

work=$(mktemp -d)
host='' server=''
finish() {
  [[ -z $host ]] || { kill "$host" 2>/dev/null && wait "$host" 2>/dev/null; } || true
  [[ -z $server ]] || as_user "$(postgres_program pg_ctl)" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

# PostgreSQL does not run as root.
as_user() { if [[ $(id -u) -eq 0 ]]; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); else "$@"; fi; }
postgres_program() {
  [[ -z ${HOOP_POSTGRES_BIN:-} ]] || { printf '%s/%s\n' "$HOOP_POSTGRES_BIN" "$1"; return; }
  command -v "$1" || ls -1 /usr/lib/postgresql/*/bin/"$1" | sort -V | tail -1
}

feed=$root/.build/feed
printf '<configuration><packageSources><clear/><add key="hoop" value="%s"/></packageSources></configuration>\n' "$feed" >"$work/NuGet.Config"
say "Packing ..."
repository=https://github.com/example/hoop
"$root/pack.sh" --output "$feed" --stand-ins "$work/stand-ins" --repository-url "$repository" >/dev/null
commit=$(git -C "$root" rev-parse HEAD)
links=$(quiet_dotnet "$root/release/Hoop.Release/bin/Release/net10.0/Hoop.Release.dll" source-links "$feed"/*.snupkg)
[[ -n $links ]] || fail "There are no symbols."
wrong=$(grep -vF "{\"documents\":{\"/_/*\":\"https://raw.githubusercontent.com/example/hoop/$commit/*\"}}" <<<"$links" || true)
[[ -z $wrong ]] || fail "Symbols do not say where their sources are: $wrong"

# The genuine MediatR.Contracts where there is one; this machine's registry may lack it.
say "Restoring and building from the packages ..."
(cd "$root/samples/PackagedHost" && quiet_dotnet build --configuration Release --verbosity quiet --nologo -tl:off \
  "-p:RestoreAdditionalProjectSources=$feed%3B$work/stand-ins" "-p:RestorePackagesPath=$work/packages" \
  "-p:RestoreFallbackFolders=${NUGET_PACKAGES:-$HOME/.nuget/packages}" "-p:BaseIntermediateOutputPath=$work/obj/" \
  --output "$work/host") || fail "The host could not be built from the packages."
for package in hoop.identity hoop.spiffe hoop.shared hoop.shared.callers hoop.gotemplates hoop.identity.contracts hoop.spiffe.contracts; do
  [[ -d $work/packages/$package ]] || fail "$package was not taken from the packages."
done

say "Starting it ..."
chmod 755 "$work"
install -d -m 700 "$work/data"
[[ $(id -u) -ne 0 ]] || chown postgres:postgres "$work/data"
as_user "$(postgres_program initdb)" -D "$work/data" -U orders -A trust -E UTF8 --locale=C --no-sync >/dev/null
install -d -m 777 "$work/socket"
as_user "$(postgres_program pg_ctl)" -D "$work/data" -w -l "$work/data/log" -o "-k $work/socket -c listen_addresses='' -c fsync=off" start >/dev/null
server=yes
ConnectionStrings__OrderTracking="Host=$work/socket;Username=orders;Database=postgres" Employees__ada__Badge=the-badge-of-ada-0123 \
  Employees__ada__Dispatcher=true ASPNETCORE_URLS=http://127.0.0.1:0 DOTNET_EnableDiagnostics=0 \
  dotnet "$work/host/PackagedHost.dll" >"$work/host.log" 2>&1 &
host=$!
for ((tries = 0; tries < 600; tries++)); do
  address=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$work/host.log" | head -1 || true)
  [[ -z $address ]] || break
  kill -0 "$host" 2>/dev/null || { cat "$work/host.log" >&2; fail "The host did not start."; }
  sleep 0.2
done

# ask METHOD PATH [BODY]: status and body.
ask() {
  curl -s -m 30 -w '\n%{http_code}' -X "$1" -H 'X-Badge: the-badge-of-ada-0123' -H 'Content-Type: application/json' ${3:+-d "$3"} "$address$2"
}
expect() { [[ $1 == *"$2"* ]] || { cat "$work/host.log" >&2; fail "Expected $2, got $1"; }; }
expect "$(ask POST /api/agents '{"name": "scanner-north"}')" $'\n201'
expect "$(ask GET /orders/1001)" '"scanner_is_known":true'
expect "$(ask GET /api/agents)" 'scanner-north'
expect "$(ask POST /v1/identity/entity '{"name": "from-a-package"}')" '"name":"from-a-package"'
[[ $(curl -s -o /dev/null -w '%{http_code}' "$address/api/agents") == 401 ]] || fail "Somebody without a badge got in."

say "Installing the command line as a tool ..."
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$root/Directory.Build.props")
# From the feed alone: a tool carries what it needs. A folder of packages of its own, so that no hoop of before is taken.
(cd "$work" && NUGET_PACKAGES=$work/tool-packages quiet_dotnet tool install hoop --version "$version" --tool-path "$work/tools" \
  --configfile "$work/NuGet.Config") >"$work/tool.log" 2>&1 || { cat "$work/tool.log" >&2; fail "The tool could not be installed."; }
hoop() { (cd "$work" && HOME=$work/home DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 "$work/tools/hoop" "$@"); }
expect "$(hoop --version)" "hoop $version"
expect "$(hoop completion bash)" 'complete -o default -F _hoop hoop'
expect "$(HOOP_APIURL=$address hoop admin get agents 2>&1 || true)" 'error: '
say "The tool runs."
say "The host of packages runs and answers as it should."
