"""The chart without a cluster: it renders, refuses wrong values, keeps to its sources, and its alerts fire when they must."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

from testenv import binaries, chart_values
from testenv.helm import CHART, OLDEST_KUBERNETES, REPOSITORY, Helm, HelmError

HERE = pathlib.Path(__file__).resolve().parent
CASES = {"defaults": [], **{path.stem: ["-f", path] for path in sorted((CHART / "ci").glob("*.yaml"))}}
MONITORING = ["--api-versions=monitoring.coreos.com/v1/ServiceMonitor", "--api-versions=monitoring.coreos.com/v1/PrometheusRule"]
HELM = None
FOLDER = None

# (values that are refused, where the refusal says it is)
REFUSED = [
    ("replicaCount=two", "at '/replicaCount"),
    ("replicas=3", "additional properties 'replicas'"),
    ("metrics.servicemonitor.enabled=true", "additional properties 'servicemonitor'"),
    ("metrics.serviceMonitor.enabled=perhaps", "at '/metrics/serviceMonitor/enabled"),
    ("metrics.serviceMonitor.interval=30", "at '/metrics/serviceMonitor/interval"),
    ("metrics.port=80", "at '/metrics/port"),
    ("metrics.prometheusRule.disabled={KubePodCrashLooping}", "at '/metrics/prometheusRule/disabled"),
    ("metrics.prometheusRule.runbookBaseURL=wiki", "at '/metrics/prometheusRule/runbookBaseURL"),
    ("image.repository=", "at '/image/repository"),
    ("image.digest=latest", "at '/image/digest"),
    ("image.pullPolicy=Sometimes", "at '/image/pullPolicy"),
    ("operator.logLevel=verbose", "at '/operator/logLevel"),
    ("operator.statusMaxAge=five minutes", "at '/operator/statusMaxAge"),
    ("operator.extraArgs={--leader-elect=false}", "at '/operator/extraArgs"),
    ("ledger.store=mysql", "at '/ledger/store"),
    ("ledger.store=postgresql", "at '/ledger/postgresql/host"),
    ("ledger.postgresql.sslMode=off", "at '/ledger/postgresql/sslMode"),
    ("rbac.policyWriters[0].kind=Team,rbac.policyWriters[0].name=finops", "at '/rbac/policyWriters/0/kind"),
    ("rbac.secretNames={Not A Name}", "at '/rbac/secretNames"),
    ("terminationGracePeriodSeconds=1", "at '/terminationGracePeriodSeconds"),
    ("podDisruptionBudget.maxUnavailable=0", "at '/podDisruptionBudget/maxUnavailable"),
    ("serviceAccount.create=false", "serviceAccount.name: needed where serviceAccount.create is false"),
]


def setUpModule():
    global HELM, FOLDER
    FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="bursar-chart-"))
    unittest.addModuleCleanup(shutil.rmtree, FOLDER, ignore_errors=True)
    HELM = Helm(binaries.locate(data_plane=False)["helm"], FOLDER)


def rendered(*arguments):
    """The objects by kind and name."""
    objects = {}
    for item in yaml.safe_load_all(HELM.template(*arguments)):
        if item is not None:
            key = item["kind"], item["metadata"]["name"]
            assert key not in objects, f"rendered twice: {key}"
            objects[key] = item
    return objects


def container(objects):
    deployment = next(item for (kind, _), item in objects.items() if kind == "Deployment")
    return deployment["spec"]["template"]["spec"]["containers"][0]


class Rendering(unittest.TestCase):
    def test_lint(self):
        for name, arguments in CASES.items():
            with self.subTest(name):
                HELM("lint", "--strict", "--kube-version", OLDEST_KUBERNETES, CHART, *arguments)

    def test_wrong_values_are_refused_with_their_place(self):
        for values, place in REFUSED:
            with self.subTest(values):
                with self.assertRaises(HelmError) as refusal:
                    HELM.template("--set", values)
                self.assertIn(place, str(refusal.exception))

    def test_every_value_has_its_place_in_the_schema(self):
        schema = json.loads((CHART / "values.schema.json").read_text())

        def check(values, node, path):
            while "$ref" in node:
                node = schema["definitions"][node["$ref"].rsplit("/", 1)[1]]
            for key, value in values.items():
                where = f"{path}.{key}"
                if "properties" in node:
                    self.assertIn(key, node["properties"], where)
                    if isinstance(value, dict):
                        check(value, node["properties"][key], where)

        check(yaml.safe_load((CHART / "values.yaml").read_text()), schema, "")

    def test_crds_are_the_sources_and_stay(self):
        objects = rendered()
        for path in sorted((REPOSITORY / "crds").glob("*.yaml")):
            for source in yaml.safe_load_all(path.read_text()):
                found = objects[source["kind"], source["metadata"]["name"]]
                if source["kind"] == "CustomResourceDefinition":
                    self.assertEqual(found["metadata"].pop("annotations"), {"helm.sh/resource-policy": "keep"})
                self.assertEqual(found, source)
        without = rendered("--set", "crds.install=false,admission.enabled=false")
        self.assertFalse({kind for kind, _ in without} & {"CustomResourceDefinition", "ValidatingAdmissionPolicy"})

    def test_a_package_holds_what_a_link_points_to(self):
        HELM("package", CHART, "--destination", FOLDER)
        package = next(FOLDER.glob("bursar-*.tgz"))
        self.assertEqual(HELM.template(chart=package), HELM.template())

    def test_pods_are_restricted(self):
        for name, arguments in CASES.items():
            with self.subTest(name):
                objects = rendered(*arguments)
                pod = next(item for (kind, _), item in objects.items() if kind == "Deployment")["spec"]["template"]["spec"]
                self.assertTrue(pod["securityContext"]["runAsNonRoot"])
                self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                self.assertEqual(container(objects)["securityContext"], {
                    "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}})
                self.assertIn("memory", container(objects)["resources"]["limits"])

    def test_names_and_selectors_agree(self):
        for name, arguments in CASES.items():
            with self.subTest(name):
                objects = rendered(*arguments)
                deployment = next(item for (kind, _), item in objects.items() if kind == "Deployment")
                labels = deployment["spec"]["template"]["metadata"]["labels"].items()
                selectors = [deployment["spec"]["selector"]["matchLabels"]]
                for (kind, _), item in objects.items():
                    if kind == "Service":
                        selectors.append(item["spec"]["selector"])
                        names = {port["name"] for port in container(objects)["ports"]}
                        self.assertIn(item["spec"]["ports"][0]["targetPort"], names)
                    if kind == "PodDisruptionBudget":
                        selectors.append(item["spec"]["selector"]["matchLabels"])
                    if kind == "NetworkPolicy":
                        selectors.append(item["spec"]["podSelector"]["matchLabels"])
                for selector in selectors:
                    self.assertLessEqual(selector.items(), labels)
                account = deployment["spec"]["template"]["spec"]["serviceAccountName"]
                self.assertIn(("ServiceAccount", account), objects)
                for (kind, _), item in objects.items():
                    if kind.endswith("Binding") and "roleRef" in item:
                        self.assertIn((item["roleRef"]["kind"], item["roleRef"]["name"]), objects)

    def test_the_lease_that_is_asked_for_is_the_one_that_is_allowed(self):
        for arguments in ([], ["--set", "fullnameOverride=treasury"]):
            objects = rendered(*arguments)
            lease = next(flag for flag in container(objects)["args"] if flag.startswith("--leader-elect-lease="))
            role = next(item for (kind, name), item in objects.items() if kind == "Role" and name.endswith("-operator"))
            named = [rule["resourceNames"] for rule in role["rules"] if rule["resources"] == ["leases"] and "resourceNames" in rule]
            self.assertEqual(named, [[lease.split("=")[1]]])

    def test_secrets_can_be_named_one_by_one(self):
        role = rendered(*CASES["everything-values"])["Role", "treasury-operator"]
        rules = [rule for rule in role["rules"] if rule["resources"] == ["secrets"]]
        self.assertEqual(rules, [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["erp-webhook"], "verbs": ["get"]}])

    def test_monitoring_kinds_only_where_the_cluster_serves_them(self):
        kinds = {"ServiceMonitor", "PrometheusRule"}
        self.assertFalse({kind for kind, _ in rendered()} & kinds)
        self.assertLessEqual(kinds, {kind for kind, _ in rendered(*MONITORING)})
        self.assertFalse({kind for kind, _ in rendered(*MONITORING, *CASES["postgresql-values"])} & kinds)
        monitor = rendered(*MONITORING)["ServiceMonitor", "bursar"]
        self.assertTrue(monitor["spec"]["endpoints"][0]["honorLabels"])

    def test_postgresql_is_reached_by_its_environment(self):
        objects = rendered(*CASES["postgresql-values"])
        environment = {entry["name"]: entry for entry in container(objects)["env"]}
        self.assertIn("--ledger=postgresql", container(objects)["args"])
        self.assertEqual(environment["PGHOST"]["value"], "db-0.data,db-1.data")
        self.assertEqual(environment["PGSSLMODE"]["value"], "verify-full")
        self.assertEqual(environment["PGPASSWORD"]["valueFrom"], {"secretKeyRef": {"name": "bursar-postgresql", "key": "password"}})
        self.assertEqual(environment["PGSSLROOTCERT"]["value"],
                         container(objects)["volumeMounts"][0]["mountPath"] + "/ca.crt")

    def test_queries_are_of_metrics_that_there_are(self):
        """docs/metrics.md is made from the metrics' own descriptions."""
        served = set(re.findall(r"^\| `(\w+)`", (REPOSITORY / "docs" / "metrics.md").read_text(), re.MULTILINE))
        for name in ("alerts.yaml", "dashboard.json"):
            asked = set(re.findall(r"\b(?:bursar|workqueue|rest_client|leader_election|process)_[a-z_]+", (CHART / "files" / name).read_text()))
            asked = {re.sub("_bucket$", "", metric) for metric in asked}
            self.assertGreater(len(asked), 5)
            self.assertLessEqual(asked, served, name)

    def test_docs_have_every_value(self):
        self.assertEqual((REPOSITORY / chart_values.PAGE).read_text(), chart_values.with_table(),
                         "docs/install.md: run `PYTHONPATH=hack python3 -m testenv.chart_values`")


