#!/usr/bin/env bash
# Publishes the tag of this commit to GitHub, from where the registries take
# it. The release workflow runs this; the notes are the version's section of
# CHANGELOG.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${GITHUB_TOKEN:?is needed to publish}"
: "${GPG_FINGERPRINT:?names the key that signs the checksums}"
tag="$(git describe --exact-match --tags --match 'v*')"

notes="$(mktemp)"
trap 'rm -f "$notes"' EXIT
go run ./cmd/changelog -notes "${tag#v}" >"$notes"

tool() { go tool -modfile=tools/release/go.mod -n "$1"; }
goreleaser="$(tool goreleaser)"
PATH="$(dirname "$(tool cyclonedx-gomod)"):$PATH" "$goreleaser" release --clean --release-notes "$notes"
