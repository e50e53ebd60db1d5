# One door: people, CI and pre-commit call the same targets. Every target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup demo test check bench docs lock clean
.DEFAULT_GOAL := help

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(BIN)/.ready  ## install everything into .venv; leaves .venv/bin/ct
	@:

demo: setup  ## run a whole job between two accounts of an embedded S3
	@$(BIN)/ct demo

test: setup  ## install the test servers where possible, then run every test
	@scripts/install-test-servers.sh
	@$(BIN)/pytest

check: setup  ## lint, format, types, layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: setup  ## compare a ladder with plain ffmpeg, and compiled policies with parsed ones
	@$(BIN)/python benchmarks/bench_evaluate.py
	@$(BIN)/python benchmarks/bench_transcode.py

docs: setup  ## write docs/errors.md, docs/lint.md and docs/causes.md anew and hold the documents against the code
	@$(BIN)/python scripts/errors_page.py > $(VENV)/errors.md && mv $(VENV)/errors.md docs/errors.md
	@$(BIN)/python scripts/lint_page.py > $(VENV)/lint.md && mv $(VENV)/lint.md docs/lint.md
	@$(BIN)/python scripts/causes_page.py > $(VENV)/causes.md && mv $(VENV)/causes.md docs/causes.md
	@$(BIN)/pytest -q tests/architecture

lock: setup  ## renew requirements.lock from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras --group dev \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" --upgrade --output-file requirements.lock pyproject.toml

clean:  ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find src tests benchmarks scripts -name __pycache__ -type d -exec rm -rf {} +

$(BIN)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "This Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV); the first time takes a minute or two."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==0.13.9"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@
