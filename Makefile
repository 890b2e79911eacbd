# Orion. `make run` and `make test` set up all they need; the other targets are what CI and developers call.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILED := .venv-compiled
PYTEST_OPTIONS ?=
SOURCES := $(shell find src -name '*.py' -o -name '*.pxd') pyproject.toml setup.py

.DEFAULT_GOAL := check
.PHONY: check run test test-interpreted test-compiled test-storages test-transports endurance lint format types bench load annotate services cli-wheel captures image clean

check: format lint test-interpreted  ## what one runs before each commit

# The environment for running and for the compiled form: the package is installed as a user gets it. What an earlier
# version left built would be installed with it.
$(COMPILED)/.installed: $(SOURCES)
	test -x $(COMPILED)/bin/python || $(PYTHON) -m venv $(COMPILED)
	$(COMPILED)/bin/python -m pip install --quiet --upgrade pip
	rm -rf build/lib* build/bdist*
	$(COMPILED)/bin/python -m pip install --quiet ".[test]"
	touch $@

# The environment for developing: the sources as they lie, interpreted.
$(VENV)/.installed: pyproject.toml setup.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	ORION_INTERPRETED=1 $(BIN)/python -m pip install --quiet --editable ".[test,lint]"
	touch $@

run: $(COMPILED)/.installed  ## start the server on SQLite, port 8080
	$(COMPILED)/bin/orion-server

test: test-interpreted test-compiled  ## the whole suite, in both forms

test-interpreted: $(VENV)/.installed services
	ORION_INTERPRETED=1 $(BIN)/python -m pytest $(PYTEST_OPTIONS)

# From a folder where `src` cannot be imported, so that what is tested is what was installed.
test-compiled: $(COMPILED)/.installed services
	$(COMPILED)/bin/python -P -m pytest -c pyproject.toml --rootdir . --compiled $(PYTEST_OPTIONS)

endurance: $(COMPILED)/.installed services  ## servers killed fifty times, two hundred activations; some ten minutes
	$(COMPILED)/bin/python -P -m pytest -c pyproject.toml --rootdir . --compiled -m endurance --endurance $(PYTEST_OPTIONS)

# Whatever starts servers or asks the admin API; half an hour on two cores (docs/decisions/0045).
test-storages: $(COMPILED)/.installed services  ## the black-box suite on PostgreSQL, and on MariaDB
	for storage in postgres mysql; do \
		$(COMPILED)/bin/python -P -m pytest -c pyproject.toml --rootdir . --compiled --storage $$storage \
			tests/http tests/admin tests/cli tests/mcp tests/kafka $(PYTEST_OPTIONS) || exit; \
	done

# CI asks `direct` for what the transport decides (tests/http/test_abuse.py); this asks it for everything.
test-transports: $(COMPILED)/.installed services  ## all of tests/http, on each transport
	for each in granian direct; do \
		$(COMPILED)/bin/python -P -m pytest -c pyproject.toml --rootdir . --compiled --transport $$each \
			tests/http $(PYTEST_OPTIONS) || exit; \
	done

services:  ## install what the tests start, from the system's packages
	@scripts/services

lint: $(VENV)/.installed types  ## ruff, cython-lint and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cython-lint --max-line-length=120 $$(find src -name '*.pxd')

format: $(VENV)/.installed
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .

types: $(VENV)/.installed
	$(BIN)/mypy

bench: $(COMPILED)/.installed  ## nanoseconds per operator, function and request
	$(COMPILED)/bin/python -m pip install --quiet "datalogic-py>=5.9"
	$(COMPILED)/bin/python -P benchmarks/run.py

load: $(COMPILED)/.installed services  ## requests per second and percentiles on each transport, beside the yardsticks
	$(COMPILED)/bin/python -m pip install --quiet "fastapi>=0.120" "uvicorn[standard]>=0.38"
	$(COMPILED)/bin/python -P loadtests/run.py

annotate:  ## Cython's coloured HTML, under build/cython
	ORION_ANNOTATE=1 $(BIN)/python setup.py --quiet build_ext --build-lib build/annotated

cli-wheel:  ## the command line alone, as a wheel in dist
	rm -rf packaging/orion-cli/build
	$(PYTHON) -m pip wheel --quiet --no-deps --wheel-dir dist ./packaging/orion-cli
	rm -rf packaging/orion-cli/build src/orion_cli.egg-info

captures: $(VENV)/.installed  ## docs/captures, from real sessions
	ORION_INTERPRETED=1 $(BIN)/python -m scripts.captures

image:
	docker build --tag orion .

clean:
	rm -rf build dist $(COMPILED) src/*.egg-info packaging/*/build
