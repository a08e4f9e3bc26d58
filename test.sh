#!/usr/bin/env bash
# Builds everything with warnings as errors, runs the tests, and ends with the line "N passed, N failed, N skipped".
# The exit code is 0 only when everything was built, at least one test ran, none failed and no test process broke down.
set -euo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/build.sh"
. "$root/scripts/postgres.sh"

usage() {
  cat <<'HELP'
Usage: ./test.sh [--filter EXPRESSION] [PROJECT...]
       ./test.sh --native
  PROJECT     part of the name of a test project, such as Spiffe; default: all
  --filter    as of dotnet test, such as Name~Prefix or FullyQualifiedName~Mappings
  --native    the tests that run hoop, with the native program that ./publish.sh hoop has made of these sources; each answer of each
              command is compared with the built program's
HELP
}

filter=()
wanted=()
while (($#)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --native)
      HOOP_TEST_CLI=$(published hoop) || fail "There is no native program as new as the sources; run ./publish.sh hoop first."
      export HOOP_TEST_CLI
      wanted+=(EndToEnd)
      filter=(--filter "FullyQualifiedName~EndToEnd.Tests.Cli|FullyQualifiedName~AgentProcess|FullyQualifiedName~FrozenGateway|FullyQualifiedName~RealProcesses.SessionTests|FullyQualifiedName~RealProcesses.StreamTests") ;;
    --filter) [[ -n ${2:-} ]] || fail "--filter needs an expression"; filter=(--filter "$2"); shift ;;
    -*) usage >&2; fail "unknown option $1" ;;
    *) wanted+=("$1") ;;
  esac
  shift
done

passed=0 failed=0 skipped=0
finish() {
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  exit "$1"
}

# The longest first, so that the others fill the gap beside it.
projects=()
for project in "$root"/tests/Hoop.EndToEnd.Tests "$root"/tests/*.Tests; do
  name=$(basename "$project")
  [[ " ${projects[*]:-} " != *" $name "* ]] || continue
  if ((${#wanted[@]})); then
    for part in "${wanted[@]}"; do
      if [[ $name == *"$part"* ]]; then projects+=("$name"); break; fi
    done
  else
    projects+=("$name")
  fi
done
((${#projects[@]})) || fail "no test project has ${wanted[*]} in its name"

require_dotnet
require_postgres
require_build_folder

echo "Building ..."
started=$(mktemp "$root/.build/stamp.XXXXXX")
if ! dotnet_build Hoop.sln -warnaserror; then
  rm -f "$started"
  echo "The build failed, no test was run; the errors are above."
  finish 1
fi
for name in gateway cli demo; do cp -p "$started" "$root/.build/$name.stamp"; done
rm -f "$started"

results=$root/.build/test-results
rm -rf "$results"
mkdir -p "$results"

# run_project NAME: its output is kept together and shown when it is done. Five minutes without
# the end of a test end the run of its project.
run_project() {
  local name=$1 code=0
  quiet_dotnet test "$root/tests/$name/bin/Release/net10.0/$name.dll" --nologo --results-directory "$results/$name" \
    --logger "trx;LogFileName=$name.trx" --blame-hang-timeout 5m --blame-hang-dump-type none "${filter[@]}" \
    >"$results/$name.log" 2>&1 </dev/null || code=$?
  echo "$code" >"$results/$name.code"
  # One write: two projects may end together.
  printf '%s\n' "== $name"$'\n'"$(grep -v -e '^Test run for ' -e '^A total of ' -e '^VSTest version' -e '^Starting test execution' -e '^Results File:' -e "^Data collector 'Blame'" -e '^Additionally, path to test adapters' -e '^$' "$results/$name.log" || true)"
}

running=0
for name in "${projects[@]}"; do
  if ((running == 2)); then
    wait -n || true
    running=1
  fi
  run_project "$name" &
  running=$((running + 1))
done
wait

# The trx files say what became of each test; their own totals leave skipped ones out.
outcomes=$(find "$results" -name '*.trx' -exec sed -n '/<UnitTestResult /{s/.* outcome="\([A-Za-z]*\)".*/\1/;s/.*<UnitTestResult .*/Failed/;p;}' {} +)
while read -r outcome; do
  case $outcome in
    '') ;;
    Passed) passed=$((passed + 1)) ;;
    Failed | Error | Timeout | Aborted) failed=$((failed + 1)) ;;
    *) skipped=$((skipped + 1)) ;;
  esac
done <<<"$outcomes"

status=0
for name in "${projects[@]}"; do
  code=$(cat "$results/$name.code" 2>/dev/null || echo missing)
  if [[ $code != 0 ]]; then
    echo "$name did not succeed (exit code $code); its output is in ${results#"$root"/}/$name.log"
    status=1
  fi
done
((failed == 0)) || status=1
if ((passed + failed == 0)); then
  echo "No test ran."
  status=1
fi
finish "$status"
