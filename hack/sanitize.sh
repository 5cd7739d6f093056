#!/usr/bin/env bash
# Runs suites under ThreadSanitizer. Usage: hack/sanitize.sh [SUITE…]; those with threads where none is named.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh clang libclang-rt-14-dev
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(unit_kube unit_reconcile unit_usage)
cmake --preset tsan >/dev/null
cmake --build --preset tsan --target "${suites[@]}"
for suite in "${suites[@]}"; do
    echo "$suite"
    TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1" "build/tsan/suites/$suite"
done
