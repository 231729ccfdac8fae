# make demo, make test: both set everything up by themselves (Python >= 3.11 with venv and pip).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8765
CORE := $(VENV)/.core
DEV := $(VENV)/.dev
# pip compiles what it installs, but not what it leaves where it is.
COMPILED := $(BIN)/python -m compileall -q bot
# Half of a test's time is waiting for processes, browsers and databases.
WORKERS ?= $(shell echo $$((2 * $$(nproc 2>/dev/null || echo 2))))
# What one worker or bot compiles the others read: compiling the tests takes half of their collection.
COMPILES := env -u PYTHONDONTWRITEBYTECODE

.PHONY: help demo test lint format bench bench-quick fuzz clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(CORE): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	$(COMPILED)
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgres,redis]'
	$(COMPILED)
	@touch $@ $(CORE)

demo: $(CORE) ## Run the demo in the browser: no token, no server, no question asked
	$(BIN)/python -m bot demo --port $(PORT)

test: $(DEV) ## Run the tests
	$(COMPILES) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

lint: $(DEV) ## Check style, types and the layout rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy bot tests benchmarks
	$(BIN)/lint-imports

format: $(DEV) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## Measure, side by side with peers (see docs/benchmarks.md)
	$(BIN)/python -m benchmarks

bench-quick: $(DEV) ## Measure only our own rows, quickly
	$(BIN)/python -m benchmarks --quick

fuzz: $(DEV) ## 100,000 hostile bodies for each webhook
	FUZZ_BODIES=100000 $(BIN)/python -m pytest -q tests/platforms -k fuzz --timeout 1800

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis
