#!/usr/bin/env bash
# Runs suites under ThreadSanitizer. Usage: hack/sanitize.sh [SUITE…]; those with threads where none is named.
#
# Debian's libraries are not instrumented: what they do with their own locks is left out by tests/tsan.supp, with reasons.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh clang libclang-rt-14-dev
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(unit_kube unit_reconcile unit_usage)
cmake --preset tsan >/dev/null
cmake --build --preset tsan --target "${suites[@]}"
for suite in "${suites[@]}"; do
    echo "$suite"
    TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 suppressions=$PWD/tests/tsan.supp" "build/tsan/suites/$suite"
done
