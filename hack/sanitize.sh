#!/usr/bin/env bash
# Runs suites under ThreadSanitizer. Usage: hack/sanitize.sh [SUITE…]; those with threads where none is named.
# All races of a suite are told, with names, behind what it prints; one is a failure.
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
# Debian's libraries are not compiled for it: what they do by themselves is not looked at.
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
