"""What an operator would have recorded in a time that no test can wait for, as it keeps it in the cluster."""

import hashlib
import json


def chain(policy, records):
    """Records as a chain holds them, each with the hash of the one before, and the chain's tip."""
    tip, lines = {"seq": 0, "hash": "0" * 64}, []
    for record in records:
        text = json.dumps(dict(record, policy=policy, prev=tip), sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        lines.append(f"{digest} {text}\n")
        tip = {"seq": tip["seq"] + 1, "hash": digest}
    return "".join(lines), tip


def config_map(kind, policy, records):
    """The chain of a policy as the operator's ConfigMap. `kind`: ledger (closed windows) or metering (days)."""
    lines, tip = chain(policy, records)
    head = {"begin": {"seq": 0, "hash": "0" * 64}, "tip": tip, "parts": []}
    return {"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": f"bursar-{kind}.{policy}", "namespace": "bursar-system",
                         "labels": {"app.kubernetes.io/managed-by": "bursar-ledger", f"bursar.dev/{kind}": policy},
                         "annotations": {"bursar.dev/ledger-generation": "1"}},
            "data": {"head": json.dumps(head), "records": lines}}
