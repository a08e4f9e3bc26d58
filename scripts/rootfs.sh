# shellcheck shell=bash
# What a .NET program needs below a root of its own, taken from this system: no shell, no package manager. Sourced by release.sh.

# rootfs FOLDER PROGRAM: adds to FOLDER, which holds the program, what it needs; prints which packages that came from.
rootfs() {
  local folder=$1 program=$2 library found
  mkdir -p "$folder/etc/ssl/certs" "$folder/tmp" "$folder/proc" "$folder/dev" "$folder/run"
  printf 'root:x:0:0::/:/none\nhoop:x:65532:65532::/:/none\n' >"$folder/etc/passwd"
  printf 'root:x:0:\nhoop:x:65532:\n' >"$folder/etc/group"
  printf 'hosts: files dns\n' >"$folder/etc/nsswitch.conf"
  cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"

  # What the program and the runtime's own libraries are linked to, and what the runtime opens by name.
  {
    find "$folder${program%/*}" -type f \( -name '*.so' -o -path "$folder$program" \) -exec ldd {} + 2>/dev/null |
      sed -nE 's/.* => (\/[^ ]+) .*/\1/p; s/^[[:space:]]+(\/[^ ]+) \(.*/\1/p' | grep -vF "$folder/" || true
    ldconfig -p | grep -oE '/[^ ]*/(libssl\.so\.3|libcrypto\.so\.3|libnss_dns\.so\.2|libnss_files\.so\.2|libresolv\.so\.2)$' || true
  } | while read -r library; do
    readlink -f "$library" | sed "s|^|$library |"
  done | sort -u | while read -r library found; do
    mkdir -p "$folder$(dirname -- "$library")"
    cp -L -- "$found" "$folder$library"
    # Packages say /lib where the system has /usr/lib.
    { dpkg -S "$found" || dpkg -S "${found#/usr}" || dpkg -S "$library" || echo "not-of-a-package: $found"; } 2>/dev/null |
      head -1 | cut -d: -f1 | while read -r package; do
        dpkg-query -W -f='${Package} ${Version}\n' "$package" 2>/dev/null || echo "$package $found"
      done
  done | sort -u
}
