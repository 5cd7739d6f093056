"""The chart on a real API server: every object is accepted, the operator runs under exactly its account and flags, an
upgrade brings new CRDs, an uninstall leaves what is the teams', and the roles let people do what they may, no more.

Needs BURSAR (the binary); starts everything else itself.
"""

import json
import os
import shutil
import time
import unittest

import yaml

from testenv import module_plane
from testenv.control_plane import OPERATOR_NAMESPACE, KubectlError
from testenv.environment import condition, wait_for
from testenv.helm import CHART, REPOSITORY
from testenv.processes import Process, free_port, http_ok

EXAMPLES = REPOSITORY / "hack" / "demo"
TEAMS = ("research", "storefront", "insights")
# What the chart writes of kinds that other projects define; only that they are objects is checked here, their content
# is by promtool in test_rendering.py.
MONITORING = ("servicemonitors/ServiceMonitor", "prometheusrules/PrometheusRule")
PLANE = None
FOLDER = None
HELM = None


def setUpModule():
    global PLANE, FOLDER, HELM
    PLANE = module_plane.start("install", controller_manager=True, bursar=False)
    FOLDER = PLANE.folder
    HELM = PLANE.helm()


def monitoring_kind(names):
    plural, kind = names.split("/")
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.monitoring.coreos.com"},
            "spec": {"group": "monitoring.coreos.com", "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
                     "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                         "type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}


def previous_chart():
    """The chart as a version before it, whose TeamQuotas had no contact."""
    chart = FOLDER / "previous"
    shutil.copytree(CHART, chart)
    file = chart / "Chart.yaml"
    file.write_text(file.read_text().replace("\nversion: ", "\nversion: 0.0.9-before-"))
    file = chart / "files" / "crds" / "teamquotas.yaml"
    crd = yaml.safe_load(file.read_text())
    del crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["contact"]
    # The template finds the top-level metadata by its line.
    file.write_text("# before\n" + yaml.safe_dump(crd, sort_keys=False))
    return chart


def pod_of(deployment):
    return deployment["spec"]["template"]["spec"]


def quota(namespace, **spec):
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": "budget", "namespace": namespace},
            "spec": {"policy": "main", "team": namespace, "requests": [{"pool": "chat", "forecast": 1000}], **spec}}


def loan(namespace):
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": "launch", "namespace": namespace},
            "spec": {"teamQuota": "budget", "pool": "chat", "tokens": 10, "start": "2099-12-01T00:00:00Z",
                     "end": "2099-12-02T00:00:00Z", "reason": "Launch of the new search page"}}


def user(name):
    """A kubeconfig of a person who has no right yet."""
    path = FOLDER / f"{name}.kubeconfig"
    PLANE.write_kubeconfig(path, *PLANE.authority.issue(name, f"/CN={name}"))
    return path


