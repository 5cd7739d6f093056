#!/usr/bin/env bash
# Installs, builds and runs every test. The last line is `N passed, N failed` over all suites.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh
cmake --preset release >/dev/null
cmake --build --preset release
cmake --preset asan-ubsan >/dev/null
unit_suites=$(awk '$3 == "none" {print $1}' build/release/test-suites.txt)
# shellcheck disable=SC2086 # a list of targets
cmake --build --preset asan-ubsan --target $unit_suites

exec python3 hack/run_suites.py build/release build/asan-ubsan
