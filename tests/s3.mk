# An S3 server in an environment of its own, for tests/object_stores. Only wheels, each checked against the lock's hashes;
# nothing is fetched again while the lock and the Python stay as they are. The jars for s3a:// come along.

PYTHON ?= python3
S3_VENV := .venv-s3
S3_LOCK := requirements-s3.lock
# Another lock or another Python is another environment, made anew.
S3_KEY := $(shell { $(PYTHON) -VV; cat $(S3_LOCK); } 2> /dev/null | cksum | tr ' ' '-')
S3_STAMP := $(S3_VENV)/.installed-$(S3_KEY)
S3_JARS_STAMP := $(MARKETGRAPH_CACHE)/jars/.fetched-s3a-$(call key,conf/jars.lock)

.PHONY: s3-env s3-lock
s3-env: $(S3_STAMP) $(S3_JARS_STAMP)
	@:

$(S3_STAMP):
	@echo "environment of the S3 server: $(S3_VENV), $$(grep -c '==' $(S3_LOCK)) pins of $(S3_LOCK), each checked by its hash (seconds, 110 MB, once)"
	@rm -rf $(S3_VENV) && $(PYTHON) -m venv $(S3_VENV)
	@$(S3_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
		--no-warn-script-location --no-deps --only-binary :all: --require-hashes -r $(S3_LOCK)
	@touch $@

$(S3_JARS_STAMP): | $(VENV_STAMP)
	@$(PY) -m marketgraph.jars s3a
	@rm -f $(MARKETGRAPH_CACHE)/jars/.fetched-s3a-*
	@touch $@

s3-lock:
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PYTHON) -m venv "$$folder/venv"; \
	"$$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	{ ! [ -e $(S3_LOCK) ] || cp $(S3_LOCK) "$$folder/s3.lock"; }; \
	"$$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header \
		--no-annotate $(ARGS) --output-file "$$folder/s3.lock" requirements-s3.in; \
	cp "$$folder/s3.lock" $(S3_LOCK)