class Install(unittest.TestCase):
    """One story on one cluster: each step begins with what the one before left."""

    def as_user(self, kubeconfig, *arguments, stdin=None):
        return PLANE.kubectl(*arguments, kubeconfig=kubeconfig, stdin=None if stdin is None else json.dumps(stdin))

    def refused(self, kubeconfig, *arguments, stdin=None):
        with self.assertRaises(KubectlError) as refusal:
            self.as_user(kubeconfig, *arguments, stdin=stdin)
        self.assertIn("forbidden", str(refusal.exception).lower())

    def test_install_upgrade_run_and_uninstall(self):
        self.install_what_was_before()
        self.upgrade()
        self.every_value_is_accepted()
        deployment = PLANE.get("deployment", "bursar", "-n", OPERATOR_NAMESPACE)
        operator = self.run_operator(deployment)
        self.addCleanup(operator.stop)
        self.examples_are_granted()
        self.people_may_do_what_they_may()
        self.uninstall_leaves_the_teams_what_is_theirs(operator)

    def install_what_was_before(self):
        HELM("install", "bursar", previous_chart(), "--namespace", OPERATOR_NAMESPACE, "--create-namespace")
        PLANE.wait_established("crd/teamquotas.bursar.dev")
        self.assertNotIn("contact", self.quota_fields())

    def quota_fields(self):
        crd = PLANE.get("crd", "teamquotas.bursar.dev")
        return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]

    def upgrade(self):
        """In a cluster that has the Prometheus Operator since."""
        before = PLANE.get("crd", "teamquotas.bursar.dev")["metadata"]["uid"]
        PLANE.apply([monitoring_kind(names) for names in MONITORING])
        wait_for("the monitoring kinds to be served", lambda: "monitoring.coreos.com/v1" in PLANE.kubectl("api-versions"))
        self.health, self.metrics = free_port(), free_port()
        notes = HELM("upgrade", "bursar", CHART, "--namespace", OPERATOR_NAMESPACE, "--set",
                     f"healthPort={self.health},metrics.port={self.metrics},operator.statusMaxAge=3s")
        self.assertIn("kubectl apply -f policy.yaml", notes)
        self.assertIn("contact", self.quota_fields())
        self.assertEqual(PLANE.get("crd", "teamquotas.bursar.dev")["metadata"]["uid"], before)
        for kind in ("servicemonitor", "prometheusrule"):
            self.assertTrue(PLANE.get(kind, "bursar", "-n", OPERATOR_NAMESPACE)["spec"])

    def every_value_is_accepted(self):
        """Under another name, so that each object is new to the API server; the CRDs are there already."""
        for values in ([], *(["-f", path] for path in sorted((CHART / "ci").glob("*.yaml")))):
            manifests = HELM.template(*values, "--set", "crds.install=false,admission.enabled=false",
                                      "--api-versions=monitoring.coreos.com/v1/ServiceMonitor",
                                      "--api-versions=monitoring.coreos.com/v1/PrometheusRule", release="bursar-other")
            answered = PLANE.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", stdin=manifests)
            self.assertEqual(len(answered.splitlines()), len([item for item in yaml.safe_load_all(manifests) if item]))

    def run_operator(self, deployment):
        """A pod's process: the account, the flags and the name it would have; only the addresses are the loopback's."""
        pod = pod_of(deployment)
        kubeconfig = PLANE.service_account_kubeconfig(pod["serviceAccountName"])
        arguments = [flag.replace("=0.0.0.0:", "=127.0.0.1:") for flag in pod["containers"][0]["args"]]
        ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
        self.assertEqual(ports, {"health": self.health, "metrics": self.metrics})

        def healthy():
            probes = (pod["containers"][0][probe]["httpGet"] for probe in ("livenessProbe", "readinessProbe"))
            return all(http_ok(ports[probe["port"]], probe["path"]) for probe in probes) and http_ok(ports["metrics"], "/metrics")

        operator = Process("operator", [os.environ["BURSAR"], *arguments, "--kubeconfig", kubeconfig], PLANE.logs, healthy,
                           {"HOSTNAME": "bursar-0"})
        return operator.start()

    def examples_are_granted(self):
        # Nothing meters here: consumption is unknown, and nothing else depends on it.
        policy = yaml.safe_load((EXAMPLES / "policy.yaml").read_text())
        del policy["spec"]["usage"]
        PLANE.apply(policy)
        started = time.monotonic()
        for team in TEAMS:
            wait_for(f"the quota of {team} to be admitted", lambda name=team: self.applied(name), 60)
        print(f"TeamQuotas were admitted after {time.monotonic() - started:.1f} s")
        for team in TEAMS:
            wait_for(f"{team} to be Ready", lambda name=team: self.is_ready(name), 30)
        granted = {team: PLANE.get("teamquota", team, "-n", team)["status"]["budgets"][0]["granted"] for team in TEAMS}
        self.assertEqual(granted, {"research": 275_000, "storefront": 300_000, "insights": 275_000})
        shown = PLANE.kubectl("get", "tq", "-A")
        for team in TEAMS:
            self.assertRegex(shown, rf"{team} +{team} +{team} +{granted[team]} .*True")
        ready = PLANE.get("allocationpolicy", "main")
        self.assertEqual(condition(ready, "GatewayProgrammed")["status"], "True", condition(ready, "GatewayProgrammed"))

    @staticmethod
    def applied(team):
        """False while the API server has yet to learn of the kind that its admission policy names."""
        try:
            PLANE.kubectl("apply", "-f", EXAMPLES / f"{team}.yaml")
        except KubectlError as refusal:
            if "paramKind" not in str(refusal):
                raise
            return False
        return True

    @staticmethod
    def is_ready(team):
        return (condition(PLANE.get("teamquota", team, "-n", team), "Ready") or {}).get("status") == "True"

    def people_may_do_what_they_may(self):
        PLANE.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("search", "other")])
        for role in ("edit", "view"):
            PLANE.kubectl("create", "rolebinding", role, f"--clusterrole={role}", f"--user={role}or", "-n", "search")
        editor, viewer = user("editor"), user("viewor")
        wait_for("the cluster's role edit to include TeamQuotas", lambda: "teamquotas" in str(PLANE.get("clusterrole", "edit")))
        self.as_user(editor, "apply", "-f", "-", stdin=quota("search"))
        self.as_user(editor, "apply", "-f", "-", stdin=loan("search"))
        self.as_user(editor, "get", "allocationpolicy", "main")
        self.refused(editor, "apply", "-f", "-", stdin=quota("other"))
        # Not by `kubectl patch --subresource`, which reads the subresource first and is refused for that already.
        self.refused(editor, "replace", "--raw", "/apis/bursar.dev/v1alpha1/namespaces/search/teamquotas/budget/status",
                     "-f", "-", stdin=PLANE.get("tq", "budget", "-n", "search"))
        self.refused(editor, "patch", "apol", "main", "--type=merge", "-p", '{"spec":{"period":"Month"}}')
        self.refused(editor, "get", "configmaps", "-n", OPERATOR_NAMESPACE)
        self.as_user(viewer, "get", "tq,loan", "-n", "search")
        self.refused(viewer, "apply", "-f", "-", stdin=quota("search", contact="#search"))
        self.refused(viewer, "delete", "loan", "launch", "-n", "search")
        self.leadership_and_finance()

    def leadership_and_finance(self):
        group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User"}
        HELM("upgrade", "bursar", CHART, "--namespace", OPERATOR_NAMESPACE, "--reuse-values", "--set-json",
             "rbac.policyWriters=" + json.dumps([{**group, "name": "leader"}]), "--set-json",
             "rbac.ledgerReaders=" + json.dumps([{**group, "name": "finance"}]))
        leader, finance = user("leader"), user("finance")
        self.as_user(leader, "patch", "apol", "main", "--type=merge", "-p", '{"spec":{"allocation":{"defaultWeight":100}}}')
        self.refused(leader, "apply", "-f", "-", stdin=quota("search", contact="#leader"))
        self.as_user(finance, "get", "configmaps", "-n", OPERATOR_NAMESPACE)
        self.refused(finance, "get", "secrets", "-n", OPERATOR_NAMESPACE)
        self.refused(finance, "patch", "apol", "main", "--type=merge", "-p", '{"spec":{"period":"Month"}}')

    def uninstall_leaves_the_teams_what_is_theirs(self, operator):
        self.assertEqual(operator.stop(), 0, operator.log_tail())
        self.assertNotIn("forbidden", operator.log.read_text())
        limits = len(PLANE.get("configmap", "-n", OPERATOR_NAMESPACE, "-l", "bursar.dev/gateway=main.envoy")["items"])
        HELM("uninstall", "bursar", "--namespace", OPERATOR_NAMESPACE)
        self.assertEqual({item["metadata"]["name"] for item in PLANE.get("tq", "-A")["items"]}, {*TEAMS, "budget"})
        self.assertTrue(PLANE.get("allocationpolicy", "main")["status"])
        self.assertGreater(limits, 0)
        self.assertEqual(limits, len(PLANE.get("configmap", "-n", OPERATOR_NAMESPACE, "-l", "bursar.dev/gateway=main.envoy")["items"]))
        left = PLANE.kubectl("get", "deployment,serviceaccount,role,rolebinding,clusterrole,clusterrolebinding,poddisruptionbudget",
                             "-A", "-l", "app.kubernetes.io/part-of=bursar", "-o", "name")
        self.assertEqual(left, "")
        # A later installation takes up what was left.
        HELM("install", "bursar", CHART, "--namespace", OPERATOR_NAMESPACE)


if __name__ == "__main__":
    unittest.main()
