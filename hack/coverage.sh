#!/usr/bin/env bash
# Line coverage of the unit suites by clang's counters: a table by folder, and build/coverage/lines.txt by file.
# Usage: hack/coverage.sh [SUITE…]; by default every suite that needs no server.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh clang libclang-rt-14-dev llvm-14
cmake --preset coverage >/dev/null
suites=("$@")
if [ ${#suites[@]} -eq 0 ]; then
    mapfile -t suites < <(awk '$3 == "none" || $3 == "speed" {print $1}' build/coverage/test-suites.txt | grep -v bench)
fi
cmake --build --preset coverage --target "${suites[@]}"

rm -f build/coverage/*.profraw
objects=()
for suite in "${suites[@]}"; do
    LLVM_PROFILE_FILE="build/coverage/$suite.profraw" "build/coverage/suites/$suite" >/dev/null
    objects+=(-object "build/coverage/suites/$suite")
done
llvm-profdata-14 merge -sparse build/coverage/*.profraw -o build/coverage/all.profdata
llvm-cov-14 export -summary-only -instr-profile=build/coverage/all.profdata "${objects[@]}" >build/coverage/summary.json
python3 - build/coverage/summary.json build/coverage/lines.txt <<'PYTHON'
import collections, json, os, sys
files = [(os.path.relpath(each["filename"]), each["summary"]["lines"]) for each in json.load(open(sys.argv[1]))["data"][0]["files"]]
ours = sorted((name, lines) for name, lines in files if name.startswith(("operator/", "controllers/")))
folders = collections.defaultdict(lambda: [0, 0])
with open(sys.argv[2], "w") as listing:
    for name, lines in ours:
        listing.write(f"{lines['percent']:6.1f} %  {lines['covered']:5} of {lines['count']:5}  {name}\n")
        for folder in (os.path.dirname(name), "all"):
            folders[folder][0] += lines["covered"]
            folders[folder][1] += lines["count"]
for folder, (covered, count) in sorted(folders.items(), key=lambda item: (item[0] == "all", item[0])):
    print(f"{folder:28} {covered:6} of {count:6} lines  {100 * covered / max(count, 1):5.1f} %")
PYTHON
