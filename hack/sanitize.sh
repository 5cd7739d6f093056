#!/usr/bin/env bash
# Runs suites under ThreadSanitizer. Usage: hack/sanitize.sh [SUITE…]; by default the suites with threads.
# The races of a suite are printed after its output, with function names. Any race is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

# llvm-14 has the symbolizer.
hack/install.sh clang libclang-rt-14-dev llvm-14
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(unit_kube unit_reconcile unit_usage)
cmake --preset tsan >/dev/null
cmake --build --preset tsan --target "${suites[@]}"
reports=$PWD/build/tsan/reports
rm -rf "$reports"
mkdir -p "$reports"
# Debian's libraries are not instrumented, so races within them are ignored.
export TSAN_OPTIONS="log_path=$reports/of second_deadlock_stack=1 exitcode=0 ignore_noninstrumented_modules=1 \
external_symbolizer_path=/usr/bin/llvm-symbolizer-14"
failed=0
for suite in "${suites[@]}"; do
    echo "$suite"
    "build/tsan/suites/$suite" || failed=1
done
if compgen -G "$reports/*" >/dev/null; then
    cat "$reports"/*
    failed=1
fi
exit "$failed"
