#!/usr/bin/env bash
# The only writer of generated things: the formatting of C++, docs/reference, the table of docs/metrics.md, and with --golden
# also tests/golden. hack/verify.sh compares them. Review the difference before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh clang-format
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.hpp' | xargs -0 clang-format -i

cmake --preset release >/dev/null
cmake --build --preset release --target bursar
hack/generate_reference.py build/release/bursar

# With BURSAR_UPDATE_GOLDEN=1 these suites write the files that they otherwise compare with.
update() {
    cmake --build --preset release --target "$1"
    BURSAR_UPDATE_GOLDEN=1 "build/release/suites/$1" "${@:2}" >/dev/null
}
if [ "${1:-}" = --golden ]; then
    for suite in unit_cli unit_gateways unit_ledger unit_reconcile; do update "$suite"; done
else
    update unit_cli '*docs/metrics.md*'
fi
