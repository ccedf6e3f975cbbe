#!/usr/bin/env bash
# Makes sure that drive.mjs can run: Node and npm from Debian, where they are missing, and the client at its locked version. It says nothing
# unless something goes wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "Node 20 or later and npm are needed: install them" >&2
		exit 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	quietly apt-get -qq update
	quietly apt-get -qq -y --no-install-recommends install nodejs npm
fi
if ! cmp -s package-lock.json node_modules/.installed; then
	quietly npm ci --no-progress --ignore-scripts
	cp package-lock.json node_modules/.installed
fi
