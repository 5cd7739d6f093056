"""The GitOps tree of docs/examples, on a real API server with the operator, judged as Flux and Argo CD judge it, by their
own code (hack/testenv/tools/gitops). And the peace between them: the operator never writes what git says.

Needs BURSAR (the binary); starts everything else itself.
"""

import fnmatch
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

import yaml

from reference.conditions import Conditions
from testenv import binaries, module_plane
from testenv.control_plane import REPOSITORY, KubectlError
from testenv.environment import condition, wait_for
from testenv.processes import Process, free_port, http_ok

TREE = REPOSITORY / "docs" / "examples" / "gitops"
LUA = TREE / "platform" / "argocd" / "health" / "health.lua"
TEAMS = ("research", "search", "support")
FLUX = "kustomize-controller"  # its field manager
PLANE = None
FOLDER = None


def setUpModule():
    global PLANE, FOLDER
    PLANE = module_plane.start("gitops", controller_manager=True)
    FOLDER = PLANE.folder
    PLANE.kubectl("create", "namespace", "flux-system")
    PLANE.kubectl("create", "namespace", "argocd")
    for crd in sorted(binaries.gitops_crds().glob("*.yaml")):
        PLANE.kubectl("apply", "--server-side", "-f", crd)
    PLANE.wait_established("crd", "--all")


def built(folder):
    """What `kustomize build` makes of a folder of the tree."""
    return PLANE.kubectl("kustomize", TREE / folder)


def resources(folder):
    return [item for item in yaml.safe_load_all(built(folder)) if item]


def apply_as_flux(text, *options):
    return PLANE.kubectl("apply", "--server-side", f"--field-manager={FLUX}", "-f", "-", *options, stdin=text)


def judged(judge, objects):
    """The verdicts, `status` and `message`, of Flux (["flux"]) or Argo CD (["argocd", SCRIPT]) on the objects."""
    done = subprocess.run([binaries.gitops_health(), *judge], input=json.dumps(objects), text=True, capture_output=True,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.strip())
    return json.loads(done.stdout)


def flux(item):
    return judged(["flux"], [item])[0]["status"]


def argocd(item):
    return judged(["argocd", LUA], [item])[0]["status"]


def ours():
    """Everything of bursar.dev in the cluster."""
    return PLANE.get("allocationpolicies,teamquotas,burstloans", "-A")["items"]


def decided(kind, namespace, name):
    item = PLANE.get(kind, "-n", namespace, name)
    return item if item["status"].get("observedGeneration") == item["metadata"]["generation"] else None


