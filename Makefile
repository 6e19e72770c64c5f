# make debate Q="…"   one debate, from nothing to a decision
# make test           everything that CI runs
# make up             the whole house in containers; PROFILES=model adds the bundled model, PROFILES=ollama Ollama
# make down           stop the containers; the log stays in its volume
# make bench          speed, memory, disk and recovery beside their floors and aims
# make bench-orchestration   how long a ruling takes, by rung and kind and through the running service
# make bench-cost     what rulings cost by a dear model and by the ladder, on stored debates (ARGS="--file FILE")
# make bench-views    how fast the views are made anew, and read, with 100,000 debates in them
# make chaos          N=200 debates under random kills (SEED=…, SECONDS=…), and an audit of all that was said and bought
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

.PHONY: help setup debate secrets up down check test lint format bench bench-orchestration bench-cost bench-views chaos lock clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.done

$(VENV)/.done: requirements.lock $(WHEELS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(WHEELS:%=-e ./%)
	@touch $@

# The question goes through the environment, so that quotes and dollars in it mean nothing to the shell.
debate: export ZAMAZ_QUESTION := $(value Q)
debate: setup
	@$(BIN)/zamaz ask "$$ZAMAZ_QUESTION"

# Seeds of the server's users and keys of providers, as files that containers can read; the folder keeps others out.
SECRETS = $(or $(ZAMAZ_SECRETS),deploy/secrets)
PROVIDER_KEYS := ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY XAI_API_KEY
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo $(BIN)/docker-compose)

secrets: setup
	@chmod -R go+rX deploy/nats definitions
	@$(BIN)/zamaz keys $(SECRETS) --mode 0644
	@cd $(SECRETS) && chmod 0700 . && touch $(PROVIDER_KEYS) && chmod 0644 $(PROVIDER_KEYS)

up: secrets
	$(COMPOSE) $(PROFILES:%=--profile %) up --build --wait
	@echo 'ready: ZAMAZ_NATS_URL=nats://127.0.0.1:$(or $(ZAMAZ_NATS_PORT),4222) ZAMAZ_NATS_NKEY=$(SECRETS)/client.nk $(BIN)/zamaz ask "…"'

down: setup
	$(COMPOSE) --profile '*' down

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy shared services tests
	$(BIN)/lint-imports

# Files of tests beside each other, since most of the live ones wait; then what needs the machine for itself. Bytecode is
# kept, whatever the environment says: every worker, and each of the hundreds of processes, would compile all anew.
WORKERS ?= 3
check: export PYTHONDONTWRITEBYTECODE :=
check: lint
	$(BIN)/zamaz definitions validate
	$(BIN)/pytest -m "not alone" --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 10
	$(BIN)/pytest -m alone --durations 10

test: check

bench: setup
	@PYTHONPATH=tests $(BIN)/python -m bench $(ARGS)

bench-orchestration: setup
	@PYTHONPATH=tests $(BIN)/python -m bench.orchestration $(ARGS)

bench-cost: setup
	@PYTHONPATH=tests $(BIN)/python -m bench.cost $(ARGS)

bench-views: setup
	@PYTHONPATH=tests $(BIN)/python -m bench.views $(ARGS)

chaos: setup
	@PYTHONPATH=tests $(BIN)/python -m chaos $(if $(N),--debates $(N)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

# One lock for work on the project; out of it, those of the images, each with no more than it needs.
COMPILE = $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet \
  --no-emit-index-url --no-emit-package zamaz-debate --no-emit-package zamaz-workflow --no-emit-package zamaz-debater \
  --no-emit-package zamaz-orchestrator --no-emit-package zamaz-cost
IMAGE_LOCK = $(COMPILE) --constraint requirements.lock

lock:
	$(COMPILE) requirements.in -o requirements.lock
	for part in build services model; do \
	  $(IMAGE_LOCK) deploy/locks/$$part.in -o deploy/locks/$$part.lock || exit 1; done

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
