# The peers NetworKit and DuckDB in an environment of their own, for `make bench` alone. Only wheels, each checked
# against the lock's hashes; nothing is fetched again while the lock and the Python stay as they are.

BENCH_VENV := .venv-bench
BENCH_LOCK := bench/peers.lock
# Another lock or another Python is another environment, made anew.
BENCH_KEY := $(shell { $(PYTHON) -VV; cat $(BENCH_LOCK); } 2> /dev/null | cksum | tr ' ' '-')
BENCH_STAMP := $(BENCH_VENV)/.installed-$(BENCH_KEY)

.PHONY: bench-env bench-lock
bench-env: $(BENCH_STAMP)
	@:

$(BENCH_STAMP):
	@echo "environment of the bench's peers: $(BENCH_VENV), $$(grep -c '==' $(BENCH_LOCK)) pins of $(BENCH_LOCK), each checked by its hash (seconds, 550 MB, once)"
	@rm -rf $(BENCH_VENV) && $(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
		--no-warn-script-location --no-deps --only-binary :all: --require-hashes -r $(BENCH_LOCK)
	@touch $@

bench-lock:
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PYTHON) -m venv "$$folder/venv"; \
	"$$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	cp $(BENCH_LOCK) "$$folder/peers.lock"; \
	"$$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header \
		--no-annotate $(ARGS) --output-file "$$folder/peers.lock" bench/peers.in; \
	cp "$$folder/peers.lock" $(BENCH_LOCK)
