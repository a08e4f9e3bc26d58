#!/usr/bin/env bash
# Builds the forms that start fast: the command line as a native program, the gateway with code compiled ahead (ReadyToRun).
set -euo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/build.sh"

if [[ ${1:-} == -h || ${1:-} == --help || $# -gt 1 || ! ${1:-all} =~ ^(hoop|gateway|all)$ ]]; then
  cat <<'HELP'
Usage: ./publish.sh            both
       ./publish.sh hoop       the native command line: .build/published/hoop/hoop, one file; needs clang or gcc
       ./publish.sh gateway    the gateway with code compiled ahead: .build/published/gateway/hoop-gateway; needs the .NET runtime

./hoop and ./run.sh take these when they are as new as the sources. They take some minutes of processor time.
HELP
  [[ ${1:-} == -h || ${1:-} == --help ]] && exit 0 || exit 2
fi

require_dotnet
require_build_folder

# In a copy: what is restored for one kind of machine has other lock files and folders than the build that the tests use.
mkdir -p "$root/.build/published"

# publish NAME ARGUMENT...
publish() {
  local name=$1 into=$root/.build/published/$1 log=$root/.build/publish-$1.log copy=$root/.build/publishing-$1
  shift
  mkdir -p "$copy"
  say "Publishing $name; this takes some minutes ..."
  rm -rf "$copy/src" "$copy/db"
  (cd "$root" && find src db Directory.*.props global.json .editorconfig \( -name bin -o -name obj -o -name packages.lock.json \) -prune \
    -o -type f -print0 | xargs -0 cp --parents -t "$copy")
  touch "$root/.build/$name.publishing"
  quiet_dotnet publish "$copy/$(project "$([[ $name == hoop ]] && printf cli || printf gateway)")" -c Release -r "$(rid)" \
    -p:RestorePackagesWithLockFile=false -p:RestoreLockedMode=false -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:DebugType=none -o "$into.new" "$@" \
    >"$log" 2>&1 || { tail -20 "$log" >&2; fail "Publishing $name failed; the whole log is in $log."; }
  # What the compiler could not see through may fail when it is used, and only then.
  if grep -qE '\bIL[0-9]{4}\b' "$log"; then
    grep -E '\bIL[0-9]{4}\b' "$log" | sort -u >&2
    fail "The native program would lack something; see above."
  fi
  find "$into.new" -name '*.xml' -delete
  rm -rf "$into"
  mv "$into.new" "$into"
  mv "$root/.build/$name.publishing" "$root/.build/published/$name.stamp"
  say "$into"
}

[[ ${1:-all} == gateway ]] || publish hoop -p:PublishAot=true -p:StripSymbols=true
[[ ${1:-all} == hoop ]] || publish gateway --self-contained false -p:PublishReadyToRun=true
