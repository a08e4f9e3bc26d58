#!/usr/bin/env bash
# Makes everything that a version consists of, with checksums and papers. The same commit on the same system gives the same bytes.
set -euo pipefail
# shellcheck source=scripts/build.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/build.sh"

usage() {
  cat <<'HELP'
Usage: ./release.sh [--output FOLDER] [--repository-url URL] [--source-url URL] [--images] [--native]
       ./release.sh --twice [OPTION...]     from two clean clones in two folders, and compares every byte
  --output   where it goes, default .build/release; emptied before
  --repository-url, --source-url   as of ./pack.sh: where a debugger finds the sources of the packages
  --images   also OCI image archives of gateway and agent, from nothing but the programs and the libraries of this system
  --native   also the command line as a native program; needs clang or gcc

What is there: packages (.nupkg, .snupkg), the gateway and the command line for any Linux with .NET 10, what deploy/ holds, the
sources, SHA256SUMS, an SBOM (CycloneDX) and a provenance statement (in-toto, SLSA). Nothing is signed: sign SHA256SUMS with your key.
HELP
}

output=$root/.build/release images= native= twice=
options=() packing=()
while (($#)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --output) output=$(realpath -m -- "${2:?--output needs a folder}"); shift ;;
    --repository-url | --source-url) packing+=("$1" "${2:?$1 needs an address}"); options+=("$1" "$2"); shift ;;
    --images) images=yes; options+=("$1") ;;
    --native) native=yes; options+=("$1") ;;
    --twice) twice=yes ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

require_dotnet
require_build_folder
[[ -z $(git -C "$root" status --porcelain) ]] || fail "There are changes that are not committed; a version is made of a commit."
commit=$(git -C "$root" rev-parse HEAD)
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$root/Directory.Build.props")
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH

if [[ -n $twice ]]; then
  # Of different lengths, so that a path that is kept somewhere shows.
  first=$(mktemp -d)/one second=$(mktemp -d)/another/clone
  trap 'rm -rf "${first%/one}" "${second%/another/clone}"' EXIT
  for clone in "$first" "$second"; do
    git clone --quiet --no-local "$root" "$clone"
    git -C "$clone" checkout --quiet "$commit"
    "$clone/release.sh" "${options[@]}" >&2
  done
  diff <(cd "$first/.build/release" && find . -type f | sort | xargs sha256sum) \
    <(cd "$second/.build/release" && find . -type f | sort | xargs sha256sum) || fail "Not the same bytes; see above."
  rm -rf "$output"
  mkdir -p "$(dirname -- "$output")"
  cp -r "$first/.build/release" "$output"
  say "The same bytes twice: $(find "$output" -type f | wc -l) files of commit $commit."
  exit 0
fi

log=$root/.build/release.log
: >"$log"
run() { quiet_dotnet "$@" >>"$log" 2>&1 || { grep -E ' error |error:' "$log" | sort -u >&2 || tail -20 "$log" >&2; fail "It failed; the whole log is ${log#"$root"/}."; }; }

# tarball FILE FOLDER NAME...: sorted, without owners, with the time of the commit.
tarball() {
  tar --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w \
    -C "$2" -cf - "${@:3}" | gzip -n -9 >"$1"
}

rm -rf "$output"
mkdir -p "$output"
say "Version $version of commit $commit"
"$root/pack.sh" --output "$output" "${packing[@]}" >/dev/null
release=$root/release/Hoop.Release/bin/Release/net10.0/Hoop.Release.dll

# In a copy, as ./publish.sh does it.
copy=$root/.build/releasing
rm -rf "$copy"
mkdir -p "$copy"
(cd "$root" && git archive --format=tar "$commit" | tar -x -C "$copy")
settings=(--configuration Release --verbosity quiet --nologo -tl:off -p:RunAnalyzers=false -p:Deterministic=true -p:DeterministicSourcePaths=false
  -p:EnableSourceControlManagerQueries=false -p:EnableSourceLink=false "-p:PathMap=$copy/=/_/" "-p:SourceRevisionId=$commit"
  -p:DebugType=none)
published=$copy/published
for one in gateway:src/Host/Hoop.Host.csproj cli:src/Cli/Hoop.Cli.csproj; do
  say "Publishing the ${one%%:*} ..."
  (cd "$copy" && run publish "${one#*:}" "${settings[@]}" -p:RestoreLockedMode=true -p:UseAppHost=false --output "$published/hoop-${one%%:*}")
  cp "$root/LICENSE" "$published/hoop-${one%%:*}/"
  tarball "$output/hoop-${one%%:*}-$version.tar.gz" "$published" "hoop-${one%%:*}"
done
tarball "$output/hoop-deploy-$version.tar.gz" "$copy" deploy
mkdir "$copy/hoop-$version"
(cd "$root" && git archive --format=tar "$commit" | tar -x -C "$copy/hoop-$version")
tarball "$output/hoop-source-$version.tar.gz" "$copy" "hoop-$version"

if [[ -n $native ]]; then
  say "Publishing the native command line ..."
  (cd "$copy" && find . -name packages.lock.json -delete && run publish src/Cli/Hoop.Cli.csproj "${settings[@]}" -r "$(rid)" \
    -p:RestorePackagesWithLockFile=false -p:PublishAot=true -p:StripSymbols=true --output "$published/native")
  ! grep -E '\bIL[0-9]{4}\b' "$log" >&2 || fail "The native program would lack something; see above."
  install -m 755 "$published/native/hoop" "$output/hoop-$version-$(rid)"
fi

if [[ -n $images ]]; then
  say "Making the images ..."
  . "$root/scripts/rootfs.sh"
  (cd "$copy" && find . -name packages.lock.json -delete)
  for one in gateway:src/Host/Hoop.Host.csproj:hoop-gateway:8009 agent:src/Cli/Hoop.Cli.csproj:hoop:-; do
    IFS=: read -r name project program port <<<"$one"
    # The gateway with code compiled ahead, as ./publish.sh makes it; the agent starts once and runs long.
    (cd "$copy" && run publish "$project" "${settings[@]}" -r "$(rid)" --self-contained true -p:RestorePackagesWithLockFile=false \
      "-p:PublishReadyToRun=$([[ $name == gateway ]] && printf true || printf false)" --output "$copy/rootfs-$name/app")
    rootfs "$copy/rootfs-$name" "/app/$program" >"$output/hoop-$name-$version.libraries.txt"
    entry=("/app/$program")
    [[ $name == gateway ]] || entry+=(start agent)
    quiet_dotnet "$release" image "$copy/rootfs-$name" "hoop-$name:$version" "$output/hoop-$name-$version.oci.tar" "$port" "${entry[@]}"
  done
fi

quiet_dotnet "$release" sbom "$root" "$version" >"$output/hoop-$version.cdx.json"
quiet_dotnet "$release" provenance "$root" "$version" "$commit" "$output"/* >"$copy/provenance.json"
mv "$copy/provenance.json" "$output/hoop-$version.intoto.json"
rm -rf "$copy"
(cd "$output" && LC_ALL=C sha256sum -- * >"$root/.build/SHA256SUMS" && mv "$root/.build/SHA256SUMS" . && ls -l)