class Operated(unittest.TestCase):
    """The tree is applied while no operator runs; then one does."""

    @classmethod
    def setUpClass(cls):
        apply_as_flux(built("platform/policy"))
        apply_as_flux(built("teams"))
        cls.undecided = ours()
        port = free_port()
        cls.operator = Process(
            "operator", [os.environ["BURSAR"], "operator", "--kubeconfig", PLANE.service_account_kubeconfig("bursar-operator"),
                         "--leader-elect=false", "--health-address", f"127.0.0.1:{port}"],
            PLANE.logs, lambda: http_ok(port, "/readyz"))
        cls.operator.start()
        cls.addClassCleanup(cls.operator.stop)
        PLANE.kubectl("wait", "--for=condition=Ready", "--timeout=60s", "allocationpolicy/acme")
        for team in TEAMS:
            PLANE.kubectl("wait", "--for=condition=Ready", "--timeout=60s", "-n", team, "teamquotas,burstloans", "--all")

    def test_nobody_takes_it_for_done_before_it_is_decided(self):
        self.assertEqual(len(self.undecided), 1 + 3 + 3)
        self.assertEqual({verdict["status"] for verdict in judged(["flux"], self.undecided)}, {"InProgress"})
        self.assertEqual({verdict["status"] for verdict in judged(["argocd", LUA], self.undecided)}, {"Progressing"})

    def test_the_whole_tree_becomes_ready_and_both_see_it(self):
        items = ours()
        self.assertEqual([verdict["status"] for verdict in judged(["flux"], items)], 7 * ["Current"])
        self.assertEqual([verdict["status"] for verdict in judged(["argocd", LUA], items)], 7 * ["Healthy"])
        granted = {item["metadata"]["name"]: item["status"]["budgets"] for item in items if item["kind"] == "TeamQuota"}
        self.assertEqual(granted["support"][0]["baseline"], 120_000_000)
        self.assertEqual({item["status"]["phase"] for item in items if item["kind"] == "BurstLoan"}, {"Scheduled"})

    def test_the_operator_owns_the_status_and_a_finalizer_and_nothing_else(self):
        for item in PLANE.get("allocationpolicies,teamquotas,burstloans", "-A", "--show-managed-fields")["items"]:
            managers = {}
            for entry in item["metadata"]["managedFields"]:
                managers.setdefault(entry["manager"], []).append((entry.get("subresource", ""), entry["fieldsV1"]))
            name = f"{item['kind']} {item['metadata']['name']}"
            self.assertEqual(len(managers), 2, f"{name}: {sorted(managers)}")
            self.assertIn(FLUX, managers)
            del managers[FLUX]
            for subresource, fields in next(iter(managers.values())):
                if subresource == "status":
                    self.assertEqual(set(fields), {"f:status"}, name)
                else:
                    self.assertEqual(item["kind"], "BurstLoan", name)
                    self.assertEqual(set(fields), {"f:metadata"}, name)
                    self.assertEqual(set(fields["f:metadata"]), {"f:finalizers"}, name)

    def test_applying_the_same_files_again_conflicts_with_nothing_and_changes_nothing(self):
        text = built("platform/policy") + "\n---\n" + built("teams")
        before = {item["metadata"]["uid"]: item["metadata"]["generation"] for item in ours()}
        told = apply_as_flux(text)
        self.assertEqual(told.count("serverside-applied"), len(told.splitlines()))
        self.assertEqual(PLANE.kubectl("diff", "--server-side", f"--field-manager={FLUX}", "-f", "-", stdin=text), "")
        after = ours()
        self.assertEqual({item["metadata"]["uid"]: item["metadata"]["generation"] for item in after}, before)
        self.assertEqual({verdict["status"] for verdict in judged(["flux"], after)}, {"Current"})

    def test_what_somebody_must_mend_is_failed_and_degraded(self):
        broken = yaml.safe_load((TREE / "teams/search/quota.yaml").read_text())
        broken["metadata"] |= {"name": "broken", "namespace": "stray"}
        broken["spec"] |= {"team": "stray"}
        PLANE.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "stray", "labels": {"tokens": "yes"}}},
                     broken | {"spec": broken["spec"] | {"requests": [{"pool": "no-such-pool", "forecast": 1}]}}])
        item = wait_for("the quota to be decided", lambda: decided("teamquota", "stray", "broken"))
        self.assertEqual((flux(item), argocd(item), condition(item, "Ready")["reason"]), ("Failed", "Degraded", "UnknownPool"))
        loan = yaml.safe_load((TREE / "teams/search/loans/relaunch.yaml").read_text())
        loan["metadata"]["name"] = "too-much"
        loan["spec"] |= {"tokens": "200M", "start": "2037-01-01T00:00:00Z", "end": "2037-01-02T00:00:00Z"}
        PLANE.apply(loan)
        item = wait_for("the loan to be decided", lambda: decided("burstloan", "search", "too-much"))
        self.assertEqual((flux(item), argocd(item), condition(item, "Ready")["reason"]),
                         ("Failed", "Degraded", "OverLoanLimit"))
        PLANE.kubectl("delete", "burstloan", "-n", "search", "too-much")
        PLANE.kubectl("delete", "teamquota", "-n", "stray", "broken")

    def test_every_condition_is_documented(self):
        documented = Conditions()
        for item in ours():
            for entry in item["status"]["conditions"]:
                self.assertIn(entry["reason"], documented.reasons_of(item["kind"], entry["type"]), (item["kind"], entry["type"]))

    def test_a_teams_account_may_write_its_own_folder_and_nothing_else(self):
        PLANE.kubectl("apply", "-f", "-", stdin=(TREE / "platform/flux/team-accounts.yaml").read_text())
        account = "system:serviceaccount:flux-system:tokens-search"
        apply_as_flux(built("teams/search"), f"--as={account}")
        for folder in ("teams/support", "platform/policy"):
            with self.assertRaises(KubectlError) as refused:
                apply_as_flux(built(folder), f"--as={account}")
            self.assertIn("forbidden", str(refused.exception))

    def test_deleting_a_loan_is_over_in_a_moment(self):
        loan = yaml.safe_load((TREE / "teams/support/loans/outage-drill.yaml").read_text())
        loan["metadata"]["name"] = "passing"
        loan["spec"] |= {"start": "2037-02-01T00:00:00Z", "end": "2037-02-02T00:00:00Z"}
        PLANE.apply(loan)
        wait_for("the loan to be decided", lambda: decided("burstloan", "support", "passing"))
        PLANE.kubectl("delete", "burstloan", "-n", "support", "passing", "--timeout=20s")


