# shellcheck shell=bash
# Clients of others, of Vault, AWS and Kubernetes, for the tests that drive them. Sourced after build.sh.

# Installs what apt has and is not there, where that is possible without asking: as root, with apt-get. Without them the tests say what they skip.
install_clients() {
  local missing=()
  /usr/bin/python3 -c 'import hvac' 2>/dev/null || missing+=(python3-hvac)
  command -v ansible-playbook >/dev/null || missing+=(ansible)
  command -v go >/dev/null || missing+=(golang-go)
  [[ -d /usr/share/gocode/src/github.com/coreos/go-oidc ]] || missing+=(golang-github-coreos-go-oidc-dev)
  command -v aws >/dev/null || missing+=(awscli)
  command -v kubectl >/dev/null || missing+=(kubernetes-client)
  ((${#missing[@]})) || return 0
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    say "Not installed, and skipped by the tests: ${missing[*]}"
    return 0
  fi

  say "Installing ${missing[*]} with apt-get ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2 </dev/null ||
    say "apt-get could not install ${missing[*]}; the tests skip them."
}
