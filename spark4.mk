# Spark 4 in an environment of its own, for `make test-spark4` alone: the packages of .venv, with pyspark and delta-spark of
# the other line, each checked against the lock's hashes. Nothing is fetched again while locks, pins and Python stay as they are.

PYTHON ?= python3
SPARK4_VENV := .venv-spark4
SPARK4_PY := $(SPARK4_VENV)/bin/python
SPARK4_PIP := $(SPARK4_PY) -m pip install --quiet --disable-pip-version-check --no-input --no-warn-script-location
SPARK4_LOCK := requirements-spark4.lock
# Other locks or another Python are another environment, made anew.
SPARK4_KEY := $(shell { $(PYTHON) -VV; cat $(SPARK4_LOCK) conf/jars-spark4.lock pyproject.toml; } 2> /dev/null | cksum | tr ' ' '-')
SPARK4_STAMP := $(SPARK4_VENV)/.installed-$(SPARK4_KEY)
SPARK4_BEGUN := $(SPARK4_VENV)/.begun-$(SPARK4_KEY)

.PHONY: test-spark4 spark4-env spark4-lock
test-spark4: spark4-env airflow-env $(S3_STAMP) ## all tests on Spark 4 (some only: make test-spark4 ARGS="tests/edges")
	@MARKETGRAPH_SUBMIT_PYTHON=$(CURDIR)/$(SPARK4_PY) $(SPARK4_PY) -m pytest $(or $(ARGS),-m "not long" $(SHARED_OUT))

spark4-env: $(SPARK4_STAMP)
	@:

# pyspark comes as source: what builds it is installed first, from the same lock. What an interrupted install has brought is kept.
$(SPARK4_STAMP):
	@echo "Spark 4 environment: $(SPARK4_VENV), $$(grep -c '==' $(SPARK4_LOCK)) pins of $(SPARK4_LOCK), each checked by its hash (minutes, 2.3 GB with the jars, once)"
	@if ! { [ -e $(SPARK4_BEGUN) ] && $(SPARK4_PY) -m pip --version; } > /dev/null 2>&1; then \
		rm -rf $(SPARK4_VENV) && $(PYTHON) -m venv $(SPARK4_VENV) && touch $(SPARK4_BEGUN); fi
	@awk '/^[^ ]/ {wanted = /^(setuptools|wheel|packaging)==/} wanted' $(SPARK4_LOCK) > $(SPARK4_VENV)/build-tools.lock
	@$(SPARK4_PIP) --require-hashes -r $(SPARK4_VENV)/build-tools.lock
	@$(SPARK4_PIP) --require-hashes --no-build-isolation -r $(SPARK4_LOCK)
	@$(SPARK4_PIP) --no-deps --no-build-isolation --editable .
	@$(SPARK4_PY) -m marketgraph.jars s3a
	@touch $@

# It begins with the pins of requirements.lock, so that the two differ in what Spark 4 wants otherwise.
spark4-lock:
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PYTHON) -m venv "$$folder/venv"; \
	"$$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	cp requirements.lock "$$folder/spark4.lock"; \
	"$$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header \
		--no-annotate --extra dev --extra spark4 $(ARGS) --output-file "$$folder/spark4.lock" pyproject.toml; \
	cp "$$folder/spark4.lock" $(SPARK4_LOCK)