class Manifests(unittest.TestCase):
    """Flux's and Argo CD's own resources, by their own schemas."""

    def dry_run(self, text):
        return PLANE.kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", stdin=text)

    def test_fluxs_resources_are_what_its_crds_take(self):
        for team in TEAMS:
            PLANE.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team}})
        self.assertEqual(self.dry_run(built("platform/flux")).count("kustomization.kustomize.toolkit.fluxcd.io/"), 5)

    def test_argo_cds_resources_are_what_its_crds_take(self):
        told = self.dry_run(built("platform/argocd"))
        for kind in ("application", "applicationset", "appproject"):
            self.assertIn(f"{kind}.argoproj.io/", told)

    def test_the_release_is_what_fluxs_type_takes(self):
        release = next(item for item in resources("platform/bursar") if item["kind"] == "HelmRelease")
        judged(["helmrelease"], [release])
        PLANE.helm().template(*(f"--set-json={key}={json.dumps(value)}" for key, value in release["spec"]["values"].items()))
        with self.assertRaisesRegex(AssertionError, "unknown field"):
            judged(["helmrelease"], [release | {"spec": release["spec"] | {"intervall": "1m"}}])

    def test_the_health_check_goes_beside_what_argo_cd_has(self):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            shutil.copytree(LUA.parent, folder / "health")
            (folder / "argocd-cm.yaml").write_text(json.dumps(
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd"},
                 "data": {"url": "https://argocd.example.com"}}))
            (folder / "kustomization.yaml").write_text(json.dumps(
                {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
                 "resources": ["argocd-cm.yaml"], "components": ["health"]}))
            PLANE.kubectl("apply", "-k", folder)
        data = PLANE.get("configmap", "-n", "argocd", "argocd-cm")["data"]
        self.assertEqual(data.pop("url"), "https://argocd.example.com")
        self.assertEqual(data, {f"resource.customizations.health.bursar.dev_{kind}": LUA.read_text()
                                for kind in ("AllocationPolicy", "TeamQuota", "BurstLoan")})

    def test_paths_and_names_in_the_tree_are_there(self):
        kustomizations = [item for item in resources("platform/flux") if item["kind"] == "Kustomization"]
        for item in kustomizations:
            self.assertTrue((TREE / item["spec"]["path"] / "kustomization.yaml").is_file(), item["metadata"]["name"])
            for check in item["spec"].get("healthChecks", []):
                self.assertIn((check["kind"], check["name"]), [(found["kind"], found["metadata"]["name"])
                                                              for found in resources(item["spec"]["path"])])
        self.assertEqual({item["spec"]["path"] for item in kustomizations if item["metadata"]["name"].startswith("tokens-")},
                         {f"./teams/{team}" for team in TEAMS})
        project = next(item for item in resources("platform/argocd") if item["kind"] == "AppProject")
        self.assertEqual([entry["namespace"] for entry in project["spec"]["destinations"]], list(TEAMS))


def conditions(**statuses):
    return [{"type": kind, "status": status, "reason": "Why", "message": "because"} for kind, status in statuses.items()]


class ArgoHealth(unittest.TestCase):
    """The Lua check on one object a case: (status, verdict). No case is Suspended: nothing of Bursar ever is."""

    CASES = {
        "no status": (None, "Progressing"),
        "not decided yet": ({"observedGeneration": -1}, "Progressing"),
        "an older spec was decided": ({"observedGeneration": 1, "conditions": conditions(Ready="True")}, "Progressing"),
        "decided, no conditions": ({"observedGeneration": 2}, "Progressing"),
        "ready": ({"observedGeneration": 2, "conditions": conditions(UsageFresh="False", Ready="True")}, "Healthy"),
        "tried again": ({"observedGeneration": 2, "conditions": conditions(Ready="False", Reconciling="True")}, "Progressing"),
        "stalled": ({"observedGeneration": 2, "conditions": conditions(Ready="False", Stalled="True")}, "Degraded"),
        "a loan that waits for its start": ({"observedGeneration": 2, "phase": "Scheduled",
                                             "conditions": conditions(Ready="True", Approved="True", Active="False")}, "Healthy"),
        "a loan that is over": ({"observedGeneration": 2, "phase": "Returned",
                                 "conditions": conditions(Ready="True", Returned="True")}, "Healthy"),
    }

    def test_every_case(self):
        for kind in ("AllocationPolicy", "TeamQuota", "BurstLoan"):
            for name, (status, wanted) in self.CASES.items():
                item = {"apiVersion": "bursar.dev/v1alpha1", "kind": kind, "metadata": {"name": "x", "generation": 2}}
                if status is not None:
                    item["status"] = status
                with self.subTest(f"{kind}, {name}"):
                    self.assertEqual(argocd(item), wanted)

    def test_the_message_is_the_conditions(self):
        item = {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": "x", "generation": 1},
                "status": {"observedGeneration": 1, "conditions": conditions(Ready="False", Stalled="True")}}
        self.assertEqual(judged(["argocd", LUA], [item])[0]["message"], "Why: because")


