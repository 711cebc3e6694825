#!/usr/bin/env bash
# Runs the Go tests of packages as WebAssembly in headless Chromium:
#
#   wasm/browsertest.sh PACKAGE...
#
# The tool looks for a browser of the name headless_shell first, so that it
# finds the one here, which starts Chromium as the tests want it: asking
# nothing of the network.
set -euo pipefail

GO=${GO:-go}
tool=github.com/agnivade/wasmbrowsertest@v0.11.0

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin" "$tmp/home"

for name in chromium chromium-browser google-chrome; do
	browser=$(command -v "$name") && break
done
[ -n "${browser:-}" ] || { echo "Chromium is needed for these tests and is not here" >&2; exit 1; }

cat >"$tmp/bin/headless_shell" <<EOF
#!/bin/sh
exec "$browser" --disable-gpu --disable-quic --disable-component-update --no-first-run "\$@"
EOF

# A test gets the environment, for which wasm_exec.js has room for 12 KB only,
# so it is a small one. The tool's library does not know all events of newer
# browsers, and says so for each.
cat >"$tmp/bin/run" <<EOF
#!/usr/bin/env bash
set -o pipefail
{
	timeout -s INT -k 10 360 env -i PATH="$tmp/bin:$PATH" HOME="$tmp/home" TMPDIR="$tmp" "$tmp/bin/wasmbrowsertest" "\$@" 2>&1 >&3 |
		sed '/could not unmarshal event/d' >&2
} 3>&1
EOF
chmod +x "$tmp/bin/headless_shell" "$tmp/bin/run"

GOBIN="$tmp/bin" "$GO" install "$tool"
GOOS=js GOARCH=wasm "$GO" test -timeout 300s -exec "$tmp/bin/run" "$@"
