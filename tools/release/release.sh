#!/usr/bin/env bash
# Publishes the tag of this commit to GitHub, from where the registries take
# it. The release workflow runs this; the notes are what .changes holds of the
# version.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${GITHUB_TOKEN:?is needed to publish}"
: "${GPG_FINGERPRINT:?names the key that signs the checksums}"
tag="$(git describe --exact-match --tags --match 'v*')"

notes=".changes/${tag#v}.md"
test -f "$notes" || { echo "$notes is not there: run make changelog RELEASE=${tag#v}, and commit it before the tag." >&2; exit 1; }

tool() { go tool -modfile=tools/release/go.mod -n "$1"; }
goreleaser="$(tool goreleaser)"
PATH="$(dirname "$(tool cyclonedx-gomod)"):$PATH" "$goreleaser" release --clean --release-notes "$notes"