class Owners(unittest.TestCase):
    """CODEOWNERS as GitHub reads it: the last line that matches decides."""

    def owners(self, path):
        found = None
        for line in (TREE / "CODEOWNERS").read_text().splitlines():
            pattern, *names = line.split()[:1] + [word for word in line.split()[1:] if word.startswith("@")] if line else [""]
            if not pattern or pattern.startswith("#"):
                continue
            if pattern == "*" or fnmatch.fnmatchcase(f"/{path}", pattern + "*" if pattern.endswith("/") else pattern):
                found = names
        return found

    def test_who_approves_what(self):
        self.assertEqual(self.owners("platform/policy/policy.yaml"), ["@acme/platform", "@acme/token-sponsors"])
        self.assertEqual(self.owners("platform/policy/namespaces.yaml"), ["@acme/platform", "@acme/token-sponsors"])
        self.assertEqual(self.owners("platform/flux/teams.yaml"), ["@acme/platform"])
        self.assertEqual(self.owners("CODEOWNERS"), ["@acme/platform"])
        self.assertEqual(self.owners(".github/workflows/bursar-plan.yaml"), ["@acme/platform"])
        self.assertEqual(self.owners("teams/new/quota.yaml"), ["@acme/platform"])
        for team in TEAMS:
            self.assertEqual(self.owners(f"teams/{team}/quota.yaml"), ["@acme/platform"])
            self.assertEqual(self.owners(f"teams/{team}/kustomization.yaml"), ["@acme/platform"])
            for loan in (TREE / "teams" / team / "loans").iterdir():
                self.assertEqual(self.owners(f"teams/{team}/loans/{loan.name}"), [f"@acme/{team}"])


class Workflow(unittest.TestCase):
    """The steps of the pull request's check, with `docker` a stand-in that runs the binary where the container would."""

    DOCKER = """#!/bin/bash
while [ "$1" != "-w" ]; do shift; done
cd "$PWD/${2#/repo/}" && shift 3 && exec "$BURSAR" "$@"
"""

    def step(self, name, folder):
        workflow = yaml.safe_load((TREE / ".github/workflows/bursar-plan.yaml").read_text())
        script = next(step["run"] for step in workflow["jobs"]["plan"]["steps"] if step.get("name") == name)
        docker = folder / "bin" / "docker"
        docker.parent.mkdir(exist_ok=True)
        docker.write_text(self.DOCKER)
        docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
        environment = os.environ | workflow["env"] | {
            "PATH": f"{docker.parent}:{os.environ['PATH']}", "BURSAR_IMAGE": "image",
            "BURSAR": str(pathlib.Path(os.environ["BURSAR"]).resolve()),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"), "GITHUB_OUTPUT": str(folder / "output")}
        return subprocess.run(["bash", "-e", "-c", script], cwd=folder, env=environment, text=True, capture_output=True,
                              check=False)

    def test_a_raised_forecast_is_validated_and_planned(self):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            for side in ("base", "change"):
                shutil.copytree(TREE, folder / side)
            quota = folder / "change/teams/search/quota.yaml"
            quota.write_text(quota.read_text().replace("forecast: 90M", "forecast: 100M"))
            done = self.step("Validate", folder)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            done = self.step("Plan", folder)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("code=0", (folder / "output").read_text())
            self.assertRegex((folder / "summary").read_text(), r"`search`.*90,000,000 \| 100,000,000 \| \+10,000,000")
            quota.write_text(quota.read_text().replace("forecast: 100M", "forecast: 100Mi"))
            self.assertEqual(self.step("Validate", folder).returncode, 2)
            self.assertEqual(self.step("Plan", folder).returncode, 0)
            self.assertIn("code=2", (folder / "output").read_text())


if __name__ == "__main__":
    unittest.main()
