# What comes of locks beside .venv: environments for which few have a use, each in a folder of its own, and the locks.

AIRFLOW_VENV := .venv-airflow
BENCH_VENV := .venv-bench
DOCS_VENV := .venv-docs
S3_VENV := .venv-s3
# Another lock or another Python is another environment, made anew.
stamp = $(1)/.installed-$(shell { $(PYTHON) -VV; cat $(2); } 2> /dev/null | cksum | tr ' ' '-')
AIRFLOW_STAMP := $(call stamp,$(AIRFLOW_VENV),requirements-airflow.lock)
BENCH_STAMP := $(call stamp,$(BENCH_VENV),bench/peers.lock)
DOCS_STAMP := $(call stamp,$(DOCS_VENV),requirements-docs.lock)
S3_STAMP := $(call stamp,$(S3_VENV),requirements-s3.lock)
S3_JARS_STAMP := $(MARKETGRAPH_CACHE)/jars/.fetched-s3a-$(call key,conf/jars.lock)

.PHONY: airflow-env bench-env docs-env s3-env airflow-lock bench-lock docs-lock s3-lock lock

airflow-env: $(AIRFLOW_STAMP) ## Airflow in an environment of its own, for the DAG's tests
bench-env: $(BENCH_STAMP)
docs-env: $(DOCS_STAMP)
# The server that tests/object_stores starts, with the jars for s3a://.
s3-env: $(S3_STAMP) $(S3_JARS_STAMP)
airflow-env bench-env docs-env s3-env:
	@:

airflow-lock $(AIRFLOW_STAMP): LOCK := requirements-airflow.lock
bench-lock $(BENCH_STAMP): LOCK := bench/peers.lock
docs-lock $(DOCS_STAMP): LOCK := requirements-docs.lock
s3-lock $(S3_STAMP): LOCK := requirements-s3.lock
lock: LOCK := requirements.lock
$(AIRFLOW_STAMP): COSTS := about a minute, 300 MB
$(BENCH_STAMP): COSTS := seconds, 550 MB
$(DOCS_STAMP): COSTS := seconds, 170 MB
$(S3_STAMP): COSTS := seconds, 110 MB

# Only wheels, each checked against the lock's hashes. What an interrupted install of this same environment has brought
# is kept, and completed.
$(AIRFLOW_STAMP) $(BENCH_STAMP) $(DOCS_STAMP) $(S3_STAMP): begun = $(subst .installed-,.begun-,$@)
$(AIRFLOW_STAMP) $(BENCH_STAMP) $(DOCS_STAMP) $(S3_STAMP):
	@echo "environment: $(@D), $$(grep -c '==' $(LOCK)) pins of $(LOCK), each checked by its hash ($(COSTS), once)"
	@if ! { [ -e $(begun) ] && $(@D)/bin/python -m pip --version; } > /dev/null 2>&1; then \
		rm -rf $(@D) && $(PYTHON) -m venv $(@D) && touch $(begun); fi
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
		--no-warn-script-location --no-deps --only-binary :all: --require-hashes -r $(LOCK)
	@touch $@

$(S3_JARS_STAMP): | $(VENV_STAMP)
	@$(PY) -m marketgraph.jars s3a
	@rm -f $(MARKETGRAPH_CACHE)/jars/.fetched-s3a-*
	@touch $@

airflow-lock: WANTED := --overrides requirements-airflow.overrides requirements-airflow.in
bench-lock: WANTED := bench/peers.in
docs-lock: WANTED := requirements-docs.in
s3-lock: WANTED := requirements-s3.in
lock: WANTED := --extra dev --extra spark35 pyproject.toml

# uv keeps what the lock has where what is wanted allows it; `make lock ARGS=--upgrade` takes the newest.
lock: ## write requirements.lock anew from pyproject.toml
airflow-lock bench-lock docs-lock s3-lock lock:
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PYTHON) -m venv "$$folder/venv"; \
	"$$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	cp $(LOCK) "$$folder/new.lock"; \
	"$$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header \
		--no-annotate $(ARGS) --output-file "$$folder/new.lock" $(WANTED); \
	cp "$$folder/new.lock" $(LOCK); \
	echo "$(LOCK): $$(grep -c '==' $(LOCK)) pins"
