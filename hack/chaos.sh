#!/usr/bin/env bash
# The chaos suite for ten minutes and more (docs/chaos.md): hack/chaos.sh [--seed N] [--minutes M] [--faults K].
#   hack/chaos.sh --mutant …       the same on a build that is broken on purpose; succeeds when the suite catches it
#   hack/chaos.sh --kill-points …  kill -9 at 200 random points of a reconcile [--seed N] [--points N]
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:-}
case "$mode" in --mutant | --kill-points) shift ;; esac
hack/install.sh

build() {
  cmake --preset release >/dev/null
  cmake --build --preset release --target bursar
}

if [ "$mode" = --kill-points ]; then
  build
  exec python3 tests/chaos/kill_points.py build/release/bursar "$@"
elif [ "$mode" != --mutant ]; then
  build
  exec python3 tests/chaos/chaos.py build/release/bursar --minutes 10 "$@"
fi

# Increases are published before decreases: between the two, limits add up to more than there is.
scratch=build/mutant
rm -rf "$scratch"
mkdir -p "$scratch"
git archive HEAD | tar -x -C "$scratch"
git apply --directory="$scratch" tests/chaos/increases_first.patch
(cd "$scratch" && build)
if python3 tests/chaos/chaos.py "$scratch/build/release/bursar" --minutes 1 "$@" | tee "$scratch/report"; then
  echo "the broken build was not caught"
  exit 1
fi
grep -q 'add up to' "$scratch/report" || { echo "it failed, but not for what is broken"; exit 1; }
echo "caught: limits added up to more than there is"
