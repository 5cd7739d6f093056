"""kubectl runs the binary as its plugin: what it shows of a real control plane, to whom, and how shells complete it.

Needs BURSAR (the binary in its build folder); starts everything else itself. Consumption is written into the statuses while
the operator is stopped, as it would write it.
"""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import unittest

from testenv import module_plane
from testenv.environment import condition, wait_for
from testenv.processes import Process

PLANE = None
FOLDER = None
TEAMS = {"search": 400_000, "ads": 300_000, "support": 300_000}
CONSUMED = {"search": 79, "ads": 80, "support": 130}  # percent


def setUpModule():
    global PLANE, FOLDER
    PLANE = module_plane.start("plugin")
    FOLDER = PLANE.folder
    build = pathlib.Path(os.environ["BURSAR"]).resolve().parent
    subprocess.run(["cmake", "--install", str(build), "--prefix", str(FOLDER)], check=True, capture_output=True)
    (FOLDER / "bin" / "kubectl").symlink_to(PLANE.binaries["kubectl"])
    PLANE.apply([module_plane.policy("2M"), *(module_plane.namespace(team) for team in TEAMS),
                 *(quota(team, forecast) for team, forecast in TEAMS.items())])
    decide()
    consume()


def quota(team, forecast):
    return module_plane.quota(team, forecast, costCenter="CC-7")


def decide():
    """One decision of a real operator."""
    operator = Process("operator", [os.environ["BURSAR"], "operator", "--kubeconfig",
                                    PLANE.service_account_kubeconfig("bursar-operator"), "--leader-elect=false"],
                       PLANE.logs, lambda: True)
    operator.start()
    for team in TEAMS:
        wait_for(f"{team} is granted", lambda team=team: ready(PLANE.get("tq", "-n", team, team)))
    wait_for("the policy is ready", lambda: ready(PLANE.get("apol", "main")))
    operator.stop()


def ready(resource):
    found = condition(resource, "Ready")
    return found is not None and found["status"] == "True"


def consume(shares=None):
    for team, percent in (shares or CONSUMED).items():
        status = PLANE.get("tq", "-n", team, team)["status"]
        budget = status["budgets"][0]
        budget["consumed"] = budget["granted"] * percent // 100
        budget["remaining"] = max(budget["granted"] - budget["consumed"], 0)
        budget["usedPercent"] = percent
        status["summary"].update(consumed=str(budget["consumed"]), usedPercent=str(percent), cost=f"{percent}.50 EUR")
        status["chargeback"] = {"period": "2026-11", "currency": "EUR", "amount": f"{percent}.50"}
        PLANE.kubectl("patch", "tq", "-n", team, team, "--subresource=status", "--type=merge", "-p",
                      json.dumps({"status": status}))


def environment(kubeconfig=None, **more):
    found = {name: value for name, value in os.environ.items() if name not in ("KUBECONFIG", "NO_COLOR")}
    return dict(found, PATH=f"{FOLDER / 'bin'}:{os.environ['PATH']}", KUBECONFIG=str(kubeconfig or PLANE.kubeconfig),
                HOME=str(FOLDER), TERM="xterm", **more)


def run(*arguments, stdin="", **options):
    """kubectl with the plugin: (exit code, standard output, standard error)."""
    done = subprocess.run([FOLDER / "bin" / "kubectl", *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                          check=False, env=environment(**options))
    return done.returncode, done.stdout, done.stderr


def bursar(*arguments, **options):
    """What `kubectl bursar` prints where all is well."""
    code, out, err = run("bursar", *arguments, **options)
    if code != 0:
        raise AssertionError(f"kubectl bursar {' '.join(arguments)}: exit code {code}: {err}")
    return out


def kubeconfig_of(name, namespace):
    """A user with only the given rights, and the kubeconfig whose context is in `namespace`."""
    path = FOLDER / f"{name}.kubeconfig"
    PLANE.write_kubeconfig(path, *PLANE.authority.issue(name, f"/CN={name}"))
    PLANE.kubectl("config", "set-context", "--current", f"--namespace={namespace}", kubeconfig=path)
    return path


class Terminal:
    """A program on a real (pseudo) terminal."""

    def __init__(self, command, rows=24, columns=120, **options):
        self.primary, self.secondary = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.secondary)
        self.seen = ""
        self.child = subprocess.Popen(command, stdin=self.secondary, stdout=self.secondary, stderr=self.secondary,
                                      env=environment(**options), start_new_session=True,
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.primary)
        os.close(self.secondary)

    def resize(self, rows, columns):
        fcntl.ioctl(self.secondary, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.primary, text.encode())

    def read(self):
        while select.select([self.primary], [], [], 0)[0]:
            self.seen += os.read(self.primary, 65536).decode(errors="replace")
        return self.seen

    def wait_for(self, pattern, timeout=20):
        """Until what was printed since the last wait matches; that much is forgotten then."""
        compiled = re.compile(pattern, re.DOTALL)
        try:
            found = wait_for(pattern, lambda: compiled.search(self.read()), timeout, 0.05)
        except AssertionError:
            raise AssertionError(f"{pattern!r} is not on the terminal, which shows {self.seen[-600:]!r}") from None
        self.seen = self.seen[found.end():]
        return found

    def settings(self):
        return termios.tcgetattr(self.secondary)


