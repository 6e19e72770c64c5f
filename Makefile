# make debate Q="…"   one debate, from nothing to a decision
# make test           everything that CI runs
# make up             the whole house, until Ctrl-C
# make bench          the null debate beside its floor
# make format         formatter and the linter's own fixes
# make lock           renew requirements.lock
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
# Networks that look into TLS put their certificates where the system keeps them.
export UV_SYSTEM_CERTS := 1
WHEELS := shared services/workflow services/debater services/orchestrator services/cost
Q ?=

.PHONY: help setup debate up check test lint format bench lock clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.done

$(VENV)/.done: requirements.lock $(WHEELS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(WHEELS:%=-e ./%)
	@touch $@

# The question goes through the environment, so that quotes and dollars in it mean nothing to the shell.
debate: export ZAMAZ_QUESTION := $(value Q)
debate: setup
	@$(BIN)/zamaz ask "$$ZAMAZ_QUESTION"

up: setup
	@$(BIN)/zamaz up

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy shared services tests
	$(BIN)/lint-imports

check: lint
	$(BIN)/zamaz definitions validate
	$(BIN)/pytest

test: check

bench: setup
	@PYTHONPATH=tests $(BIN)/python tests/bench/null_debate.py

lock:
	$(UV) pip compile requirements.in --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-package zamaz-debate --no-emit-package zamaz-workflow --no-emit-package zamaz-debater \
	  --no-emit-package zamaz-orchestrator --no-emit-package zamaz-cost --quiet -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
