#!/usr/bin/env bash
# Builds into dist/ what a release would publish: zips, bills of materials,
# checksums, and their signature by a key that is made for this and thrown
# away. TARGET=host builds for this machine alone. It publishes nothing, and
# needs no network once the Go modules are there.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v gpg >/dev/null || { echo "The checksums are signed by gpg, which is not there: install GnuPG." >&2; exit 1; }

temporary="$(mktemp -d)"
export GNUPGHOME="$temporary/gnupg"
trap 'gpgconf --kill all >/dev/null 2>&1 || true; rm -rf "$temporary"' EXIT
mkdir -m 700 "$GNUPGHOME"

config=.goreleaser.yml
case "${TARGET:-all}" in
all)
	echo "Building the snapshot for every platform: minutes, the first time about ten. TARGET=host is for this machine alone."
	;;
host)
	echo "Building the snapshot for this machine alone."
	config="$temporary/goreleaser.yml"
	sed -e "s/^    goos: .*/    goos: [$(go env GOHOSTOS)]/" -e "s/^    goarch: .*/    goarch: [\"$(go env GOHOSTARCH)\"]/" .goreleaser.yml >"$config"
	;;
*)
	echo "TARGET is all or host, not $TARGET." >&2
	exit 1
	;;
esac

echo "Making a signing key for this snapshot alone."
gpg --batch --quiet --passphrase '' --quick-generate-key 'Snapshot, no release <snapshot@example.invalid>' rsa3072 sign never 2>/dev/null
GPG_FINGERPRINT="$(gpg --batch --quiet --no-auto-check-trustdb --list-keys --with-colons | awk -F: '$1 == "fpr" { print $10; exit }')"
export GPG_FINGERPRINT

# goreleaser asks for the address that a clone came from, and without one it
# looks at no commit either.
if [ -z "$(git remote)" ]; then
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/infisical-e2ee/terraform-provider-infisical.git
fi

echo "Building goreleaser and cyclonedx-gomod, unless Go has them from last time."
tool() { go tool -modfile=tools/release/go.mod -n "$1"; }
goreleaser="$(tool goreleaser)"
PATH="$(dirname "$(tool cyclonedx-gomod)"):$PATH" "$goreleaser" release --snapshot --clean --config "$config"

gpg --batch --armor --export "$GPG_FINGERPRINT" >dist/snapshot-key.asc
echo "dist/ has the snapshot, and snapshot-key.asc to verify it with. make check-snapshot installs it as a user would."
