# make demo   a made-up fleet, served, with lines to try          make test   every test, on real databases
# make check  format, lint, types, architecture, generated files  make bench  speed, beside the limit and the stock path
# make faults N=200   N kills of the API on each database, and     make clean  removes what was set up, and the demo's data
#                     a quarter of it of PostgreSQL; races; told what they came to
# The network is used by `setup` alone, for what requirements.lock names, each file by its hash.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$each >/dev/null 2>&1 && $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	{ echo $$each; break; }; done)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
N ?= 200
WORKERS ?= auto

.DEFAULT_GOAL := demo
.PHONY: setup demo test check format bench faults generated clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Aftercare needs Python 3.11 or later, and found none. Say where: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) lacks its module venv; on Debian and Ubuntu it is the package python3-venv." >&2; exit 1; }
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --no-index --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

demo: $(READY)
	@$(BIN)/aftercare demo

test: $(READY)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

check: $(READY)
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check . ; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m domain catalogue --check

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

generated: $(READY)
	@$(BIN)/python -m domain catalogue --write
	@$(BIN)/python -m tests.history.freeze
	@$(BIN)/python -m tests.api.document
	@$(BIN)/aftercare import --schema > api/importing/mappings/mapping.schema.json
	@$(BIN)/python -m tests.readme

bench: $(READY)
	@$(BIN)/python -m tests.benchmarks

faults: $(READY)
	@FAULTS=$(N) $(BIN)/python -m pytest tests/faults -n $(WORKERS) --dist worksteal -q

clean:
	rm -rf $(VENV) .aftercare build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
