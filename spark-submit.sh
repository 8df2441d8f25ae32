#!/usr/bin/env bash
# Runs any job of jobs/ on any master: ./spark-submit.sh build_edges --config conf/local.yml --as-of 2024-06-29
# `./spark-submit.sh --help` has the options; --dry-run prints the command. The job's exit code is passed through.
# MARKETGRAPH_SUBMIT_PYTHON names the interpreter of another environment than .venv, such as that of Spark 4.
set -euo pipefail

home="$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)"
python="${MARKETGRAPH_SUBMIT_PYTHON:-$home/.venv/bin/python}"
if [[ ! -x "$python" ]]; then
  echo "error: $python is not there yet
  what to do: run \`make setup\` in $home" >&2
  exit 2
fi
export MARKETGRAPH_CACHE="${MARKETGRAPH_CACHE:-$home/.cache}"
exec "$python" -m marketgraph.launch "$@"
