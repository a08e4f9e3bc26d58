#!/usr/bin/env bash
# Runs an image archive of ./release.sh --images without a container engine: its layer as a read-only root, its user, no capability, no
# new privileges, nothing writable. As root, which such a root needs. The settings of the image hold, and those that are given.
#   try-image.sh hoop-gateway-0.1.0.oci.tar HOOP_DATABASE_URL=… HOOP_ENCRYPTION_KEY=… HOOP_ADMIN_TOKEN=…
set -euo pipefail
[[ $(id -u) -eq 0 && $# -ge 1 && -r $1 ]] || { echo "usage, as root: try-image.sh ARCHIVE [NAME=VALUE...]" >&2; exit 2; }
archive=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xf "$archive"
# Of our own archives, so that the names are enough; a blob is named by its digest.
blob() { printf '%s/blobs/sha256/%s\n' "$work" "$(grep -oE "\"$1\":[[{]+[^]}]*" "$2" | grep -oE 'sha256:[0-9a-f]{64}' | head -1 | cut -d: -f2)"; }
list() { grep -oE "\"$1\":\[[^]]*\]" "$2" | head -1 | cut -d: -f2- | grep -oE '"[^"]*"' | tr -d '"'; }
manifest=$(blob manifests "$work/index.json")
config=$(blob config "$manifest")
layer=$(blob layers "$manifest")
for one in "$manifest" "$config" "$layer"; do
  echo "$(basename -- "$one")  $one" | sha256sum --check --quiet - || { echo "try-image.sh: a blob is not what its digest says" >&2; exit 1; }
done
mapfile -t entry < <(list Entrypoint "$config")
mapfile -t variables < <(list Env "$config")
mkdir "$work/root"
tar -C "$work/root" -xzf "$layer"

# Told to stop, it tells the program, whose exit code is this one's.
child='' told=''
trap 'told=yes; [[ -z $child ]] || kill -TERM "$child" 2>/dev/null' TERM INT
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin unshare --mount --propagation private -- bash -euc '
  count=$1; shift
  given=("${@:1:$count}"); shift "$count"
  root=$1; shift
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=755,size=64k tmpfs "$root/dev"
  for device in null zero urandom random; do : >"$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
  cp -L /etc/hosts /etc/resolv.conf "$root/etc/" 2>/dev/null || true
  mount -o remount,ro "$root/dev"
  mount -o remount,bind,ro "$root"
  ! touch "$root/x" 2>/dev/null || exit 9
  exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all -- \
    env -i "${given[@]}" /usr/sbin/chroot --userspec=65532:65532 --groups= "$root" "$@"
' bash "$((${#variables[@]} + $#))" "${variables[@]}" "$@" "$work/root" "${entry[@]}" &
child=$!
code=0
wait "$child" || code=$?
# The signal ends the wait, and the program comes later.
while [[ -n $told ]]; do told='' code=0; wait "$child" || code=$?; done
exit "$code"
