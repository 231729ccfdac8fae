# make demo, make test: both set everything up by themselves (Python >= 3.11 with venv and pip).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8765
# The newest Python that is supported; its environment stands beside the other one.
NEXT ?= python3.13
NEXT_VENV ?= .venv-next
CORE := $(VENV)/.core
DEV := $(VENV)/.dev
# pip compiles what it installs, but not what it leaves where it is.
COMPILED := $(BIN)/python -m compileall -q bot
# Each file that is installed has a hash in requirements/; our own checkout has none, and is built with what is there.
INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes
LINK := -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
TOOLS := .tools
DOCS := .docs
LEARN := .learn
SBOM := .sbom
COMPARE := .compare
S3 := .s3
# It has 100 packages of its own, and nothing of ours: where temporary things lie.
SYNAPSE ?= $(or $(TMPDIR),/tmp)/langso-synapse
# Half of a test's time is waiting for processes, browsers and databases.
WORKERS ?= $(shell echo $$((2 * $$(nproc 2>/dev/null || echo 2))))
# Where the tests hold conversations with bots of all families; what lies below knows none.
WITH_FAMILIES ?= tests/handlers
# What one worker or bot compiles the others read: compiling the tests takes half of their collection.
COMPILES := env -u PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-next test-fast families check lint format bundle feature migration bench bench-quick compare relays s3 cluster cluster-down fuzz mutants adapter-mutants matrix-real learn understand understand-writers api-fuzz desk world world-mutants lock sbom docs wheel deb first-village image clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(CORE): pyproject.toml requirements/core.txt | $(BIN)/python
	$(BIN)/python $(INSTALL) -r requirements/core.txt
	$(BIN)/python $(LINK)
	$(COMPILED)
	@touch $@

$(DEV): pyproject.toml requirements/core.txt requirements/servers.txt requirements/dev.txt | $(BIN)/python
	$(BIN)/python $(INSTALL) -r requirements/dev.txt
	$(BIN)/python $(LINK)
	$(COMPILED)
	@touch $@ $(CORE)

$(TOOLS)/made: requirements/tools.txt
	$(PYTHON) -m venv --clear $(TOOLS)
	$(TOOLS)/bin/python $(INSTALL) -r requirements/tools.txt
	@touch $@

demo: $(CORE) ## Run the demo in the browser: no token, no server, no question asked
	$(BIN)/python -m bot demo --port $(PORT)

test: $(DEV) ## Run the tests; the long walks through the desk are those of `make desk`
	$(COMPILES) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not desk_walk and not matrix_real"

test-next: ## Run the fast part of the tests on the newest Python that is supported
	$(MAKE) --no-print-directory PYTHON=$(NEXT) VENV=$(NEXT_VENV) test-fast

test-fast: $(DEV)
	$(COMPILES) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/core tests/assembly tests/storage tests/test_layout.py \
		-m "not postgres"

families: $(DEV) ## Run the tests of conversations once for each family that may be off, without it (long): FAMILIES="visits meetings"
	@for family in $(or $(FAMILIES),$$($(BIN)/python -m tests.families)); do echo "without $$family"; \
		BOT_FAMILIES_OFF=$$family $(COMPILES) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(WITH_FAMILIES) \
			-m "not postgres and not family_$$family" || exit; done

# Every public name of the framework has a type that every checker reads alike.
COMPLETE := PYTHONPATH=. PATH="$(abspath $(BIN)):$$PATH" $(TOOLS)/bin/basedpyright --verifytypes bot.framework --ignoreexternal

lint: $(DEV) $(TOOLS)/made ## Check style, types and the layout rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy bot tests benchmarks tools supply examples
	$(BIN)/mypy --platform win32 --no-warn-unreachable bot
	$(COMPLETE)
	$(BIN)/lint-imports

check: $(DEV) $(TOOLS)/made ## The fast part before a commit: core, layout, texts, lint (under two minutes)
	$(BIN)/ruff check .
	$(BIN)/mypy bot
	$(COMPLETE)
	$(COMPILES) $(BIN)/python -m pytest -q -n $(WORKERS) tests/core tests/assembly tests/test_layout.py tests/test_i18n.py -m "not postgres"

bundle: $(DEV) ## Write the scripts of the web chat from their modules (bot/platforms/web/source)
	$(BIN)/python -m tools.bundle

