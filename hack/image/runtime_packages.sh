#!/usr/bin/env bash
# Prints the Debian packages that a binary built on this system needs to run, one per line: the packages of the libraries it is
# linked with, and the certificate authorities for TLS. apt resolves their dependencies.
set -euo pipefail

paths=$(ldd "$1")
{
    echo ca-certificates
    for library in $(objdump -p "$1" | awk '$1 == "NEEDED" {print $2}'); do
        path=$(awk -v library="$library" '$1 == library {print $3}' <<<"$paths")
        # The loader finds it under /lib; dpkg knows it under /lib or under /usr/lib, which are one folder.
        [ -z "$path" ] || { dpkg-query -S "${path#/usr}" 2>/dev/null || dpkg-query -S "/usr${path#/usr}"; } | sed 's/:.*//'
    done
} | sort -u