class Alerts(unittest.TestCase):
    def rules(self, *arguments):
        return rendered("--set", "metrics.prometheusRule.enabled=true", *arguments)["PrometheusRule", "bursar"]["spec"]

    def test_fire_and_stay_silent(self):
        (FOLDER / "alerts.yaml").write_text(yaml.safe_dump(self.rules()))
        shutil.copy(HERE / "alerts.test.yaml", FOLDER)
        done = subprocess.run(["promtool", "test", "rules", FOLDER / "alerts.test.yaml"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_is_seen_to_fire_and_has_its_section(self):
        cases = yaml.safe_load((HERE / "alerts.test.yaml").read_text())["tests"]
        firing = {case["alertname"] for test in cases for case in test["alert_rule_test"] if case["exp_alerts"]}
        sections = re.findall(r"^### (Bursar\w+)$", (REPOSITORY / "docs" / "alerts.md").read_text(), re.MULTILINE)
        rules = [rule for group in self.rules()["groups"] for rule in group["rules"]]
        self.assertEqual(sections, [rule["alert"] for rule in rules])
        self.assertEqual(firing, set(sections))
        for rule in rules:
            self.assertEqual(rule["annotations"]["runbook_url"], f"https://bursar.dev/docs/alerts.html#{rule['alert'].lower()}")
            self.assertLessEqual({"summary", "description"}, set(rule["annotations"]))

    def test_single_ones_can_be_left_out(self):
        names = {rule["alert"] for group in self.rules("--set", "metrics.prometheusRule.disabled={BursarLoanDenied}")["groups"]
                 for rule in group["rules"]}
        self.assertNotIn("BursarLoanDenied", names)
        self.assertIn("BursarOperatorAbsent", names)


if __name__ == "__main__":
    unittest.main()
