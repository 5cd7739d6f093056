#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy. Usage: hack/tidy.sh [FILE…]: those; every source that is not as in BASE (main)
# where none is named; `hack/tidy.sh --all`: every one, ours eight at a time, as the release build compiles them, which takes
# minutes instead of hours. Says nothing where it finds nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh clang libclang-rt-14-dev clang-tidy
checks=
# A tree of its own, of which next to nothing is built: it says how each file is compiled, without precompiled headers.
tree=build/tidy
configure() { cmake --preset tidy -B "$tree" "$@" >/dev/null; }
files=("$@")
if [ "${1:-}" = --all ]; then
    tree=build/tidy-all
    configure -DCMAKE_UNITY_BUILD=ON
    cmake --build "$tree" --target build_version controllers/{api/embedded_crds,ledger/embedded_migrations}.cpp >/dev/null
    checks=-bugprone-suspicious-include  # that is how a unity build reads its sources
    mapfile -t files < <(find "$tree" -name 'unity_*.cxx' | sort; git ls-files 'tests/*.cpp')
elif [ ${#files[@]} -eq 0 ]; then
    mapfile -t files < <({ git diff --name-only --diff-filter=d "${BASE:-main}" -- '*.cpp'; git ls-files -o --exclude-standard '*.cpp'; } | sort -u)
fi
[ ${#files[@]} -gt 0 ] || exit 0
[ "$tree" = build/tidy-all ] || configure
# What it found in headers of others it counts, also where it shows none of it.
printf '%s\0' "${files[@]}" | nice xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$tree" --checks="$checks" 2>&1 |
    sed -E '/^[0-9]+ warnings? generated\.$/d'
