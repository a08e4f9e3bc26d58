#!/usr/bin/env bash
# Packs what .NET programs take of Hoop: its modules, their contracts, what those need, the client, and the command line as a tool.
set -euo pipefail
# shellcheck source=scripts/build.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/build.sh"

usage() {
  cat <<'HELP'
Usage: ./pack.sh [--output FOLDER] [--repository-url URL] [--source-url URL] [--stand-ins FOLDER]
  --output          where the packages go, default .build/packages; emptied before
  --repository-url  where the sources are kept, such as https://github.com/OWNER/NAME; default: the variable RepositoryUrl. The packages
                    name it, and on GitHub and GitLab a debugger finds each source there. Without it the sources in the symbols serve
  --source-url      where a debugger finds them when that is another place, with {commit} and * for the path, such as
                    https://git.example.com/hoop/raw/commit/{commit}/*
  --stand-ins       also packs src/Shared/MediatR.Contracts there, for machines whose registry lacks the genuine package

The same commit gives the same bytes, in every folder and at every time.
HELP
}

output=$root/.build/packages repository_url=${RepositoryUrl:-} source_url= stand_ins=
# MSBuild takes variables for properties: what is not asked for here must not come in there.
unset RepositoryUrl
while (($#)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --output) output=$(realpath -m -- "${2:?--output needs a folder}"); shift ;;
    --repository-url) repository_url=${2:?--repository-url needs an address}; shift ;;
    --source-url) source_url=${2:?--source-url needs an address}; shift ;;
    --stand-ins) stand_ins=$(realpath -m -- "${2:?--stand-ins needs a folder}"); shift ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
repository_url=${repository_url%/}
repository_url=${repository_url%.git}
[[ -z $repository_url || $repository_url =~ ^https://[A-Za-z0-9./_~-]+$ ]] || fail "--repository-url $repository_url: it is an https:// address"
[[ -z $source_url || $source_url == https://*'{commit}'*'*' ]] ||
  fail "--source-url $source_url: it is an https:// address with {commit} and a * at its end"
if [[ -z $source_url ]]; then
  case $repository_url in
    '') ;;
    https://github.com/*) source_url="https://raw.githubusercontent.com/${repository_url#https://github.com/}/{commit}/*" ;;
    https://gitlab.*) source_url="$repository_url/-/raw/{commit}/*" ;;
    *) say "$repository_url is neither GitHub nor GitLab: without --source-url debuggers take the sources in the symbols." ;;
  esac
fi

require_dotnet
require_build_folder
log=$root/.build/pack.log
: >"$log"
run() { quiet_dotnet "$@" >>"$log" 2>&1 || { grep -E ' error |error:' "$log" | sort -u >&2 || tail -20 "$log" >&2; fail "It failed; the whole log is ${log#"$root"/}."; }; }

# In a copy: what is packed has other outputs than the build that the tests use. Emptied, so that nothing of before is packed.
copy=$root/.build/packing
rm -rf "$copy"
mkdir -p "$copy"
(cd "$root" && find src db docs/packages release Directory.* global.json .editorconfig LICENSE Hoop.sln \( -name bin -o -name obj \) -prune \
  -o -type f -print0 | xargs -0 cp --parents -t "$copy")
commit=$(git -C "$root" rev-parse HEAD 2>/dev/null || true)

# By kind and not by name, so that a new module or the client is packed as soon as it is there.
projects=$(cd "$copy" && find src/Modules src/Shared/Hoop.* src/Client src/Cli -name '*.csproj' 2>/dev/null || true)
projects=$(LC_ALL=C sort <<<"$projects")
printf '{"solution": {"path": "Hoop.sln", "projects": [%s]}}\n' \
  "$(sed 's|/|\\\\|g; s|.*|"&"|' <<<"$projects" | paste -sd,)" >"$copy/packed.slnf"

# Sources are named from the root, wherever that is; the symbols hold their texts.
settings=(-p:HoopPacking=true -p:RunAnalyzers=false -p:RestoreLockedMode=true -p:Deterministic=true -p:DeterministicSourcePaths=false
  -p:EnableSourceControlManagerQueries=false -p:EnableSourceLink=false -p:EmbedAllSources=true "-p:PathMap=$copy/=/_/")
[[ -z $commit ]] || settings+=("-p:SourceRevisionId=$commit" "-p:RepositoryCommit=$commit" -p:RepositoryType=git)
[[ -z $repository_url ]] || settings+=("-p:RepositoryUrl=$repository_url" "-p:PackageProjectUrl=$repository_url")
if [[ -n $source_url ]]; then
  [[ -n $commit ]] || fail "This is no clone, so there is no commit to find the sources by; leave the address away."
  printf '{"documents":{"/_/*":"%s"}}' "${source_url//\{commit\}/$commit}" >"$copy/sourcelink.json"
  settings+=("-p:SourceLink=$copy/sourcelink.json")
fi

rm -rf "$output"
mkdir -p "$output"
say "Packing $(wc -l <<<"$projects") projects; this takes a minute or two ..."
(cd "$copy" && run pack packed.slnf --configuration Release --verbosity quiet --nologo -tl:off --output "$output" "${settings[@]}")
if [[ -n $stand_ins ]]; then
  mkdir -p "$stand_ins"
  (cd "$copy" && run pack src/Shared/MediatR.Contracts --configuration Release --verbosity quiet --nologo -tl:off --output "$stand_ins" \
    "${settings[@]}" -p:IsPackable=true -p:IncludeSymbols=false)
fi

(cd "$root" && run build release/Hoop.Release --configuration Release --verbosity quiet --nologo -tl:off -p:RunAnalyzers=false)
release=$root/release/Hoop.Release/bin/Release/net10.0/Hoop.Release.dll
quiet_dotnet "$release" normalise "$output"/*nupkg ${stand_ins:+"$stand_ins"/*.nupkg}
rm -rf "$copy"
(cd "$output" && ls -1)
