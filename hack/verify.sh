#!/usr/bin/env bash
# Checks what a program can check without running Bursar's code: formatting, the direction of includes, guarded members,
# generated pages, the size of files and parameter lists, and stray files. Usage: hack/verify.sh [CHECK…]; see
# hack/verify/verify.py. hack/update.sh writes the formatting and the generated pages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

"$here/install.sh" clang clang-format
exec python3 "$here/verify/verify.py" "$@"
