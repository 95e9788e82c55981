# seccompd: 'make help' lists what can be made. 'make demo' and 'make test' do all their own set-up.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUILD := .build
BIN := $(BUILD)/bin
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X github.com/seccompd/seccompd/internal/cli.Version=$(VERSION)
# Linux architectures that the syscall tables cover, and what builds on a laptop.
LINUX_ARCHES := amd64 arm64 arm riscv64 ppc64le s390x loong64
PORTABLE := ./pkg/workload ./pkg/host ./pkg/syscalls ./pkg/profile/... ./pkg/policy/... ./pkg/pack/... ./pkg/algebra ./pkg/bpf ./pkg/snapshot/... ./pkg/enforce ./pkg/lint ./internal/cli ./cmd/seccompctl
# What takes longer hangs, also on a machine that is slow and has much else to do.
HANGS := 60m
GENERATED := pkg/syscalls/zsyscalls.go pkg/profile/defaults/*.json
RACE := ./pkg/enforce ./pkg/nri ./pkg/audit ./pkg/snapshot/... ./pkg/drift ./pkg/handoff ./pkg/shim ./plugin/...

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the programs into .build/bin
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' -o $(BIN)/seccompd ./plugin
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/seccompctl ./cmd/seccompctl
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $(BIN)/seccompd-hook ./hook

# The runtime door has a part in C that runs before Go does. Without a C compiler and a static libc it works as well, slower.
build: door
.PHONY: door
door:
	CGO_ENABLED=1 $(GO) build -trimpath -tags osusergo,netgo -ldflags '-s -w -linkmode external -extldflags -static' -o $(BIN)/seccompd-runtime ./cmd/seccompd-runtime || \
	{ echo 'seccompd-runtime: built without its part in C, with which each command takes a millisecond less'; \
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $(BIN)/seccompd-runtime ./cmd/seccompd-runtime; }

.PHONY: deps
deps: ## install the Debian packages that the tests need
	sh integration/deps.sh

.PHONY: engines
engines: deps ## build containerd, runc and the probe that the tests run against
	sh integration/build.sh

.PHONY: demo
demo: engines build ## show what containers may do before and after
	$(GO) -C integration run ./demo

.PHONY: test
test: check unit integration ## everything: vet, fences, unit and integration tests

.PHONY: check
check: deps ## vet for every platform, formatting, shell scripts, generated files
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt'; exit 1; }
	$(GO) vet ./...
	$(GO) -C integration vet ./...
	$(GO) -C pkg/profile/internal/gendefaults vet ./...
	for arch in $(LINUX_ARCHES); do echo "vet linux/$$arch"; CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(GO) vet ./...; done
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) vet $(PORTABLE)
	shellcheck install.sh integration/*.sh .ci/run
	$(MAKE) generated

.PHONY: generate
generate: ## make the generated files again
	$(GO) generate ./...

.PHONY: generated
generated: ## fail if 'make generate' changes a file
	before=$$(sha256sum $(GENERATED)); $(MAKE) generate; \
	after=$$(sha256sum $(GENERATED)); test "$$before" = "$$after" || { echo "commit what 'make generate' changed"; exit 1; }

.PHONY: unit
unit: deps ## unit tests; the concurrent packages with the race detector
	$(GO) test -timeout $(HANGS) ./...
	$(GO) -C pkg/profile/internal/gendefaults test ./...
	$(GO) test -timeout $(HANGS) -race $(RACE)

.PHONY: integration
integration: engines build ## tests on a real containerd and kernel
	$(GO) -C integration test -timeout $(HANGS) ./...

.PHONY: soak
soak: engines build ## the integration tests' large counts
	SECCOMPD_SOAK=1 $(GO) -C integration test -timeout 180m -v ./...

.PHONY: proof
proof: deps ## hold filters that were met against the real libseccomp, in large numbers
	$(GO) -C integration run ./proof

.PHONY: mutants
mutants: engines ## put faults into the algebra, and see that the proof and the kernel notice each
	$(GO) -C integration run ./mutants

.PHONY: fuzz
fuzz: ## each fuzz target for a minute
	sh internal/lint/fuzz.sh

.PHONY: bench
bench: engines build ## benchmarks, as ratios in one run; fails where a target is missed
	$(GO) test -run '^$$' -bench . -benchmem ./pkg/...
	$(GO) -C integration run ./bench

.PHONY: bench-runtime
bench-runtime: engines build ## what the runtime door costs, as ratios in one run; fails where a target is missed
	$(GO) -C integration run ./bench -runtime

.PHONY: lint
lint: deps ## run golangci-lint, built from its pinned module
	$(GO) -C internal/lint build -o ../../$(BIN)/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	$(BIN)/golangci-lint run ./...
	cd integration && ../$(BIN)/golangci-lint run ./...

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)