def plain(text):
    """A terminal's output without its control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


class Plugin(unittest.TestCase):
    def test_kubectl_finds_and_runs_it(self):
        _, listed, _ = run("plugin", "list")
        self.assertIn("kubectl-bursar", listed)
        self.assertIn("Usage: kubectl bursar [OPTIONS] SUBCOMMAND", bursar("--help"))
        self.assertIn("Exit codes: 0 done;", bursar("status", "--help"))

    def test_version(self):
        self.assertRegex(bursar("version"), r"^bursar \d+\.\d+\.\d+( \(commit [0-9a-f]{12}(-dirty)?\))?\n$")
        self.assertEqual(set(json.loads(bursar("version", "-o", "json"))), {"version", "commit"})

    def test_exit_codes(self):
        self.assertEqual(run("bursar", "nonsense")[0], 1)
        self.assertEqual(run("bursar", "status", "mian")[0], 1)
        self.assertEqual(run("bursar", "plan", "-f", "-", stdin="kind: TeamQuota\napiVersion: bursar.dev/v1alpha1\n")[0], 2)
        loan = {"apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": "big", "namespace": "ads"},
                "spec": {"teamQuota": "ads", "pool": "chat", "tokens": 100_000_000, "start": "2099-01-01T00:00:00Z",
                         "end": "2099-01-01T12:00:00Z", "reason": "More than the pool has, to be refused"}}
        code, out, err = run("bursar", "plan", "--live", "-f", "-", stdin=json.dumps(loan))
        self.assertEqual(code, 3, err)
        self.assertIn("Denied", out)


class Status(unittest.TestCase):
    def test_it_says_what_kubectl_get_says(self):
        status = json.loads(bursar("status", "-o", "json"))
        self.assertEqual(status["kind"], "Status")
        told = {(team["namespace"], team["name"]): team for team in status["teams"]}
        table = bursar("status")
        rows = PLANE.kubectl("get", "tq", "-A", "--no-headers").splitlines()
        self.assertEqual(len(rows), len(TEAMS))
        for row in rows:
            ns, name, team, granted, consumed, used, loaned, amount, currency, is_ready, _ = row.split()
            budget = told[ns, name]["budgets"][0]
            self.assertEqual([str(budget[field]) for field in ("granted", "consumed", "usedPercent", "loaned")],
                             [granted, consumed, used, loaned])
            self.assertEqual(told[ns, name]["cost"]["amount"], amount)
            cells = next(line.split() for line in table.splitlines() if line.split()[:2] == [team, ns])
            self.assertEqual(cells, [team, ns, "chat", f"{int(granted):,}", f"{int(consumed):,}", cells[5], f"{used}%", "0",
                                     f"{budget['remaining']:,}", amount, currency, is_ready])

    def test_the_pool(self):
        pool = json.loads(bursar("status", "-o", "json"))["policies"][0]["pools"][0]
        self.assertEqual((pool["capacity"], pool["reserve"], pool["granted"]), (2_000_000, 300_000, 1_000_000))
        self.assertRegex(bursar("status", "main"), r"Policy main: ready, 3 teams\n(.*\n)*  chat +2,000,000 .* 300,000 ")

    def test_bars_and_order(self):
        lines = [line for line in bursar("status", "--sort-by", "used").splitlines() if "%" in line]
        self.assertEqual([line.split()[0] for line in lines], ["support", "ads", "search"])
        self.assertEqual([line.count("█") for line in lines], [14, 11, 11])

    def test_other_forms(self):
        self.assertIn("CC-7", bursar("status", "-o", "wide"))
        yaml = bursar("status", "-o", "yaml")
        self.assertIn("kind: Status\n", yaml)
        self.assertIn("- policy: main\n  namespace: ads\n  name: ads\n", yaml)

    def test_colours_only_where_wanted(self):
        self.assertNotIn("\x1b", bursar("status"))
        self.assertIn("\x1b[31m██████████████ 130%\x1b[0m", bursar("status", "--color", "always"))
        command = [FOLDER / "bin" / "kubectl", "bursar", "status"]
        with Terminal(command) as terminal:
            terminal.wait_for(r"\x1b\[33m█+░+  80%\x1b\[0m")
        with Terminal(command, NO_COLOR="1") as terminal:
            self.assertNotIn("\x1b", terminal.wait_for(r"Policy main.* 80%").group())

    def test_one_namespace(self):
        teams = json.loads(bursar("status", "-n", "ads", "-o", "json"))["teams"]
        self.assertEqual([team["team"] for team in teams], ["ads"])

    def test_with_the_rights_of_a_team(self):
        PLANE.apply([
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "view", "namespace": "ads"},
             "rules": [{"apiGroups": ["bursar.dev"], "resources": ["teamquotas", "burstloans"],
                        "verbs": ["get", "list", "watch"]}]},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
             "metadata": {"name": "view", "namespace": "ads"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "view"},
             "subjects": [{"kind": "User", "name": "viewer", "apiGroup": "rbac.authorization.k8s.io"}]}])
        viewer = kubeconfig_of("viewer", "ads")
        code, out, err = run("bursar", "status", kubeconfig=viewer)
        self.assertEqual(code, 0, err)
        self.assertIn("ads", out)
        self.assertNotIn("search", out)
        self.assertIn("you may not list AllocationPolicies", err)
        self.assertIn('only those of "ads" are shown', err)
        self.assertEqual(len(bursar("top", "--once", "-o", "json", kubeconfig=viewer).strip()) > 0, True)
        code, _, err = run("bursar", "status", "-n", "search", kubeconfig=viewer)
        self.assertEqual(code, 1)
        self.assertIn("forbidden", err)


class Top(unittest.TestCase):
    COMMAND = ["kubectl", "bursar", "top", "--interval", "300ms"]

    def tearDown(self):
        consume()

    def command(self, *more):
        return [FOLDER / "bin" / "kubectl", *self.COMMAND[1:], *more]

    def test_tables_for_a_pipe(self):
        out = bursar("top", "--count", "2", "--interval", "100ms")
        self.assertEqual(out.count("Policy main: ready"), 2)
        self.assertNotIn("\x1b", out)
        self.assertEqual(bursar("top", "--once").count("Policy main"), 1)

    def test_a_live_screen(self):
        with Terminal(self.command()) as terminal:
            terminal.wait_for(r"\x1b\[\?1049h.*bursar top .* by used .*support.*130%.*ads.*search")
            self.assertNotEqual(terminal.settings()[3], terminal.before[3])
            consume({"search": 97})
            terminal.wait_for(r"search[^\n]* 97%")
            terminal.type("s")
            terminal.wait_for(r" by granted ")
            terminal.resize(4, 20)
            narrow = terminal.wait_for(r"\x1b\[H(.*?)\x1b\[J\x1b\[H(.*?)\x1b\[J").group(2)
            lines = plain(narrow).split("\r\n")
            self.assertEqual(len(lines), 4)
            self.assertLessEqual(max(map(len, lines)), 20)
            terminal.type("q")
            terminal.wait_for(r"\x1b\[\?25h\x1b\[\?1049l")
            self.assertEqual(terminal.child.wait(10), 0)
            self.assertEqual(terminal.settings(), terminal.before)

    def test_control_c_restores_the_terminal(self):
        with Terminal(self.command()) as terminal:
            terminal.wait_for(r"Policy main")
            terminal.type("\x03")
            terminal.wait_for(r"\x1b\[\?1049l")
            self.assertIn(terminal.child.wait(10), (0, -signal.SIGINT, 130))
            self.assertEqual(terminal.settings(), terminal.before)


class OtherVerbs(unittest.TestCase):
    def test_forms_of_the_older_verbs(self):
        self.assertEqual(json.loads(bursar("pool", "-o", "json"))[0]["name"], "main")
        self.assertIn("- name: main\n", bursar("pool", "-o", "yaml"))
        self.assertIn("team: ads\n", bursar("explain", "ads", "-o", "yaml"))
        self.assertIn("policies:\n- name: main\n", bursar("plan", "--live", "-f", "-", "-o", "yaml",
                                                          stdin=json.dumps(quota("ads", 300_000))))
        code, _, err = run("bursar", "statement")
        self.assertEqual(code, 1)
        self.assertIn("bursar statement:", err)

    def test_plan_takes_the_namespace_of_the_context(self):
        manifest = quota("ads", 350_000)
        del manifest["metadata"]["namespace"]
        PLANE.kubectl("create", "clusterrolebinding", "planner", "--clusterrole=cluster-admin", "--user=planner")
        plan = json.loads(bursar("plan", "--live", "-f", "-", "-o", "json", stdin=json.dumps(manifest),
                                 kubeconfig=kubeconfig_of("planner", "ads")))
        self.assertEqual(plan["errors"], [])
        grants = plan["policies"][0]["pools"][0]["grants"]
        self.assertEqual([(grant["namespace"], grant["before"], grant["grant"]) for grant in grants if grant["team"] == "ads"],
                         [("ads", 300_000, 350_000)])

    def test_several_kubeconfigs(self):
        contexts = FOLDER / "contexts.kubeconfig"
        contexts.write_text("apiVersion: v1\nkind: Config\ncurrent-context: mine\ncontexts:\n- name: mine\n"
                            "  context: {cluster: testenv, user: user, namespace: ads}\n")
        several = f"{contexts}:{FOLDER / 'not-there'}:{PLANE.kubeconfig}"
        self.assertEqual(len(json.loads(bursar("status", "-o", "json", kubeconfig=several))["teams"]), len(TEAMS))


class Completion(unittest.TestCase):
    def test_kubectl_completes_its_plugin(self):
        def candidates(*words):
            code, out, err = run("__complete", "bursar", *words)
            self.assertEqual(code, 0, err)
            return [line.split("\t")[0] for line in out.splitlines() if not line.startswith(":")]

        self.assertEqual(candidates("sta"), ["statement", "status"])
        self.assertEqual(candidates("status", ""), ["main"])
        self.assertEqual(candidates("explain", "s"), ["search", "support"])
        self.assertEqual(candidates("status", "-o", ""), ["table", "wide", "json", "yaml"])
        self.assertEqual(candidates("status", "--sort-by", "u"), ["used"])

    def complete(self, shell, prepare, cases):
        with Terminal(shell, PS1="ready> ") as terminal:
            terminal.wait_for("ready> ")
            terminal.type(prepare + "\n")
            terminal.wait_for("\n.*ready> ")
            for typed, expected in cases:
                terminal.type(typed + "\t")
                wait_for(f"{typed} completed to {expected}", lambda: expected in plain(terminal.read()))
                terminal.type("\x03")
                terminal.wait_for("\n.*ready> ")

    CASES = [("bursar stateme", "statement "), ("bursar status m", "status main"), ("bursar status --sort-by u", "used"),
             ("bursar status --sort-by=u", "--sort-by=used"), ("bursar explain --outp", "--output"),
             ("bursar status -n sea", "-n search"), ("bursar ledger ver", "ledger verify")]

    def test_bash(self):
        self.complete(["bash", "--norc", "--noprofile", "-i"], "source <(bursar completion bash)", self.CASES)

    def test_zsh(self):
        self.complete(["zsh", "-f", "-i"], "autoload -Uz compinit && compinit -u -D && source <(bursar completion zsh)",
                      self.CASES)

    def test_files_are_the_shells(self):
        (FOLDER / "manifest-of-ads.yaml").write_text("")
        for shell, prepare in ((["bash", "--norc", "--noprofile", "-i"], "source <(bursar completion bash)"),
                               (["zsh", "-f", "-i"], "autoload -Uz compinit && compinit -u -D && "
                                                     "source <(bursar completion zsh)")):
            self.complete(shell, prepare, [(f"bursar plan -f {FOLDER}/manifest-o", "manifest-of-ads.yaml")])


if __name__ == "__main__":
    unittest.main()
