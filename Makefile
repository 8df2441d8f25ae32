# marketgraph. `make` alone lists the targets. Each sets up what it needs: once, then never again until a lock changes.

SHELL := /bin/bash
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
ARGS ?=
CASES ?= 10000
SCALE ?=
SHARED_OUT := --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 40
VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --no-warn-script-location
# The cache has to be the same folder for every tool that is started from here.
export MARKETGRAPH_CACHE ?= $(CURDIR)/.cache
# Paths that other tools leave in the environment would put foreign packages before ours.
unexport PYTHONPATH PYTHONHOME

# One stamp per content of the locks, written last: an interrupted set-up is taken up again by the next `make`.
key = $(shell cat $(1) | cksum | tr ' ' '-')
VENV_STAMP := $(VENV)/.installed-$(call key,requirements.lock pyproject.toml)
JARS_STAMP := $(MARKETGRAPH_CACHE)/jars/.fetched-$(call key,conf/jars.lock lib/marketgraph/class_rehearsal.py)

.PHONY: help setup run test test-airflow test-cluster test-long test-s3 quick check docs fuzz audit bench soak jars clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

include environments.mk
include spark4.mk

setup: $(VENV_STAMP) $(JARS_STAMP) ## the environment, Java and the jars (every other target does this first)
	@:

run: setup ## the whole pipeline on the synthetic marketplace (more options: make run ARGS="--as-of 2024-05-01")
	@$(VENV)/bin/marketgraph run --config conf/local.yml $(ARGS)

# Two processes share the files of tests out, on two cores a fifth faster than one; a choice of tests runs in one.
test: setup airflow-env s3-env ## all tests but the longest (some only: make test ARGS="tests/edges -k kiosk")
	@$(PY) -m pytest $(or $(ARGS),-m "not slow" $(SHARED_OUT))
	@$(if $(ARGS),,$(PY) -m pytest -m "slow and not long" $(SHARED_OUT))

# Each is tried in small by `make test`, for which CI has an hour and a half.
test-long: setup airflow-env s3-env ## the longest tests: ten kills of a run, an erasure per day, the pipeline by Airflow and on a cluster
	@$(PY) -m pytest -m long --durations 20 $(ARGS)

test-airflow: setup airflow-env ## the tests of the DAG by a real Airflow, a whole run among them, which CI leaves out
	@$(PY) -m pytest tests/airflow $(ARGS)

# A standalone master and two workers, ended with the test. Without SCALE it is a fiftieth of `make run`'s.
test-cluster: setup ## the whole pipeline on a standalone cluster (as large as make run: make test-cluster SCALE=1)
	@MARKETGRAPH_CLUSTER_SCALE=$(SCALE) $(PY) -m pytest --durations 5 tests/cluster $(ARGS)

test-s3: setup s3-env ## the whole pipeline in a bucket of an S3 server here; of `make test` only its first stages are
	@MARKETGRAPH_S3_WHOLE=1 $(PY) -m pytest --durations 5 tests/object_stores $(ARGS)

quick: setup ## the tests that take seconds
	@$(PY) -m pytest -m "not slow" $(ARGS)

check: setup ## lint (code and Dockerfile), format, types and what bandit finds unsafe
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy lib/marketgraph jobs/*.py
	@$(VENV)/bin/hadolint Dockerfile
	@$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive lib jobs

docs: docs-env ## the pages of docs/ and of the modules as a site, into build/site; a link that leads nowhere stops it
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build --strict --quiet
	@! grep -rElI --include='*.html' '<(script|link|img|iframe)[^>]+(src|href)="?(https?:)?//' build/site || { \
		echo "error: the pages above load something from elsewhere" >&2; exit 1; }
	@echo "build/site/index.html"

# The same tests as `make test` runs with 500 cases, with 10,000 new ones; a failing case prints how to get it again.
fuzz: setup ## 10,000 spoilt configs, mappings and source files, hours (fewer: make fuzz CASES=2000)
	@MARKETGRAPH_FUZZ_CASES=$(CASES) $(PY) -m pytest tests/fuzz $(ARGS)

# Asks a service of advisories over the network, so it is no part of `check`. Its own environment, made and thrown away.
audit: ## known vulnerabilities of the locked packages (needs the network)
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PYTHON) -m venv "$$folder/venv"; \
	"$$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-audit; \
	"$$folder/venv/bin/pip-audit" --requirement requirements.lock --disable-pip --no-deps --strict $(ARGS)

bench: setup bench-env ## label propagation and relations measured, hours (some only: make bench ARGS="--parts growth")
	@$(PY) -m bench $(ARGS)

soak: setup ## a run a day for 30 days in one warehouse, hours (fewer, and kept: make soak ARGS="--days 7 --store FOLDER")
	@$(PY) -m bench.soak $(ARGS)

jars: $(VENV_STAMP) ## fetch the jars that are missing, and list them (those for S3 too: make jars ARGS=s3a)
	@$(PY) -m marketgraph.jars $(ARGS)

clean: ## remove what set-up and runs have made, but for the warehouse
	@rm -rf $(VENV) $(AIRFLOW_VENV) $(BENCH_VENV) $(DOCS_VENV) $(S3_VENV) $(SPARK4_VENV) \
		.cache .pytest_cache .mypy_cache .ruff_cache .hypothesis build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A half-made environment is mended by running pip again; one that can't run pip, or of another Python, is made anew.
# pyspark comes as source: what builds it is installed first, from the same lock, so that nothing unpinned is used.
$(VENV_STAMP):
	@command -v $(PYTHON) > /dev/null || { \
		echo "error: there is no $(PYTHON) here. Install Python 3.10, 3.11 or 3.12, or name one: make PYTHON=/path/to/python" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' || { \
		echo "error: $(PYTHON) is $$($(PYTHON) -V 2>&1); marketgraph needs 3.10, 3.11 or 3.12. Name one: make PYTHON=python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2> /dev/null || { \
		echo "error: $(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@echo "[1/5] Python environment: $(VENV), of $$($(PYTHON) -V)"
	@version=$$($(PYTHON) -c 'import sys; print(sys.version_info[:2])'); \
	if ! { $(PY) -c "import sys, pip; sys.exit(str(sys.version_info[:2]) != '$$version')" 2> /dev/null; }; then \
		$(PYTHON) -m venv --clear $(VENV); fi
	@echo "[2/5] packages: $$(grep -c '==' requirements.lock) pins of requirements.lock, each checked by its hash (minutes, once)"
	@awk '/^[^ ]/ {wanted = /^(setuptools|wheel|packaging)==/} wanted' requirements.lock > $(VENV)/build-tools.lock
	@$(PIP_INSTALL) --require-hashes -r $(VENV)/build-tools.lock
	@$(PIP_INSTALL) --require-hashes --no-build-isolation -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.installed-*
	@touch $@

$(JARS_STAMP): | $(VENV_STAMP)
	@echo "[3/5] Java: $$($(PY) -m marketgraph.java)"
	@echo "[4/5] jars: conf/jars.lock, into $(MARKETGRAPH_CACHE)"
	@$(PY) -m marketgraph.jars
	@echo "[5/5] Spark's classes, read once for all (a minute, 170 MB)"
	@$(PY) -m marketgraph.class_rehearsal
	@rm -f $(MARKETGRAPH_CACHE)/jars/.fetched-*
	@touch $@
