"""The direction of includes: which folder may include which. docs/architecture.md explains the floors."""

import collections
import os

RUNTIME = "operator/runtime"
BASE = "operator/runtime/base"
CORE = ("controllers/api", "controllers/treasury")

# A folder, with the folders below it, may include itself and these. The longest name that fits counts.
ALLOWED = {
    "operator/runtime/base": (),
    "operator/runtime/http": (BASE,),
    "operator/runtime/kube": (BASE, "operator/runtime/http"),
    "operator/runtime/telemetry": (BASE, "operator/runtime/http", "operator/runtime/kube"),
    "controllers/api": (BASE,),
    "controllers/treasury": ("controllers/api", BASE),
    "controllers/simulation": (*CORE, BASE),
    "controllers/gateways": (*CORE, RUNTIME),
    "controllers/usage": (*CORE, RUNTIME),
    "controllers/ledger": (*CORE, RUNTIME),
    "controllers/cluster": (*CORE, "controllers/ledger", RUNTIME),
    "controllers/reconcile": (*CORE, "controllers/gateways", "controllers/usage", "controllers/ledger", "controllers/cluster",
                              RUNTIME),
    "operator/cli": ("controllers", RUNTIME),
    "operator": ("operator/cli", RUNTIME),  # main.cpp
}
LARGEST_FOLDER = 45  # files of C++


def _is_in(folder, top):
    return folder == top or folder.startswith(top + "/")


def _rule_for(folder):
    return max((top for top in ALLOWED if _is_in(folder, top)), key=len, default=None)


def complaints(tree):
    sizes, edges = collections.Counter(), collections.defaultdict(dict)
    for name in tree.under("operator", "controllers"):
        folder = os.path.dirname(name)
        sizes[folder] += 1
        rule = _rule_for(folder)
        if rule is None:
            yield f"{name}: hack/verify/includes.py has no rule for {folder}"
            continue
        for included in tree.includes(name):
            target = os.path.dirname(included)
            if target != folder:
                edges[folder].setdefault(target, f"{name} includes {included}")
            if not any(_is_in(target, top) for top in (rule, *ALLOWED[rule])):
                yield f"{name}: must not include {included}: {rule} may include {', '.join(ALLOWED[rule]) or 'nothing else'}"
    for folder, size in sorted(sizes.items()):
        if size > LARGEST_FOLDER:
            yield f"{folder}: {size} files; give a folder of its own to a part of it (at most {LARGEST_FOLDER})"
    for cycle in _cycles(edges):
        inside = [edges[one][other] for one in cycle for other in edges[one] if other in cycle]
        yield f"folders that include each other: {', '.join(sorted(cycle))}: {'; '.join(sorted(inside))}"


def _cycles(edges):
    """Sets of folders that reach each other."""
    def reached_from(start):
        seen, left = set(), [start]
        while left:
            for target in edges.get(left.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    left.append(target)
        return seen

    reach = {folder: reached_from(folder) for folder in list(edges)}
    found = {frozenset(other for other in reach[folder] if folder in reach.get(other, ()))
             for folder in reach if folder in reach[folder]}
    return sorted(found, key=sorted)
