"""What the pages are run on: the README's cluster with its gateway and three teams, an empty one, and a PostgreSQL."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from testenv.control_plane import ControlPlane, KubectlError
from testenv.environment import Environment, condition, wait_for
from testenv.helm import HelmError
from testenv.postgres import Postgres
from testenv.traffic import call

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
DEMO = REPOSITORY / "hack" / "demo"
TEAMS = ("research", "storefront", "insights")
# What the README shows as consumed: calls of (model, input tokens, output tokens).
CALLS = {"research": 10 * [("gpt-4o", 18_133, 11_667)], "storefront": 2 * [("gpt-4o", 4_667, 3_333)],
         "insights": 3 * [("gpt-4o-mini", 600, 400)]}
# Made by the API server or by the tests themselves; what else there is when a page is done was the page's.
OURS = {"default", "kube-system", "kube-public", "kube-node-lease", "bursar-system", *TEAMS}

# Of what the tests were started with, a reader has this.
READERS = ("PATH", "LANG", "TERM", "USER", "BURSAR_CACHE")


class World:
    def __init__(self, bursar):
        self.environment = Environment(bursar)
        self.folder = self.environment.folder
        self.commands = self.folder / "commands"
        self.commands.mkdir()
        for name in ("bursar", "kubectl-bursar"):
            (self.commands / name).symlink_to(self.environment.bursar)
        for name, path in self.environment.control_plane.binaries.items():
            if name in ("kubectl", "helm"):
                (self.commands / name).symlink_to(path)
        self.empty = None
        self.postgres = None

    @property
    def kubeconfig(self):
        return self.environment.control_plane.kubeconfig

    def start(self):
        """The README's opening: the demo's policy and teams, and what they consumed."""
        self.environment.start_control_plane()
        self.environment.start_traffic_plane()
        self.environment.start_metering()
        self.environment.start_operator(status_max_age="1s")
        self.apply_demo()
        wait_for("every TeamQuota to be Ready", self._all_ready)
        self.environment.start_limiter()
        for team, calls in CALLS.items():
            for model, prompt, completion in calls:
                status = call(self.environment.gateway.ports["gateway"], f"sk-{team}", model, prompt, completion)
                if status != 200:
                    raise AssertionError(f"{team} got {status} from the gateway")

    def apply_demo(self):
        policy = self.environment.policy((DEMO / "policy.yaml").read_text())
        self.environment.kubectl("apply", *(f"--filename={DEMO / team}.yaml" for team in TEAMS), "-f", "-", stdin=policy)

    def _all_ready(self):
        return all((condition(self.environment.team_quota(team, team), "Ready") or {}).get("status") == "True"
                   for team in TEAMS)

    def stop(self):
        if self.postgres is not None:
            self.postgres.stop()
        self._stop_empty_cluster()
        self.environment.__exit__()

    # What a page may ask for

    def variables(self, home):
        environment = {name: os.environ[name] for name in READERS if name in os.environ}
        environment["PATH"] = f"{self.commands}:{environment['PATH']}"
        environment["HOME"] = str(home)
        if self.postgres is not None:
            environment.update(self.postgres.environment)
        return environment

    def empty_cluster(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-docs-"))
        self.empty = ControlPlane(self.environment.control_plane.binaries, folder)
        self.empty.start(controller_manager=False)
        return self.empty.kubeconfig

    def _stop_empty_cluster(self):
        if self.empty is not None:
            self.empty.stop()
            shutil.rmtree(self.empty.folder, ignore_errors=True)
            self.empty = None

    def dry_run(self, document):
        """What the API server says against it; None where it takes it. The namespace is there, as it would be."""
        kubectl = self.environment.kubectl
        name = document.get("metadata", {}).get("namespace")
        try:
            if name and document["kind"] != "Namespace":
                kubectl("apply", "-f", "-", stdin=json.dumps(
                    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
            kubectl("apply", "--dry-run=server", "-f", "-", stdin=json.dumps(document))
        except KubectlError as refusal:
            return str(refusal)
        return None

    def values(self, text):
        """What the chart says against these values; None where it takes them."""
        file = self.folder / "values-of-a-page.yaml"
        file.write_text(text)
        try:
            self.environment.control_plane.helm().template("--values", file)
        except HelmError as refusal:
            return str(refusal)
        return None

    def sql(self, text):
        """What PostgreSQL says against it; None where it takes it."""
        if self.postgres is None:
            self.postgres = Postgres()
            self.postgres.start()
        done = subprocess.run(["psql", "-v", "ON_ERROR_STOP=1", "-q"], input=text, text=True, capture_output=True,
                              env=self.variables(self.folder), check=False)
        return done.stderr.strip() if done.returncode else None

    def promql(self, query):
        """What Prometheus says against it; None where it understands it."""
        asked = f"{self.environment.gateway.prometheus_url}/api/v1/query?" + urllib.parse.urlencode({"query": query})
        try:
            urllib.request.urlopen(asked, timeout=10).close()
        except urllib.error.HTTPError as refusal:
            return json.loads(refusal.read())["error"]
        return None

    def as_of_now(self, text, words):
        today = datetime.datetime.now(datetime.timezone.utc)
        quarter, month = words
        text = text.replace(quarter, f"{today.year}Q{(today.month + 2) // 3}")
        return text.replace(month, f"{today.year}-{today.month:02}")

    def tidy(self):
        """Takes away what a page left behind, so that the next one finds the README's cluster."""
        self._stop_empty_cluster()
        kubectl = self.environment.kubectl
        for item in self.environment.control_plane.get("namespaces")["items"]:
            name = item["metadata"]["name"]
            if name not in OURS:
                kubectl("delete", "teamquotas,burstloans", "--all", "-n", name, "--wait=false")
                kubectl("delete", "namespace", name, "--wait=false")
        kubectl("delete", "burstloans", "--all", "-A", "--wait=false")
        for item in self.environment.control_plane.get("allocationpolicies")["items"]:
            if item["metadata"]["name"] != "main":
                kubectl("delete", "allocationpolicy", item["metadata"]["name"], "--wait=false")
        self.apply_demo()

