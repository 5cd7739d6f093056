"""What the operator may do, and which secrets it keeps: a whole job under exactly the role it is given, on an API server that
keeps an audit log.

One story fills the log: a policy with gateway, loans, a month that closes and its webhook, drift, events, two replicas and
a team that is claimed twice. Then: nothing was forbidden, nothing that is permitted was left unused, and no secret is
anywhere it could be read.

Needs BURSAR (the binary); starts everything else itself.
"""

import base64
import datetime
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from testenv import closing
from testenv.environment import Environment, condition, wait_for
from testenv.pki import Authority
from testenv.postgres import ACCOUNT, Postgres
from testenv.processes import Process, free_port, http_ok

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ACCOUNTS = ("bursar-operator", "bursar-sync-limits")
WEBHOOK_KEY = "webhook-key-5d1c"
QUERY_SECRET = "query-secret"  # of closing.policy's URL
DATABASE_PASSWORD = "database-password-77aa"

ENV = None
POLICY = None
OUTPUT = []  # what was served over HTTP, and the command lines, of every operator


def team(name, forecast=1000, policy="main", quota=None, created=True):
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    request = {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota",
               "metadata": {"name": quota or name, "namespace": name},
               "spec": {"policy": policy, "team": name, "requests": [{"pool": "chat", "forecast": forecast}]}}
    return [space, request] if created else [request]


def loan():
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=5)  # one cannot ask for the past
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": "launch", "namespace": "search"},
            "spec": {"teamQuota": "search", "pool": "chat", "tokens": 500, "reason": "Launch of the new product assistant",
                     "start": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                     "end": (now + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}}


def replica(name, **environment):
    """Ready when it leads and has decided, or waits."""
    port, metrics = free_port(), free_port()
    kubeconfig = ENV.control_plane.service_account_kubeconfig("bursar-operator")
    process = Process(name, [ENV.bursar, "operator", "--kubeconfig", kubeconfig, "--status-max-age", "500ms",
                             "--health-address", f"127.0.0.1:{port}", "--metrics-address", f"127.0.0.1:{metrics}",
                             *environment.pop("arguments", [])],
                      ENV.control_plane.logs, lambda: http_ok(port, "/healthz") and http_ok(port, "/readyz"),
                      dict(environment, HOSTNAME=name))
    process.start()
    unittest.addModuleCleanup(process.stop)
    OUTPUT.append(pathlib.Path(f"/proc/{process.pid}/cmdline").read_text().replace("\0", " "))
    for path in ("/healthz", "/readyz", "/nowhere"):
        OUTPUT.append(answer(port, path))
    process.metrics = lambda: answer(metrics, "/metrics")
    return process


