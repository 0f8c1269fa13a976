# The few verbs, the same by hand and in CI. Needs Python 3.13 as python3, git and make; brings everything else.
# Each target first makes .venv/ from requirements/develop.lock; stamped, so that the second time costs nothing.

PYTHON ?= python3
# A uv that is installed but does not run (another Python's shim) is not used.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .uv/bin/uv)
READY := .venv/.ready
BIN := .venv/bin
# Two processes have both cores: more threads of numpy's would only wait for one another.
PYTEST = OPENBLAS_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist worksteal

# The tests start some hundred processes: each would compile what no bytecode is kept of anew.
unexport PYTHONDONTWRITEBYTECODE

LOCK := pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-header --no-annotate pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo up test test-all test-thorough check bench format assets lock clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Bring everything up, walk the link for the demo people, print their e-mail, end
	$(BIN)/ecflink demo

up: $(READY) ## Bring everything up and keep it up until Ctrl-C; prints addresses and demo passwords
	$(BIN)/ecflink up

test: $(READY) ## Run the tests but the thorough ones; TESTS=… chooses, those too; BACKEND=containers|native|external
	$(PYTEST) $(or $(TESTS),-m "not thorough")

test-all: $(READY) ## Run all tests: also those that go through every step, fault and court
	$(PYTEST) $(TESTS)

test-thorough: $(READY) ## Run what `make test` leaves out
	$(PYTEST) -m thorough $(TESTS)

check: $(READY) ## Formatting, lint, types, architecture, and that generated files are fresh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/ecflink contract asyncapi --check
	$(BIN)/ecflink contract openapi --check
	$(BIN)/python -m services.auth.portal.language --check
	$(BIN)/ecflink settings example --check
	$(BIN)/ecflink settings docs --check

bench: $(READY) ## Measure drain, mail, latency and sign-ins beside what they are compared with
	$(BIN)/python -m bench

format: $(READY) ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

assets: $(READY) ## Build the pages' style sheets anew from the locked packages of npm
	$(BIN)/python assets/build.py

lock: | uv ## Resolve the dependencies anew into requirements/
	$(UV) $(LOCK) --output-file requirements/runtime.lock
	$(UV) $(LOCK) --extra embedded --group dev --output-file requirements/develop.lock

clean: ## Remove .venv/, .uv/ and caches; var/ with its data stays
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(READY): requirements/develop.lock pyproject.toml | uv
	@test -x $(BIN)/python || $(UV) venv --quiet --python 3.13 .venv
	@VIRTUAL_ENV=.venv $(UV) pip sync --quiet --require-hashes requirements/develop.lock
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --editable .
	@touch $@

# Order only: an installed uv has no file here.
.PHONY: uv
uv:
	@$(UV) --version >/dev/null 2>&1 || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 13))' || { echo "$(PYTHON) must be Python 3.13" >&2; exit 1; }; \
	  echo "putting uv into .uv/" && $(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv; }