feature: $(DEV) ## Write a new family of conversations: NAME=timdo [PACKAGE=folder]
	$(BIN)/python -m tools.feature $(NAME) $(PACKAGE)

migration: $(DEV) ## Write the next migration: NAME=what_changes [FAMILY=name or core]
	$(BIN)/python -m tools.migration $(NAME) $(FAMILY)

format: $(DEV) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## Measure, side by side with peers (see docs/benchmarks.md)
	$(BIN)/python -m benchmarks

bench-quick: $(DEV) ## Measure only our own rows, quickly
	$(BIN)/python -m benchmarks --quick

$(COMPARE)/made: requirements/compare.txt
	$(PYTHON) -m venv --clear $(COMPARE)
	$(COMPARE)/bin/python $(INSTALL) -r requirements/compare.txt
	@touch $@

compare: $(DEV) $(COMPARE)/made ## The library's bot in four other frameworks, killed with -9: what is lost (docs/framework/comparison.md)
	$(BIN)/python -m benchmarks.compare $(COMPARE)/bin/python

$(S3)/made: requirements/s3.txt
	$(PYTHON) -m venv --clear $(S3)
	$(S3)/bin/python $(INSTALL) -r requirements/s3.txt
	@touch $@

s3: $(DEV) $(S3)/made ## Files of people in an S3 server that others wrote (moto)
	TEST_S3_PYTHON=$(abspath $(S3))/bin/python $(BIN)/python -m pytest -q tests/storage/real_s3.py

relays: $(DEV) ## A hundred announcements through people, on Zalo's free plan with and without groups, and a month (long): SEEDS=20
	for groups in 0 3; do $(BIN)/python -m tests.faults.relays --seeds $(or $(SEEDS),100) --groups $$groups || exit; done
	for on in zalo_oa gapo bridge telegram mixed; do \
		$(BIN)/python -m tests.faults.relays --seeds $$((($(or $(SEEDS),100) + 4) / 5)) --on $$on || exit; done
	for groups in 0 3; do $(BIN)/python -m tests.faults.relays_month --groups $$groups || exit; done

cluster: $(DEV) ## A province's cluster in network namespaces, under load and faults (as root; docs/province.md): MINUTES=10 HOURS= EVERY=20 RATE=28
	$(BIN)/python -m tools.cluster $(if $(HOURS),--hours $(HOURS),--minutes $(or $(MINUTES),2)) --every $(or $(EVERY),20) --rate $(or $(RATE),28) $(OPTIONS)

cluster-down: $(DEV) ## Take down what a killed `make cluster` has left
	$(BIN)/python -m tools.cluster --down

fuzz: $(DEV) ## 100,000 hostile bodies for each webhook, 100,000 messages with figures
	FUZZ_BODIES=100000 $(BIN)/python -m pytest -q tests/platforms -k fuzz --timeout 1800
	FIGURE_MESSAGES=100000 $(BIN)/python -m pytest -q tests/understanding/test_generated_figures.py --timeout 3600

mutants: $(DEV) ## Change one line of core, outbox or storage at a time and see that a test notices (docs/security.md)
	$(COMPILES) $(BIN)/python -m tests.mutants

world: $(DEV) ## Replay one seed of the whole bot with its log, or run as many as there is time: SEED=26 [SHRINK=1] | HOURS=8 | SEEDS=10000 [WORKERS=2]; TOWN=commune
	$(BIN)/python -m tests.world --town $(or $(TOWN),little) $(if $(SEED),--seed $(SEED) $(if $(SHRINK),--shrink),$(if $(SEEDS),--seeds $(SEEDS) --workers $(or $(WORKERS),1) --kept $(or $(KEPT),build/world-$(or $(TOWN),little).jsonl),--hours $(or $(HOURS),0.1)))

world-mutants: $(DEV) ## Change one line of the core or the outbox at a time and see whether the world alone notices (long): SAMPLE=100
	$(BIN)/python -m tests.world.mutants --sample $(or $(SAMPLE),100)

adapter-mutants: $(DEV) ## Break each adapter as a published list says and see that its contract notices (long; docs/adding-a-platform.md)
	$(COMPILES) $(BIN)/python -m tests.adapter_mutants

$(SYNAPSE)/made:
	$(PYTHON) -m venv --clear $(SYNAPSE)
	$(SYNAPSE)/bin/python -m pip install --quiet --disable-pip-version-check "matrix-synapse>=1.120,<2"
	@touch $@

matrix-real: $(DEV) $(SYNAPSE)/made ## Run the Matrix adapter against a real homeserver (matrix-synapse with SQLite, in an environment of its own)
	$(COMPILES) SYNAPSE_PYTHON=$(abspath $(SYNAPSE))/bin/python $(BIN)/python -m pytest -q tests/platforms/test_matrix_real.py

$(LEARN)/made: pyproject.toml requirements/core.txt requirements/learn.txt
	$(PYTHON) -m venv $(LEARN)
	$(LEARN)/bin/python $(INSTALL) -r requirements/core.txt -r requirements/learn.txt
	@touch $@

learn: $(LEARN)/made ## Train bot/understanding/*.model on the examples and the guides, DATA="commune-x.tsv …" as well
	$(LEARN)/bin/python -m tools.learn $(if $(DATA),--data $(DATA))
	$(LEARN)/bin/python -m tools.learn.options

api-fuzz: $(DEV) ## Let schemathesis, in an environment of its own, ask all that the OpenAPI document allows and forbids: MORE=--max-examples=500
	test -x $(TOOLS)/api-fuzz/bin/schemathesis || { python3 -m venv $(TOOLS)/api-fuzz && $(TOOLS)/api-fuzz/bin/pip install -q 'schemathesis>=4.32,<5'; }
	$(BIN)/python -m tools.api_fuzz $(TOOLS)/api-fuzz/bin/schemathesis $(MORE)

desk: $(DEV) ## Walk all pages of the desk, in Chromium with axe, and as an attacker: BROWSER_SHOTS=folder
	$(COMPILES) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m desk_walk tests/office/desk tests/browser/test_desk_browser.py tests/browser/test_desk_without_scripts.py

understand: $(DEV) ## Say held-out messages to the whole bot and print one table: SETS="tools/learn/held/x"
	$(BIN)/python -m tools.learn.talks $(SETS)

understand-writers: $(LEARN)/made ## Measure writers who were left out of training, one by one (long); with DATA=… before and after
	$(LEARN)/bin/python -m tools.learn.measure $(WRITERS) $(if $(DATA),--data $(DATA))

lock: $(TOOLS)/made ## Write the hashes of all that is installed, in the versions of constraints.txt
	$(TOOLS)/bin/python -m supply.lock

sbom: $(DEV) $(TOOLS)/made ## Write dist/langso.cdx.json (CycloneDX) and docs/licences.md
	$(PYTHON) -m venv --clear --without-pip $(SBOM)
	$(BIN)/python -m pip --python $(SBOM)/bin/python install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/servers.txt -r requirements/speech.txt -r requirements/voice.txt
	mkdir -p dist
	$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON \
		-o dist/langso.cdx.json $(SBOM)/bin/python
	$(BIN)/python -m supply.licences dist/langso.cdx.json

$(DOCS)/made: requirements/docs.txt
	$(PYTHON) -m venv --clear $(DOCS)
	$(DOCS)/bin/python $(INSTALL) -r requirements/docs.txt
	@touch $@

# Not --quiet: that hides the warnings which --strict counts, and a broken link would pass.
docs: $(DOCS)/made ## Build the documents as a site that opens without a server: site/index.html
	$(DOCS)/bin/python -m tools.documents $(DOCS)/pages
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --clean

wheel: $(DEV) ## Build the wheel twice, compare the bytes, and leave it in dist/
	$(BIN)/python -m supply.wheel dist

deb: $(DEV) ## Build the Debian package inside a Debian of its own, as root with debootstrap: SUITE=bookworm PARTS="servers audio"
	rm -rf .deb && $(BIN)/python -m supply.wheel .deb
	$(BIN)/python -m supply.chroot .deb/*.whl dist
	rm -rf .deb

first-village: deb ## From the package's file to a village that confirms, in a fresh Debian (root, debootstrap; five minutes)
	TEST_DEBIAN=$$(ls dist/langso_*.deb) $(COMPILES) $(BIN)/python -m pytest -q tests/e2e/test_debian_package.py

image: $(DEV) ## Build the container image with docker, podman or buildah, else look at its files: BASE=… ENGINE=… OPTIONS=…
	rm -f dist/langso-*.whl && $(BIN)/python -m supply.wheel dist
	$(BIN)/python -m supply.image

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) $(NEXT_VENV) $(TOOLS) $(DOCS) $(LEARN) $(SBOM) $(COMPARE) $(S3) site .debian .deb .bench .mutants dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
