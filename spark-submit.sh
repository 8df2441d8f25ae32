#!/usr/bin/env bash
# Runs any job of jobs/ on any master: ./spark-submit.sh build_edges --config conf/local.yml --as-of 2024-06-29
# `./spark-submit.sh --help` has the options; --dry-run prints the command. The job's exit code is passed through.
set -euo pipefail

home="$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)"
python="$home/.venv/bin/python"
if [[ ! -x "$python" ]]; then
  echo "error: $home/.venv is not there yet
  what to do: run \`make setup\` in $home" >&2
  exit 2
fi
export MARKETGRAPH_CACHE="${MARKETGRAPH_CACHE:-$home/.cache}"
exec "$python" -m marketgraph.launch "$@"
