#!/usr/bin/env bash
# A long run with many teams, for growth of memory, descriptors and threads: hack/soak.sh [--minutes 30] [--teams 1000].
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh
cmake --preset release >/dev/null
cmake --build --preset release --target bursar
exec python3 tests/chaos/soak.py build/release/bursar "$@"
