#!/usr/bin/env bash
# Fuzzes the readers of untrusted text, SECONDS per target. Usage: hack/fuzz.sh [SECONDS] [TARGET…]; by default every target
# of tests/fuzz.
#
# Inputs that fail are in build/fuzz/findings. Fix the cause, and add the input to tests/fuzz/corpus under a name that describes
# it.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-300}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for source in tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" _fuzz.cpp)"); done
fi
hack/install.sh clang libclang-rt-14-dev
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${targets[@]/%/_fuzz}"
mkdir -p build/fuzz/findings
for target in "${targets[@]}"; do
    mkdir -p "build/fuzz/corpus/$target"
    echo "fuzzing $target"
    "build/fuzz/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix=build/fuzz/findings/ "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target"
done
