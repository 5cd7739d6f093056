"""The three-team crisis, on real parts, as it happens. Exit code 0 only if everything it claims held.

Run by hack/demo.sh: `demo.py BURSAR [--keep]`.
"""

import argparse
import decimal
import json
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from testenv.environment import Environment, condition, wait_for, wait_out_midnight  # noqa: E402
from testenv.gateway import served_tokens  # noqa: E402
from testenv.traffic import Caller  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TEAMS = ("research", "storefront", "insights")
CAPACITY = 1_000_000


def say(text=""):
    print(text, flush=True)


def act(title):
    say(f"\n\033[1m== {title}\033[0m" if sys.stdout.isatty() else f"\n== {title}")


class Claims:
    """What the demo says it shows, each checked."""

    def __init__(self):
        self.failed = []

    def hold(self, claim, true):
        say(f"   [{'ok' if true else 'NOT SO'}] {claim}")
        if not true:
            self.failed.append(claim)


class Demo:
    def __init__(self, environment):
        self.env = environment
        self.claims = Claims()
        self.policy = environment.policy((HERE / "policy.yaml").read_text())

    def run(self):
        wait_out_midnight(120, say)
        say("Starting etcd, kube-apiserver, kube-controller-manager, Envoy, Redis, Prometheus; a stand-in for the provider.")
        self.env.start_control_plane()
        self.env.start_traffic_plane()
        self.env.start_metering()
        self.without_bursar()
        self.quotas_go_in()
        callers = self.with_bursar()
        self.raise_by_yaml(callers)
        for caller in callers.values():
            caller.stop()
        self.account(callers)
        self.chargeback()
        return self.claims

    # The same traffic before and after: A fans out, B serves customers, C dabbles.

    def start_traffic(self, port):
        return {
            "research": Caller(port, "sk-research", "gpt-4o", threads=24, pause=0.0).start(),
            "storefront": Caller(port, "sk-storefront", "gpt-4o", threads=2, pause=0.4).start(),
            "insights": Caller(port, "sk-insights", "gpt-4o-mini", threads=1, pause=1.0).start(),
        }

    def without_bursar(self):
        act("Without Bursar: one provider quota of 1,000,000 tokens a day, first come, first served")
        self.env.gateway.reset_provider(CAPACITY)
        callers = self.start_traffic(self.env.gateway.ports["open"])
        wait_for("the provider's quota to be spent", lambda: self.env.gateway.served()["total"] >= CAPACITY, 60)
        served_before = {team: callers[team].count(200) for team in TEAMS}
        time.sleep(3)
        for caller in callers.values():
            caller.stop()
        report = self.env.gateway.served()
        share = 100 * served_tokens(report, "research") // report["total"]
        starved = callers["storefront"].count(429)
        say(f"   research fanned out and took {share} % of the day: {served_tokens(report, 'research'):,} tokens.")
        say(f"   storefront used {served_tokens(report, 'storefront'):,}, and is refused from now until midnight.")
        self.claims.hold(f"without limits B is starved: {starved} of its calls got 429 with the day hardly begun",
                         starved > 0 and callers["storefront"].count(200) - served_before["storefront"] <= 1)
        self.env.gateway.reset_provider(CAPACITY)

    def quotas_go_in(self):
        act("A new day, with Bursar: leadership's policy and three requests go in as YAML")
        self.env.start_operator()
        self.env.kubectl("apply", "-f", "-", stdin=self.policy)
        for team in TEAMS:
            self.env.kubectl("apply", "-f", HERE / f"{team}.yaml")
        wait_for("every TeamQuota to be Ready", self.all_ready, 30)
        self.env.start_limiter()
        self.show_budgets()
        for team in ("insights", "storefront"):
            say(f"   {team}: {self.quota(team)['status']['rationale'][0]['sentence']}")
        granted = {team: self.granted(team) for team in TEAMS}
        self.claims.hold("C forecast 2,000,000, five times what A did, and got no more than A",
                         granted["insights"] <= granted["research"])
        self.claims.hold("the grants and the burst reserve add up to the provider's quota",
                         sum(granted.values()) + CAPACITY * 15 // 100 == CAPACITY)

    def with_bursar(self):
        act("The same traffic, through Envoy and ratelimit with Bursar's limits")
        callers = self.start_traffic(self.env.gateway.ports["gateway"])
        shown = []
        deadline = time.monotonic() + 60
        while callers["research"].count(429) < 20 and time.monotonic() < deadline:
            time.sleep(2)
            shown.append(self.consumed("research"))
            self.show_budgets()
        time.sleep(2)
        self.show_budgets()
        self.claims.hold("kubectl get tq moved while the traffic ran", len(set(shown + [self.consumed("research")])) > 1)
        self.claims.hold(f"A gets 429 at its grant of {self.granted('research'):,} ({callers['research'].count(429)} so far)",
                         callers["research"].count(429) > 0)
        self.claims.hold(f"B gets none ({callers['storefront'].count(200)} calls answered)",
                         callers["storefront"].count(429) == 0 and callers["storefront"].count(200) > 0)
        return callers

    def raise_by_yaml(self, callers):
        act("Leadership merges one line: research matters more this quarter")
        line = "    - {team: research, weight: 300}\n"
        say("   +" + line.rstrip())
        raised = self.policy.replace("    weights:\n", "    weights:\n" + line)
        served = callers["research"].count(200)
        started = time.monotonic()
        self.env.kubectl("apply", "-f", "-", stdin=raised)
        try:
            wait_for("A to be served again", lambda: callers["research"].count(200) > served + 1, 15, interval=0.02)
            seconds = time.monotonic() - started
        except AssertionError:
            seconds = None
        self.claims.hold("the new grant of A is in force at the gateway "
                         + (f"{seconds:.1f} s after kubectl apply began" if seconds else "within 15 s"),
                         seconds is not None and seconds < 5)
        wait_for("the status to show the new grant", lambda: self.granted("research") == 400_000, 15)
        time.sleep(2)
        self.show_budgets()

    def account(self, callers):
        act("The account: what the statuses say against what the provider served")
        served = self.env.gateway.served()

        def settled():
            return all(self.consumed(team) == served_tokens(served, team) for team in TEAMS)

        try:
            wait_for("the account to settle", settled, 30)
        except AssertionError:
            pass
        self.show_budgets()
        total = 0
        for team in TEAMS:
            total += self.consumed(team)
            say(f"   {team:<11} status {self.consumed(team):>9,}   provider {served_tokens(served, team):>9,}")
        self.claims.hold(f"the sum of the statuses, {total:,}, equals to the token what the provider served, "
                         f"{served['total']:,}", total == served["total"] and settled())
        self.claims.hold(f"B was never refused ({callers['storefront'].count(200)} answered, "
                         f"{callers['storefront'].count(429)} refused)",
                         callers["storefront"].count(429) == 0 and callers["storefront"].count(200) > 0)
        errors = sum(caller.count("error") for caller in callers.values())
        self.claims.hold("no call failed for another reason", errors == 0)

    def chargeback(self):
        act("The bill: the draft of the statement, as finance will get it when the quarter is closed")
        served = self.env.gateway.served()
        statement = json.loads(self.env.bursar_output("statement", "--policy", "main", "-o", "json"))
        for line in self.env.bursar_output("statement", "--policy", "main").splitlines():
            say("   " + line)
        billed, exact = {}, True
        for line in statement["lines"]:
            billed.setdefault(line["team"], {}).setdefault(line["model"], {})[line["tokenType"]] = line["tokens"]
            cost = decimal.Decimal(line["tokens"]) * decimal.Decimal(line["pricePerMillion"]) / 1_000_000
            exact = exact and abs(decimal.Decimal(line["amount"]) - cost) <= decimal.Decimal("0.005")
        meant = {team: {model: {kind: tokens for kind, tokens in counts.items() if tokens} for model, counts in models.items()}
                 for team, models in served["byTeam"].items()}
        self.claims.hold("the statement equals the provider's own count, per team, model and type of token", billed == meant)
        self.claims.hold("every line is its tokens times its price, to the cent", exact and statement["lines"])
        wait_for("the cost of every team", lambda: all(self.cost(team) for team in TEAMS), 15)
        self.claims.hold("and `kubectl get tq` says the same: " + ", ".join(f"{team} {self.cost(team)}" for team in TEAMS),
                         sum(decimal.Decimal(self.cost(team).split()[0]) for team in TEAMS)
                         == decimal.Decimal(statement["total"]["amount"]))

    # Reading the cluster

    def quota(self, team):
        return self.env.team_quota(team, team)

    def all_ready(self):
        return all((condition(self.quota(team), "Ready") or {}).get("status") == "True" for team in TEAMS)

    def granted(self, team):
        return self.quota(team)["status"]["budgets"][0]["granted"]

    def consumed(self, team):
        return self.quota(team)["status"]["budgets"][0]["consumed"]

    def cost(self, team):
        return self.quota(team)["status"]["summary"].get("cost", "")

    def show_budgets(self):
        say("   $ kubectl get tq -A")
        for line in self.env.kubectl("get", "tq", "-A").splitlines():
            say("   " + line)


def main():
    parser = argparse.ArgumentParser(description="Bursar's demo")
    parser.add_argument("bursar")
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end, until Ctrl-C")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with Environment(options.bursar) as environment:
        claims = Demo(environment).run()
        say()
        if claims.failed:
            say(f"{len(claims.failed)} claims did not hold: " + "; ".join(claims.failed))
        else:
            say("Everything held.")
        if options.keep:
            say(f"\nStill running. export KUBECONFIG={environment.control_plane.kubeconfig}")
            say(f"kubectl: {environment.control_plane.binaries['kubectl']}")
            say(f"gateway: http://127.0.0.1:{environment.gateway.ports['gateway']}/v1/chat/completions "
                "(Authorization: Bearer sk-storefront)")
            say("Ctrl-C stops everything.")
            try:
                signal.pause()
            except KeyboardInterrupt:
                say("stopping")
        return 1 if claims.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
