# Every target does its own set-up. Needed: Python 3.11 or newer with venv, and make. No root, no server.
#
#   make PYTHON=/path/to/python3.12 test     chooses the interpreter where there is no .venv yet;
#   make PYTHON=python3.13 VENV=.venv-3.13 test   another one beside it
#   make PYTEST_ARGS="-k lock -x" test       passes arguments on
#   make SECONDS=600 fuzz                    looks for ten minutes; SEED=N repeats the round that printed this seed

SHELL := /bin/sh
PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
SECONDS ?= 60
SEED ?=
VENV := .venv
BIN := $(VENV)/bin
# Tests start hundreds of processes: without byte code, which some machines forbid to write, each compiles the package anew.
COMPILE := $(BIN)/python -m compileall -q reconciler tests || true
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test fuzz soak lint format bench wheel lowest clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    watch the whole product work: plan, apply, request, mail, decision, outcome"
	@echo "make test    run all tests"
	@echo "make fuzz    run the property tests with new draws, for SECONDS [60]; SEED=N repeats a round"
	@echo "make soak    kill programs at every one of their writes, which takes minutes"
	@echo "make lint    formatter, linter and type checker, changing nothing"
	@echo "make format  let the formatter and the linter change what they can"
	@echo "make bench   time and memory for 1,000 resources in 100 files, and SQLite beside PostgreSQL"
	@echo "make wheel   build the package, install it alone and run it"
	@echo "make lowest  run the commands and their tests on the lowest versions of libraries that are allowed"
	@echo "make clean   remove the virtual environment and everything generated"

demo: $(VENV)/.runtime
	@$(BIN)/reconciler demo

test: $(VENV)/.test
	@$(COMPILE)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

fuzz: $(VENV)/.test
	@$(BIN)/python -m tests.fuzz.rounds --seconds "$(SECONDS)" --seed "$(SEED)" $(PYTEST_ARGS)
	@test -n "$(SEED)" || $(BIN)/python -m tests.fuzz.guided "$(SECONDS)"

soak: $(VENV)/.test
	@$(COMPILE)
	@RECONCILER_TEST_SWEEP=full $(BIN)/python -m pytest -n auto --dist worksteal tests/crash tests/state/test_sqlite_crashes.py $(PYTEST_ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/.dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.test
	@$(BIN)/python bench/bench.py $(BENCH_ARGS)
	@echo
	@$(BIN)/python bench/databases.py

# What a user installs: built without a warning of something deprecated, and a clean environment in which it works.
wheel: $(BIN)/python
	@rm -rf build dist .wheel
	@$(BIN)/python -m pip wheel --disable-pip-version-check --no-deps --verbose --wheel-dir dist . > .wheel.log 2>&1 || { cat .wheel.log >&2; exit 1; }
	@! grep -i deprecat .wheel.log
	@"$(PYTHON)" -m venv .wheel
	@.wheel/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	@cd .wheel && rm -rf first && ./bin/reconciler init first && ./bin/reconciler -C first validate \
	  && ./bin/reconciler -C first apply --auto-approve && ./bin/reconciler -C first plan --detailed-exitcode
	@rm -rf .wheel .wheel.log build

clean:
	rm -rf $(VENV) .venv-* .lowest .wheel .wheel.log build dist demo-output reconciler.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The lower bounds of pyproject.toml, in an environment of their own; uv is what resolves to the lowest. It trusts whom the
# system trusts, as pip is told to where a proxy stands between.
lowest: $(BIN)/python
	@"$(PYTHON)" -m venv --clear .lowest
	@.lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=.lowest .lowest/bin/uv pip install --quiet --system-certs --resolution lowest-direct -e '.[test]'
	@.lowest/bin/reconciler validate && .lowest/bin/reconciler plan >/dev/null
	@.lowest/bin/python -m pytest -n auto tests/cli $(PYTEST_ARGS)
	@rm -rf .lowest

# One stamp for each set of dependencies; a larger set holds the smaller ones, so a stamp is never wrong for being there.
$(VENV)/.runtime: $(BIN)/python pyproject.toml
	@echo "Installing reconciler into $(VENV) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	@echo "Installing reconciler and its test tools into $(VENV) ..."
	@$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.runtime

$(VENV)/.dev: $(BIN)/python pyproject.toml
	@echo "Installing reconciler and its developer tools into $(VENV) ..."
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.test $(VENV)/.runtime

# Order of the checks: is there a Python, is it new enough, can it make a virtual environment with pip in it.
$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is `"$(PYTHON)" -V 2>&1`; reconciler needs Python 3.11 or newer: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: its module venv or ensurepip is missing." >&2; \
	  echo "On Debian and Ubuntu the package python3-venv brings both." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
