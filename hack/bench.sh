#!/usr/bin/env bash
# Builds and runs the benchmarks and prints their figures. They are not part of the tests, because no test depends on speed.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh
cmake --preset release >/dev/null
cmake --build --preset release --target bursar bench_decide bench_loans bench_ledger bench_statement
build/release/bench_decide
build/release/bench_loans
build/release/bench_statement
build/release/bench_statement 1000
python3 tests/bench/statement_peer.py 1000
python3 tests/bench/plan_bench.py build/release/bursar
python3 tests/bench/ledger_bench.py build/release/bench_ledger
python3 tests/bench/grant_in_force.py build/release/bursar "$@"
python3 tests/bench/loan_timing.py build/release/bursar
