#!/usr/bin/env bash
# Measures the first steps of a newcomer: clone, demo, a TeamQuota of their own. Prints the seconds of each step; exit code 0
# only if the quota was granted. Usage: newcomer.sh [REPOSITORY] (default: the one this script is in).
set -euo pipefail
repository=${1:-$(cd "$(dirname "$0")/.." && pwd)}

scratch=$(mktemp -d)
demo=
finish() {
    if [ -n "$demo" ] && kill -TERM "$demo" 2>/dev/null; then wait "$demo" || true; fi
    rm -rf "$scratch"
}
trap finish EXIT

began=$(date +%s)
step_began=$began
step() {   # NAME: the seconds since the last step
    local now
    now=$(date +%s)
    printf '%-34s %5d s\n' "$1" $((now - step_began))
    step_began=$now
}

git clone --quiet "$repository" "$scratch/bursar"
cd "$scratch/bursar"
step "git clone"

hack/install.sh >"$scratch/install.log" 2>&1
step "packages"

cmake --preset release >/dev/null
cmake --build --preset release --target bursar >"$scratch/build.log"
step "build of Bursar"

PYTHONPATH=hack python3 -c "from testenv import binaries; binaries.locate()" >"$scratch/binaries.log" 2>&1
step "build of the control plane, Envoy"

python3 hack/demo/demo.py build/release/bursar --keep >"$scratch/demo.log" 2>&1 &
demo=$!
until grep -q '^Ctrl-C stops' "$scratch/demo.log"; do
    if ! kill -0 "$demo" 2>/dev/null; then
        cat "$scratch/demo.log"
        exit 1
    fi
    sleep 0.2
done
grep -q '^Everything held' "$scratch/demo.log"
step "demo"

KUBECONFIG=$(sed -n 's/^Still running. export KUBECONFIG=//p' "$scratch/demo.log")
export KUBECONFIG
kubectl=$(sed -n 's/^kubectl: //p' "$scratch/demo.log")
sed "s/storefront/newcomer/g" hack/demo/storefront.yaml | "$kubectl" apply -f - >/dev/null
"$kubectl" wait --for=condition=Ready --timeout=30s -n newcomer tq/newcomer >/dev/null
step "an own TeamQuota granted"
"$kubectl" get tq -n newcomer

printf '%-34s %5d s\n' "all of it" $(($(date +%s) - began))
