# Airflow in an environment of its own, for the DAG in jobs/airflow and its test. Only wheels, each checked
# against the lock's hashes; nothing is fetched again while the lock and the Python stay as they are.

PYTHON ?= python3
AIRFLOW_VENV := .venv-airflow
AIRFLOW_LOCK := requirements-airflow.lock
# Another lock or another Python is another environment, made anew.
AIRFLOW_KEY := $(shell { $(PYTHON) -VV; cat $(AIRFLOW_LOCK); } 2> /dev/null | cksum | tr ' ' '-')
AIRFLOW_STAMP := $(AIRFLOW_VENV)/.installed-$(AIRFLOW_KEY)
AIRFLOW_BEGUN := $(AIRFLOW_VENV)/.begun-$(AIRFLOW_KEY)

.PHONY: airflow-env
airflow-env: $(AIRFLOW_STAMP)
	@:

# What an interrupted install of this same environment has brought is kept, and completed.
$(AIRFLOW_STAMP):
	@echo "Airflow environment: $(AIRFLOW_VENV), $$(grep -c '==' $(AIRFLOW_LOCK)) pins of $(AIRFLOW_LOCK), each checked by its hash (about a minute, 300 MB, once)"
	@if ! { [ -e $(AIRFLOW_BEGUN) ] && $(AIRFLOW_VENV)/bin/python -m pip --version; } > /dev/null 2>&1; then \
		rm -rf $(AIRFLOW_VENV) && $(PYTHON) -m venv $(AIRFLOW_VENV) && touch $(AIRFLOW_BEGUN); fi
	@$(AIRFLOW_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
		--no-warn-script-location --no-deps --only-binary :all: --require-hashes -r $(AIRFLOW_LOCK)
	@touch $@
