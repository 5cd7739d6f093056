#!/usr/bin/env bash
# Fuzzes what reads files. Usage: hack/fuzz.sh [SECONDS] [manifest|history]
#
# What it finds lies in build/fuzz/findings: mend it, and add the input to tests/fuzz/corpus under a name that says what it is.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-300}
target=${2:-manifest}
hack/install.sh clang libclang-rt-14-dev
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${target}_fuzz"
mkdir -p "build/fuzz/corpus/$target" build/fuzz/findings
exec "build/fuzz/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
    -artifact_prefix=build/fuzz/findings/ "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target"
