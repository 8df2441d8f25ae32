# What builds the pages in an environment of its own, for `make docs` alone. Only wheels, each checked against the
# lock's hashes; nothing is fetched again while the lock and the Python stay as they are.

PYTHON ?= python3
DOCS_VENV := .venv-docs
DOCS_LOCK := requirements-docs.lock
# Another lock or another Python is another environment, made anew.
DOCS_KEY := $(shell { $(PYTHON) -VV; cat $(DOCS_LOCK); } 2> /dev/null | cksum | tr ' ' '-')
DOCS_STAMP := $(DOCS_VENV)/.installed-$(DOCS_KEY)

.PHONY: docs-env docs-lock
docs-env: $(DOCS_STAMP)
	@:

$(DOCS_STAMP):
	@echo "environment of the pages: $(DOCS_VENV), $$(grep -c '==' $(DOCS_LOCK)) pins of $(DOCS_LOCK), each checked by its hash (seconds, 170 MB, once)"
	@rm -rf $(DOCS_VENV) && $(PYTHON) -m venv $(DOCS_VENV)
	@$(DOCS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
		--no-warn-script-location --no-deps --only-binary :all: --require-hashes -r $(DOCS_LOCK)
	@touch $@

docs-lock:
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PYTHON) -m venv "$$folder/venv"; \
	"$$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	cp $(DOCS_LOCK) "$$folder/docs.lock"; \
	"$$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header \
		--no-annotate $(ARGS) --output-file "$$folder/docs.lock" requirements-docs.in; \
	cp "$$folder/docs.lock" $(DOCS_LOCK)
