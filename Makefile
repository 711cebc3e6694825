# Bare `make` lists the targets.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
COVER_MIN   = 95.0

DEMO = bin/vmess decode testdata/captures/crowd-v4-server.pcap --id-file testdata/demo/users.txt

# The helper that runs a WebAssembly test in Node. It hands its environment to
# the test, and wasm_exec.js has room for 12 KB of it, so it gets a small one.
WASM_EXEC = env -i 'PATH=$(PATH)' 'HOME=$(HOME)' $$($(GO) env GOROOT)/lib/wasm/go_js_wasm_exec

# Inlining makes code larger, and gains a page little. Only what works on bytes
# keeps it: the ciphers and hashes, with the small functions they call.
WASM_INLINE = math/bits internal/byteorder encoding/binary hash/... crypto/... golang.org/x/crypto/... compress/flate
WASM_FLAGS  = -trimpath -ldflags='-s -w' -gcflags=all=-l $(WASM_INLINE:%=-gcflags=%=)
WASM_DIST   = wasm/npm/dist

.DEFAULT_GOAL = help
.PHONY: help build wasm demo test tools vet test-go test-wasm test-browser test-web test-32 test-peers captures ports size conformance damage bench cover lint generate clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/vmess
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-X vmesskit/inspect/cli.version=$(VERSION)' -o bin/vmess ./inspect/cmd/vmess

# Go's wasm_exec.js expects a page's own global object. Here it becomes a function
# of one, so that a page gets no globals.
wasm: ## build the inspector for the browser, in wasm/npm/dist
	@mkdir -p $(WASM_DIST)
	GOOS=js GOARCH=wasm $(GO) build $(WASM_FLAGS) -o bin/inspector.wasm ./wasm/inspector
	$(GO) run ./internal/joindata bin/inspector.wasm $(WASM_DIST)/inspector.wasm
	@{ echo '// @ts-nocheck'; \
		echo 'export default function (globalThis) {'; \
		echo 'const { fs, setTimeout, clearTimeout } = globalThis;'; \
		cat "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js"; \
		echo 'return globalThis.Go;'; \
		echo '}'; } >$(WASM_DIST)/go.js

# Status 1 of decode says that a session failed. Here two clients do; session 8
# is of the one whose clock is wrong.
demo: build ## decode a real capture: what is wrong, the sessions, the bytes of one
	$(DEMO) || test $$? -eq 1
	$(DEMO) --tree 8 || test $$? -eq 1

test: tools vet ports test-go cover test-wasm test-32 conformance damage size test-web test-browser ## run every test; installs what they need

tools: # what test needs beside Go
	@.ci/tools gcc node npm chromium qemu-arm

vet:
	$(GO) vet ./...
	GOOS=js GOARCH=wasm $(GO) vet ./wasm/...

test-go: ## run the Go tests with the race detector
	@.ci/tools gcc
	CGO_ENABLED=1 $(GO) test -race ./...

test-wasm: ## run the tests of codec and session as WebAssembly in Node
	@.ci/tools node
	GOOS=js GOARCH=wasm $(GO) test -exec="$(WASM_EXEC)" ./codec/... ./inspect/session/...

# The generator of the codec's tables runs on a developer's machine only.
test-browser: ## run the tests of codec, session and wasm/api in Chromium; installs it
	@.ci/tools node chromium
	GO='$(GO)' wasm/browsertest.sh $$($(GO) list ./codec/... ./inspect/session/... ./wasm/api/... | grep -v /internal/gen)

test-web: build wasm web/node_modules/.package-lock.json ## decode in Chromium what the command decodes; installs it
	@.ci/tools node chromium
	node --test --test-reporter=spec wasm/npm/inspector.test.mjs
	node --test --test-reporter=spec web/test/inspector.test.mjs

web/node_modules/.package-lock.json: web/package-lock.json
	@.ci/tools npm
	cd web && npm ci
	@touch $@

size: wasm ## weigh the WebAssembly module; fails over its budget
	@.ci/tools node
	@node wasm/size.mjs

test-32: ## run the codec's tests where int has 32 bits, under qemu; installs it
	@GO='$(GO)' .ci/test-32

# Go's first-class ports, and those for WebAssembly. With a warm cache they take
# two seconds each.
PORTS = $$($(GO) tool dist list -json | awk -F'"' '/"GOOS"/ { os = $$4 } /"GOARCH"/ { arch = $$4 } \
	/"FirstClass": true/ { print os "/" arch }') js/wasm wasip1/wasm

ports: ## build codec and inspect for every first-class port of Go, and for WebAssembly
	@set -e; ports="$(PORTS)"; test $$(echo $$ports | wc -w) -gt 2; for port in $$ports; do \
		echo "$$port"; CGO_ENABLED=0 GOOS=$${port%/*} GOARCH=$${port#*/} $(GO) build ./codec/... ./inspect/...; done

test-peers: ## run the tests with tshark, v2ray and Xray; installs them
	@.ci/tools tshark v2ray tcpdump openssl
	VMESSKIT_PEERS=1 $(GO) test -count=1 -run Tshark ./inspect/...
	cd interop && $(GO) vet ./... && $(GO) test -count=1 -timeout 20m ./... # a cold cache builds Xray

captures: ## make testdata/captures-own again, with v2ray and Xray; installs them
	@.ci/tools v2ray tcpdump openssl
	cd interop && $(GO) run ./cmd/record -out ../testdata/captures-own

damage: ## decode every capture with every damage (cut, packets dropped, doubled, swapped) and hold the decoder to its promises
	$(GO) run ./internal/damage testdata/captures/manifest.json
	$(GO) run ./internal/damage testdata/captures-own/manifest.json

conformance: ## decode every capture in testdata and compare with the manifest
	$(GO) run ./internal/conformance testdata/captures/manifest.json
	$(GO) run ./internal/conformance testdata/captures-own/manifest.json

bench: ## measure, and print the tables of SPEED.md (ten minutes); installs tshark
	@.ci/tools tshark
	$(GO) run ./internal/bench

cover: ## measure how much of the codec its tests reach; fails under 95 %
	$(GO) test -coverprofile=coverage.out -coverpkg="$$($(GO) list ./codec/... | grep -v /internal/gen | paste -sd, -)" ./codec/...
	@$(GO) tool cover -func=coverage.out | awk -v min=$(COVER_MIN) '$$1 == "total:" { \
		print "codec: " $$3 " of statements, at least " min "% wanted"; bad = ($$3 + 0 < min + 0); seen = 1 } \
		END { exit bad || !seen }'

lint: ## gofmt, go vet and staticcheck
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "gofmt would change:"; echo "$$files"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

generate: ## write the generated files again
	$(GO) generate ./...

clean: ## remove what was built
	rm -rf bin coverage.* $(WASM_DIST)
