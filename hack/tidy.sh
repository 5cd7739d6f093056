#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy. Usage: hack/tidy.sh [FILE…]: those; every source that is not as in BASE (main)
# where none is named; `hack/tidy.sh --all`: every one, which takes some 20 minutes of two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh clang libclang-rt-14-dev clang-tidy
cmake --preset asan-ubsan >/dev/null
files=("$@")
if [ "${1:-}" = --all ]; then
    mapfile -t files < <(git ls-files 'operator/*.cpp' 'controllers/*.cpp' 'tests/*.cpp')
elif [ ${#files[@]} -eq 0 ]; then
    mapfile -t files < <({ git diff --name-only --diff-filter=d "${BASE:-main}" -- '*.cpp'; git ls-files -o --exclude-standard '*.cpp'; } | sort -u)
fi
[ ${#files[@]} -gt 0 ] || exit 0
printf '%s\0' "${files[@]}" | nice xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p build/asan-ubsan
