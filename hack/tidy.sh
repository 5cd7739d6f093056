#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy. Usage: hack/tidy.sh [FILE…]; by default every source that differs from BASE (main).
# `hack/tidy.sh --all` checks every source, ours eight at a time as the release build compiles them: minutes instead of hours.
# Prints nothing if it finds nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh clang libclang-rt-14-dev clang-tidy
checks=
# A build tree that only provides the compile commands, without precompiled headers. Almost nothing is built in it.
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
# clang-tidy counts findings in foreign headers even if it does not show them; the count is removed.
printf '%s\0' "${files[@]}" | nice xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$tree" --checks="$checks" 2>&1 |
    sed -E '/^[0-9]+ warnings? generated\.$/d'
