# shellcheck shell=bash
# Building the programs, for the scripts beside this folder. Sourced.

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# program NAME: the built assembly of gateway, cli or demo.
program() {
  case $1 in
    gateway) printf '%s\n' "$root/src/Host/bin/Release/net10.0/hoop-gateway.dll" ;;
    cli) printf '%s\n' "$root/src/Cli/bin/Release/net10.0/hoop.dll" ;;
    demo) printf '%s\n' "$root/demo/Hoop.Demo/bin/Release/net10.0/Hoop.Demo.dll" ;;
  esac
}

project() {
  case $1 in
    gateway) printf 'src/Host/Hoop.Host.csproj\n' ;;
    cli) printf 'src/Cli/Hoop.Cli.csproj\n' ;;
    demo) printf 'demo/Hoop.Demo/Hoop.Demo.csproj\n' ;;
  esac
}

# rid: what this machine is called where programs are made for one kind of machine.
rid() {
  case $(uname -m) in
    x86_64) printf 'linux-x64\n' ;;
    aarch64) printf 'linux-arm64\n' ;;
    *) fail "$(uname -m) is not built for; the programs of ./hoop and ./run.sh work everywhere." ;;
  esac
}

require_dotnet() {
  command -v dotnet >/dev/null || fail "The .NET SDK 10 is not installed; see https://dotnet.microsoft.com/download/dotnet/10.0, then run this again."
}

# no_newer STAMP: true when no source is newer than this file. A few milliseconds.
no_newer() {
  [[ -f $1 && -z $(find "$root/src" "$root/demo" "$root/db" "$root"/Directory.*.props "$root/global.json" "$root/.editorconfig" \
    \( -name bin -o -name obj \) -prune -o -type f -newer "$1" -print -quit 2>/dev/null) ]]
}

# published NAME: the program of ./publish.sh, when there is one as new as the sources.
published() {
  local program=$root/.build/published/$1/$([[ $1 == hoop ]] && printf hoop || printf hoop-gateway)
  [[ -x $program ]] && no_newer "$root/.build/published/$1.stamp" && printf '%s\n' "$program"
}

# is_current NAME: true when the program was built and no source has changed since. A few milliseconds.
is_current() {
  [[ -f $(program "$1") ]] && no_newer "$root/.build/$1.stamp"
}

# quiet_dotnet ARGUMENT...: dotnet without its greeting. It and NuGet keep their caches under HOME; a user without one gets it here.
quiet_dotnet() {
  local home=${HOME:-}
  if [[ -z $home || ! -w $home ]]; then
    home=$root/.build/home
    mkdir -p "$home"
  fi
  HOME=$home DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 dotnet "$@"
}

require_build_folder() {
  mkdir -p "$root/.build" 2>/dev/null || true
  [[ -w $root/.build ]] || fail "$root is not writable for $(id -un), and must be built first; run this as its owner."
}

# dotnet_build PROJECT [ARGUMENT...]: builds in Release with locked packages; prints the errors alone, to standard error.
dotnet_build() { dotnet_run build "$@" --configuration Release; }

# dotnet_run COMMAND PROJECT [ARGUMENT...]
dotnet_run() {
  local log
  log=$(mktemp "$root/.build/build.XXXXXX.log")
  # global.json is looked up from the working directory.
  if (cd "$root" && quiet_dotnet "$@" --verbosity quiet --nologo -tl:off -p:RestoreLockedMode=true) >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi

  # An error stands twice in the output, once in the summary; what is not a compiler error is shown as it is.
  if grep -q ' error ' "$log"; then grep ' error ' "$log" | sort -u >&2; else cat "$log" >&2; fi
  rm -f "$log"
  return 1
}

# build NAME...: builds what is not current. Several scripts may do so at once; one works, the others wait.
build() {
  local name stale=()
  for name in "$@"; do is_current "$name" || stale+=("$name"); done
  ((${#stale[@]})) || return 0

  require_dotnet
  require_build_folder
  # Also without a terminal: whoever reads a log wonders as well what takes so long.
  [[ -n $(find "$root/.build" -name '*.stamp' -print -quit) ]] ||
    say "First start: packages are restored and the programs built, once, about a minute on two idle cores. A line a step:"
  (
    ! command -v flock >/dev/null || flock 8
    for name in "${stale[@]}"; do
      ! is_current "$name" || continue
      say "Restoring the packages of the $name ..."
      if ! dotnet_run restore "$(project "$name")" 8>&-; then
        fail "The packages of the $name could not be restored; the errors are above."
      fi
      say "Building the $name ..."
      # The stamp is of the start: what is edited while the compiler runs counts as newer.
      started=$(mktemp "$root/.build/$name.XXXXXX")
      # Without the lock's handle: the compiler server outlives the build.
      if ! dotnet_build "$(project "$name")" --no-restore 8>&-; then
        rm -f "$started"
        fail "The build of $name failed; the errors are above."
      fi
      mv -f "$started" "$root/.build/$name.stamp"
      chmod 644 "$root/.build/$name.stamp"
    done
  ) 8>"$root/.build/lock"
}
