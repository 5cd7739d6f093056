#!/usr/bin/env bash
# Installs what is missing, builds, starts the real parts and shows the three-team crisis. `--keep` leaves it running.
set -euo pipefail
cd "$(dirname "$0")/.."

hack/install.sh
cmake --preset release >/dev/null
cmake --build --preset release --target bursar
exec python3 hack/demo/demo.py build/release/bursar "$@"