def answer(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def get(kind, name, namespace=None):
    return ENV.control_plane.get(kind, name, *(["-n", namespace] if namespace else []))


def loan_phase():
    status = get("burstloan", "launch", "search").get("status", {})
    assert status.get("phase") != "Denied", status
    return status.get("phase")


def granted(name, quota=None):
    budgets = ENV.team_quota(name, quota or name).get("status", {}).get("budgets", [])
    return budgets[0]["granted"] if budgets else None


def reason(name, quota):
    return (condition(ENV.team_quota(name, quota), "Ready") or {}).get("reason")


def limit_maps():
    return ENV.control_plane.get("configmap", "-n", "bursar-system", "-l", "bursar.dev/gateway=main.envoy")["items"]


def limits():
    return "".join(text for item in limit_maps() for text in item["data"].values())


def setUpModule():  # noqa: N802 (unittest's name)
    global ENV, POLICY
    ENV = Environment(os.environ["BURSAR"], audit=True)
    unittest.addModuleCleanup(ENV.__exit__)
    ENV.start_control_plane()
    receiver = closing.Receiver.start()
    unittest.addModuleCleanup(receiver.server_close)
    unittest.addModuleCleanup(receiver.shutdown)
    POLICY = closing.policy(receiver.server_port)
    POLICY["spec"]["teams"] = {"namespaceSelector": {"matchExpressions": [{"key": "closed", "operator": "DoesNotExist"}]}}
    tell_the_story()


def tell_the_story():
    plane = ENV.control_plane
    plane.apply([closing.metered_last_month(), closing.webhook_secret(WEBHOOK_KEY), POLICY, *team("search")])
    first = replica("first")
    ENV.gateway.start_sync(ENV.bursar, plane.service_account_kubeconfig("bursar-sync-limits"), "main.envoy")
    unittest.addModuleCleanup(ENV.gateway.stop)
    wait_for("the grant", lambda: granted("search") == 1000)
    wait_for("the statement", lambda: (condition(get("allocationpolicy", "main"), "StatementsDelivered") or {})
             .get("status") == "True")
    second = replica("second")

    # A limit that moves, and one that somebody else took away.
    plane.apply(team("search", 2000))
    wait_for("the new grant", lambda: granted("search") == 2000)
    for item in limit_maps():
        plane.kubectl("delete", "configmap", "-n", "bursar-system", item["metadata"]["name"])
    wait_for("the limits to be back", lambda: "search" in limits())

    # A loan that is deleted while it is active is returned first, by the finalizer.
    plane.apply(loan())
    wait_for("the loan", lambda: loan_phase() == "Active")
    plane.kubectl("delete", "burstloan", "launch", "-n", "search", "--timeout=30s")

    # The same event three times is one object that counts.
    for _ in range(3):
        plane.apply(team("lost", policy="mian"))
        wait_for("the mistake to be told", lambda: reason("lost", "lost") == "PolicyNotFound")
        plane.apply(team("lost"))
        wait_for("the mistake to be repaired", lambda: granted("lost") == 1000)

    # The leader goes, the other takes over.
    OUTPUT.append(first.metrics())
    first.stop()
    plane.apply(team("search", 3000))
    wait_for("the other to decide", lambda: granted("search") == 3000)

    # A gateway that is given up leaves nothing behind.
    # By patches: a replace is refused if the operator writes the status between its two requests.
    def set_gateways(gateways):
        plane.kubectl("patch", "allocationpolicy", "main", "--type=merge", "-p", json.dumps({"spec": {"gateways": gateways}}))
    set_gateways(None)
    wait_for("the limits to be gone", lambda: not limit_maps())
    set_gateways(POLICY["spec"]["gateways"])
    wait_for("the limits to be back", lambda: "search" in limits())
    ENV.leading = second


def bindings_of(account):
    """The roles an account is bound to: (name of the binding, its namespace or "", the role's rules)."""
    for kind, role_kind in (("clusterrolebindings", "clusterrole"), ("rolebindings", "role")):
        for binding in ENV.control_plane.get(kind, "-A")["items"]:
            subjects = [(each["kind"], each["name"]) for each in binding.get("subjects", [])]
            if ("ServiceAccount", account) not in subjects:
                continue
            space = binding["metadata"].get("namespace", "")
            reference = binding["roleRef"]
            role = get(reference["kind"], reference["name"], None if reference["kind"] == "ClusterRole" else space)
            yield binding["metadata"]["name"], space, role["rules"]


def permitted(account):
    """Every single permission: (binding, namespace, group, resource, verb, name or "")."""
    return {(binding, space, group, resource, verb, name)
            for binding, space, rules in bindings_of(account)
            for rule in rules
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
            for name in rule.get("resourceNames", [""])}


def asked(account):
    """What the API server was asked for by an account, and what it said: an audit event each."""
    user = f"system:serviceaccount:bursar-system:{account}"
    for line in ENV.control_plane.audit_log.read_text().splitlines():
        event = json.loads(line)
        if event["user"]["username"] == user:
            yield event


ALLOWED = re.compile(r'RBAC: allowed by (?:Cluster)?RoleBinding "([^"]+)"')


def used(account, permissions):
    found = set()
    for event in asked(account):
        allowed = ALLOWED.match(event.get("annotations", {}).get("authorization.k8s.io/reason", ""))
        if not allowed:
            continue
        target = event["objectRef"]
        resource = "/".join(filter(None, (target["resource"], target.get("subresource"))))
        # A binding in a namespace is named NAME/NAMESPACE where RBAC gives its reason.
        binding, _, space = allowed[1].partition("/")
        for name in ("", target.get("name", "")):
            found.add((binding, space, target.get("apiGroup", ""), resource, event["verb"], name))
    return found & permissions


class Permissions(unittest.TestCase):
    def test_nothing_was_forbidden(self):
        for account in ACCOUNTS:
            events = list(asked(account))
            self.assertTrue(events, account)
            refused = {(event["verb"], event["requestURI"].split("?")[0]) for event in events
                       if event.get("annotations", {}).get("authorization.k8s.io/decision") == "forbid"
                       or event.get("responseStatus", {}).get("code") == 403}
            self.assertEqual(refused, set(), account)

    def test_nothing_that_is_permitted_was_left_unused(self):
        for account in ACCOUNTS:
            permissions = permitted(account)
            self.assertTrue(permissions, account)
            self.assertEqual(permissions - used(account, permissions), set(), account)

    def test_wildcards_and_powers_over_others_are_not_given(self):
        for account in ACCOUNTS:
            for _, _, group, resource, verb, _ in permitted(account):
                self.assertNotIn("*", (group, resource, verb), account)
                self.assertNotIn(verb, ("escalate", "bind", "impersonate", "deletecollection"), account)
            everywhere = {(resource, verb) for _, space, _, resource, verb, _ in permitted(account) if not space}
            self.assertFalse([each for each in everywhere if each[0] == "secrets"], account)
            self.assertFalse([each for each in everywhere if each[0] == "configmaps" and each[1] not in ("list", "watch")],
                             account)


class Identity(unittest.TestCase):
    def test_a_team_claimed_twice_goes_to_the_older_claim_and_then_to_the_newer(self):
        plane = ENV.control_plane
        plane.apply(team("twice", 100, quota="older"))
        wait_for("the older claim", lambda: granted("twice", "older") == 100)
        time.sleep(1.1)  # a creationTimestamp has whole seconds
        plane.apply(team("twice", 200, quota="newer", created=False))
        wait_for("the newer to be told", lambda: reason("twice", "newer") == "DuplicateTeam")
        said = condition(ENV.team_quota("twice", "newer"), "Ready")["message"]
        self.assertIn("twice/older", said)
        self.assertIsNone(granted("twice", "newer"))
        self.assertEqual(granted("twice", "older"), 100)
        events = ENV.control_plane.get("events", "-n", "twice")["items"]
        self.assertTrue([each for each in events if each["reason"] == "DuplicateTeam"
                         and each["involvedObject"]["name"] == "newer"])
        plane.kubectl("delete", "teamquota", "older", "-n", "twice")
        wait_for("the newer to have it", lambda: granted("twice", "newer") == 200)
        self.assertEqual(limits().count('"twice"'), 1)

    def test_a_namespace_that_the_policy_does_not_admit_gets_nothing(self):
        plane = ENV.control_plane
        space, request = team("outside")
        space["metadata"]["labels"] = {"closed": "true"}
        plane.apply([space, request])
        wait_for("the refusal", lambda: reason("outside", "outside") == "NamespaceNotSelected")
        self.assertIsNone(granted("outside"))
        self.assertNotIn("outside", limits())


class Secrets(unittest.TestCase):
    """Runs last (by name): what the others caused is looked through as well."""

    @staticmethod
    def secrets():
        plane = ENV.control_plane
        tokens = [path.read_text().strip() for path in plane.folder.glob("*.token")]
        keys = [line for path in (plane.folder / "pki").glob("*.key") for line in path.read_text().splitlines()
                if len(line) == 64]
        assert tokens and keys
        plain = [WEBHOOK_KEY, QUERY_SECRET, DATABASE_PASSWORD]
        return tokens + keys + plain + [base64.b64encode(each.encode()).decode() for each in plain]

    def test_no_secret_can_be_read_anywhere(self):
        self.run_on_postgresql()
        plane = ENV.control_plane
        seen = list(OUTPUT)
        for log in plane.logs.iterdir():
            if log.name.startswith(("first", "second", "third", "sync")):
                seen.append(log.read_text(errors="replace"))
        for kind in ("events", "teamquotas", "burstloans", "configmaps", "leases"):
            seen.append(plane.kubectl("get", kind, "-A", "-o", "json", "--show-managed-fields"))
        policy = get("allocationpolicy", "main")
        seen.append(json.dumps(policy["status"]) + json.dumps(policy["metadata"].get("managedFields", [])))
        everything = "\n".join(seen)
        self.assertIn("StatementsDelivered", everything)
        for served in ("bursar_statement_deliveries_total", "rest_client_requests_total", "bursar_policy_condition"):
            self.assertIn(served, everything)
        for secret in self.secrets():
            self.assertNotIn(secret, everything)

    def run_on_postgresql(self):
        """An operator that has a database's password, and one that has a wrong one and says so."""
        OUTPUT.append(ENV.leading.metrics())
        ENV.leading.stop()
        server = Postgres(DATABASE_PASSWORD)
        unittest.addModuleCleanup(server.stop)
        server.start()
        file = ENV.folder / "pgpass"
        file.write_text(f"*:*:*:{ACCOUNT}:{DATABASE_PASSWORD}\n")
        file.chmod(0o600)
        settings = dict(server.environment, PGPASSFILE=str(file))
        third = replica("third", arguments=["--ledger", "postgresql"], **settings)
        wait_for("the record in the database", lambda: (condition(get("allocationpolicy", "main"), "RecordUpToDate") or {})
                 .get("status") == "True")
        environment = pathlib.Path(f"/proc/{third.pid}/environ").read_text()
        self.assertNotIn(DATABASE_PASSWORD, environment)
        OUTPUT.append(third.metrics())
        third.stop()
        file.write_text(f"*:*:*:{ACCOUNT}:{DATABASE_PASSWORD}-wrong\n")
        refused = subprocess.run([ENV.bursar, "ledger", "verify", "--ledger", "postgresql", "--kubeconfig",
                                  ENV.control_plane.kubeconfig], env=dict(os.environ, **settings), capture_output=True,
                                 text=True, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("password authentication failed", refused.stderr)
        OUTPUT.append(refused.stdout + refused.stderr)

    def test_a_crash_leaves_no_core(self):
        """Even if the resource limits of its parent process allow it."""
        kubeconfig = ENV.control_plane.service_account_kubeconfig("bursar-operator")
        child = os.posix_spawn("/bin/sh", ["sh", "-c", f"cd {ENV.folder} && ulimit -c unlimited && exec {ENV.bursar} operator "
                                           f"--kubeconfig {kubeconfig} --leader-elect-lease other >/dev/null 2>&1"], os.environ)
        limit = pathlib.Path(f"/proc/{child}/limits")
        wait_for("the limit", lambda: re.search(r"Max core file size\s+0\s+0\s", limit.read_text()))
        os.kill(child, signal.SIGABRT)
        _, status = os.waitpid(child, 0)
        self.assertTrue(os.WIFSIGNALED(status))
        self.assertFalse(os.WCOREDUMP(status))
        self.assertEqual(list(ENV.folder.glob("core*")), [])


class DatabaseTls(unittest.TestCase):
    """PostgreSQL over a network: verified in full, whatever PGSSLMODE says."""

    def verify(self, **settings):
        return subprocess.run([ENV.bursar, "ledger", "verify", "--ledger", "postgresql", "--kubeconfig",
                               ENV.control_plane.kubeconfig], env=dict(os.environ, **settings), capture_output=True, text=True,
                              check=False)

    def test_only_a_server_that_proves_who_it_is(self):
        ours = Authority(ENV.folder / "database-pki", "database")
        stranger = Authority(ENV.folder / "stranger-pki", "stranger")
        name = ["DNS:localhost"]
        server = Postgres()
        unittest.addModuleCleanup(server.stop)
        server.listen()
        server.start()
        by_socket = self.verify(**server.environment)
        self.assertIn("there is no ledger in this database", by_socket.stderr)
        settings = dict(server.environment, PGHOST="localhost", PGHOSTADDR="127.0.0.1", PGSSLMODE="disable",
                        PGSSLMINPROTOCOLVERSION="TLSv1", PGSSLROOTCERT=str(ours.certificate))
        refused = (
            ("in plain text", None, None, "server does not support SSL, but SSL was required"),
            ("with TLS 1.1", ours.issue("old", "/CN=old", name), "TLSv1.1", "protocol"),
            ("that has expired", ours.issue("expired", "/CN=expired", name, days=-1), "TLSv1.3", "certificate verify failed"),
            ("for another name", ours.issue("other", "/CN=other", ["DNS:example.com"]), "TLSv1.3",
             'does not match host name "localhost"'),
            ("of another authority", stranger.issue("unknown", "/CN=unknown", name), "TLSv1.3", "certificate verify failed"),
            ("that signed itself", (stranger.certificate, stranger.key), "TLSv1.3", "certificate verify failed"),
        )
        for what, identity, version, why in refused:
            with self.subTest(what):
                server.use_tls(*(identity or (None, None)), version)
                said = wait_for(why, lambda: (lambda text: why in text and text)(self.verify(**settings).stderr), 10)
                self.assertIn("PostgreSQL cannot be reached", said)
        server.use_tls(*ours.issue("good", "/CN=good", name))
        wait_for("the server that is who it should be", lambda: self.verify(**settings).stderr == by_socket.stderr, 10)


class NoSwitch(unittest.TestCase):
    def test_nothing_turns_verification_off(self):
        def help_of(*verb):
            return subprocess.run([ENV.bursar, *verb, "--help"], capture_output=True, text=True, check=True).stdout

        verbs = re.findall(r"^  (\S+)  ", help_of().split("Subcommands:")[1], re.MULTILINE)
        self.assertIn("operator", verbs)
        for verb in verbs:
            self.assertNotRegex(help_of(verb).lower(), "insecure|skip-tls|no-verify|skip-verify", verb)
        forbidden = re.compile(r"verify_none|SSL_VERIFY_NONE|set_validate_certificates\(false|sslmode=(?!verify-full)")
        for folder in ("operator", "controllers"):
            for source in (REPOSITORY / folder).rglob("*.[ch]pp"):
                self.assertNotRegex(source.read_text(), forbidden, str(source))
        for crd in (REPOSITORY / "crds").glob("*.yaml"):
            self.assertNotRegex(crd.read_text().lower(), "insecure|skipverify|skiptls", str(crd))


if __name__ == "__main__":
    unittest.main()
