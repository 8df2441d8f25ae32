# Airflow in an environment of its own, for the DAG in jobs/airflow and its test. Only wheels, each checked
# against the lock's hashes; nothing is fetched again while the lock and the Python stay as they are.

PYTHON ?= python3
AIRFLOW_VENV := .venv-airflow
AIRFLOW_LOCK := requirements-airflow.lock
# One stamp per lock and Python: another lock, another environment.
AIRFLOW_KEY := $(shell { $(PYTHON) -VV; cat $(AIRFLOW_LOCK); } 2>/dev/null | cksum | tr ' ' '-')
AIRFLOW_STAMP := $(AIRFLOW_VENV)/.installed-$(AIRFLOW_KEY)

.PHONY: airflow-env
airflow-env: $(AIRFLOW_STAMP)
	@:

# What an interrupted install left is kept and completed; a complete one of another lock is cleared away.
$(AIRFLOW_STAMP):
	@echo "airflow-env: installing Airflow into $(AIRFLOW_VENV) (about a minute, 300 MB)"
	@set -e; if ls $(AIRFLOW_VENV)/.installed-* >/dev/null 2>&1; then rm -rf $(AIRFLOW_VENV); fi
	@$(PYTHON) -m venv $(AIRFLOW_VENV)
	@$(AIRFLOW_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
		--no-deps --only-binary :all: --require-hashes --requirement $(AIRFLOW_LOCK)
	@touch $@
