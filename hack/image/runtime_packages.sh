#!/usr/bin/env bash
# The Debian packages that a binary built on this system needs to run, one a line: those of the libraries it is linked
# with, and the authorities that TLS checks servers against. What they need in turn apt knows.
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
