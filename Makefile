# Everything that a newcomer, a developer and the build server call. `make` alone lists it.
# Needs only make and Python 3.11 or newer; all the rest is fetched into .venv and .cache.

PORT ?= 8022
DATA ?= data
PYTEST_ARGS ?=
BENCH_ARGS ?=

BIN := .venv/bin
FIND_PYTHON = for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done
PYTHON ?= $(or $(shell $(FIND_PYTHON)),$(error EOC needs Python 3.11 or newer on PATH. Install it, or name it: make PYTHON=/path/to/python3.11))

# Caches go to the home folder; where there is none, into the checkout.
ifneq ($(shell test -d "$$HOME" -a -w "$$HOME" && echo usable),usable)
  export HOME := $(CURDIR)/.cache/home
  $(shell mkdir -p "$(HOME)")
endif

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test test-long check bench docs clean lock

help:  ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup:  ## Install everything that `make run` needs
	@$(PYTHON) -m tools.setup

setup-test:
	@$(PYTHON) -m tools.setup --for test

run: setup  ## Start the product with the demo province and a live scenario (PORT=8022 DATA=data)
	@exec $(BIN)/eoc demo --host 127.0.0.1 --port $(PORT) --data-dir $(DATA)

check: setup-test  ## Lint, types, import rules, and the tests of the web pages
	@$(BIN)/python -m tools.check

# Both halves always run, so that one broken line does not hide the state of the tests.
test: setup-test  ## Checks and all tests, on real services (PYTEST_ARGS=tests/house for a part)
	@checks=0; $(BIN)/python -m tools.check || checks=$$?; \
	  $(BIN)/python -m pytest $(PYTEST_ARGS) && exit $$checks

test-long: setup-test  ## The full figures: many kills, long runs, large inputs (hours)
	@$(BIN)/python -m pytest -m long --timeout=7200 $(PYTEST_ARGS)

bench: setup-test  ## Measure rates and delays (BENCH_ARGS=...)
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

docs: setup-test  ## Check the links in the documents and write docs/reference anew
	@$(BIN)/python -m tools.docs

# Versions are kept where they still fit; `make lock UPGRADE=--upgrade` takes the newest ones.
LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-build $(UPGRADE)
lock: setup-test  ## Pin the dependencies of pyproject.toml in requirements/, with hashes
	@$(LOCK) --group pyproject.toml:bootstrap -o requirements/bootstrap.txt
	@$(LOCK) --group pyproject.toml:node -o requirements/node.txt
	@$(LOCK) pyproject.toml --group dev -c requirements/bootstrap.txt -o requirements/dev.txt
	@$(LOCK) pyproject.toml --group build -c requirements/dev.txt -o requirements/run.txt

clean:  ## Remove everything that was built or fetched (never the data folder)
	@rm -rf .venv .cache build dist ui/static/app ui/web/node_modules \
	  .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
