#!/usr/bin/env python3
"""A software bill of materials, CycloneDX 1.6 as JSON, of an image: what dpkg says is installed, and Bursar itself.

Usage: sbom.py --version VERSION --packages FILE --binary FILE [--distribution NAME] DPKG_STATUS >sbom.cdx.json

`--packages` are those that Bursar needs itself, one a line; what they need in turn is read from dpkg. The same image makes
the same bill: its time is $SOURCE_DATE_EPOCH, its serial number follows from its content.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import urllib.parse
import uuid


def installed(status):
    """Each installed package as a dictionary of its fields."""
    for stanza in status.strip().split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", stanza, re.MULTILINE))
        if fields.get("Status") == "install ok installed":
            yield fields


def source(fields):
    """Name and version of the source package; a binary one says it only where it differs."""
    match = re.match(r"(\S+)(?: \((.+)\))?", fields.get("Source", fields["Package"]))
    return match[1], match[2] or fields["Version"]


def reference(fields, distribution):
    quoted = urllib.parse.quote(fields["Version"], safe="")
    name, version = source(fields)
    upstream = urllib.parse.quote(f"{name}@{version}", safe="")
    return f"pkg:deb/debian/{urllib.parse.quote(fields['Package'])}@{quoted}?arch={fields['Architecture']}&distro={distribution}&upstream={upstream}"


def component(fields, distribution):
    purl = reference(fields, distribution)
    return {"type": "library", "bom-ref": purl, "name": fields["Package"], "version": fields["Version"], "purl": purl,
            "supplier": {"name": fields["Maintainer"]}, "description": fields.get("Description", "")}


def needs(fields, by_name):
    """The installed packages a package depends on. Of alternatives those that are there."""
    named = re.findall(r"[a-z0-9][a-z0-9+.-]+(?=[ :,|(]|$)", re.sub(r"\([^)]*\)", "", ",".join(
        fields.get(kind, "") for kind in ("Depends", "Pre-Depends"))))
    return sorted({by_name[name] for name in named if name in by_name})


def bill(status, wanted, binary, version, distribution, moment):
    packages = sorted(installed(status), key=lambda fields: fields["Package"])
    by_name = {fields["Package"]: reference(fields, distribution) for fields in packages}
    missing = sorted(set(wanted) - set(by_name))
    if missing:
        raise SystemExit(f"not installed, but needed: {', '.join(missing)}")
    bursar = f"pkg:generic/bursar@{version}"
    content = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "bom-ref": bursar, "name": "bursar", "version": version, "purl": bursar,
                          "licenses": [{"license": {"id": "Apache-2.0"}}],
                          "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(binary).hexdigest()}]}},
        "components": [component(fields, distribution) for fields in packages],
        "dependencies": [{"ref": bursar, "dependsOn": sorted(by_name[name] for name in set(wanted))},
                         *({"ref": by_name[fields["Package"]], "dependsOn": needs(fields, by_name)} for fields in packages)]}
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
    return {**content, "serialNumber": f"urn:uuid:{serial}"}


def main():
    parser = argparse.ArgumentParser(description="the bill of materials of Bursar's image")
    parser.add_argument("status", type=pathlib.Path)
    parser.add_argument("--packages", type=pathlib.Path, required=True)
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--distribution", default="debian-12")
    given = parser.parse_args()
    made = bill(given.status.read_text(), given.packages.read_text().split(), given.binary.read_bytes(), given.version,
                given.distribution, int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    print(json.dumps(made, indent=1))


if __name__ == "__main__":
    main()
