#include "operator/cli/manifests/manifest_world.hpp"

#include <catch2/catch.hpp>

#include "controllers/treasury/decide.hpp"
#include "operator/cli/planning/plan.hpp"
#include "tests/support/builders.hpp"
#include "tests/unit/cli/manifest_texts.hpp"

using namespace bursar;
using namespace bursar::cli;
using namespace bursar::testing;

namespace {

Instant now() { return *parseInstant("2026-11-24T10:00:00Z"); }

struct Read {
    api::ManifestSet set;
    ManifestWorld read;
};

Read readAlone(const std::string& text, const std::string& ns = "", const treasury::World* earlier = nullptr) {
    Read result{api::parseManifests(text, "m.yaml"), {}};
    REQUIRE(result.set.errors.empty());
    result.read = readManifestWorld(result.set.manifests, {now(), ns}, earlier);
    return result;
}

std::vector<std::string> messages(const std::vector<api::ManifestError>& errors) {
    std::vector<std::string> texts;
    for (const auto& error : errors) texts.push_back(error.toString());
    return texts;
}

// A cluster in which search holds a loan that was approved.
treasury::World cluster() {
    treasury::World world;
    world.policies = {makePolicy().pool("chat", 1000, 20)};
    world.quotas = {makeQuota("search").forecast("chat", 400).created(1'000), makeQuota("ads").forecast("chat", 100)};
    auto loan = makeLoan("search")
                    .tokens(50)
                    .created("2026-11-20T08:00:00Z")
                    .from("2026-11-25T10:00:00Z", "2026-11-25T12:00:00Z");
    loan.because("The launch of the new page");
    loan.raw().meta.generation = 3;
    loan.raw().record = api::LoanRecord{};
    loan.raw().record->phase = api::LoanPhase::Scheduled;
    loan.raw().record->observedGeneration = 3;
    loan.raw().record->granted = api::Tokens{50};
    world.loans = {loan};
    world.namespaces["search"] = {{"tier", "gold"}};
    return world;
}

}  // namespace

TEST_CASE("policies, quotas, loans and the labels of namespaces become a World; other objects change nothing") {
    const Read world =
        readAlone(policyText() + quotaText("search", "400") + loanText("search", "50") +
                  "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: search, labels: {tier: gold}}\n"
                  "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n");
    CHECK(world.read.errors.empty());
    CHECK(world.read.world.policies.size() == 1);
    CHECK(world.read.world.quotas.size() == 1);
    CHECK(world.read.world.loans.size() == 1);
    CHECK(world.read.world.namespaces.at("search") ==
          api::Labels{{"kubernetes.io/metadata.name", "search"}, {"tier", "gold"}});
}

TEST_CASE("as in kubectl apply, status and creation time in a file are ignored") {
    const Read world = readAlone(
        policyText() + quotaText("search", "400") +
        "---\napiVersion: bursar.dev/v1alpha1\nkind: BurstLoan\n"
        "metadata: {name: loan, namespace: search, creationTimestamp: \"2020-01-01T00:00:00Z\", generation: 7}\n"
        "spec: {teamQuota: quota, pool: chat, tokens: 50, start: \"2026-11-25T10:00:00Z\", end: "
        "\"2026-11-25T12:00:00Z\", reason: The launch of the new page}\n"
        "status: {phase: Active, granted: 900, decidedAt: \"2020-01-01T00:00:00Z\"}\n");
    REQUIRE(world.read.world.loans.size() == 1);
    CHECK_FALSE(world.read.world.loans[0]->record);
    CHECK(world.read.world.loans[0]->meta.created == now());
    CHECK(world.read.world.loans[0]->meta.generation == 1);
}

TEST_CASE("an object given twice is an error with both places, and the later one counts") {
    const Read world = readAlone(policyText() + quotaText("search", "400") + quotaText("search", "300"));
    CHECK(messages(world.read.errors) ==
          std::vector<std::string>{"m.yaml:16:12: metadata.name: TeamQuota search/quota is given twice, here and at "
                                   "m.yaml:11:12; kubectl would apply both and keep this one: remove one of them"});
    REQUIRE(world.read.world.quotas.size() == 1);
    CHECK(world.read.world.quotas[0]->requests[0].forecast == api::Tokens{300});
}

TEST_CASE("a namespace that is not among the files is assumed to speak for its team, with a note") {
    const std::string quota = kGroup +
                              "kind: TeamQuota\nmetadata: {name: quota, namespace: shop-prod}\n"
                              "spec: {policy: main, team: shop, requests: [{pool: chat, forecast: 1}]}\n";
    const auto budgets = [](const Read& read) {
        return treasury::decide(read.read.world, now()).quotas.at(0).budgets.size();
    };
    const Read assumed = readAlone(policyText() + "---\n" + quota);
    CHECK(assumed.read.errors.empty());
    CHECK(assumed.read.notes ==
          std::vector<std::string>{
              "namespace \"shop-prod\" is not among the files; it is taken to speak for team \"shop\" "
              "under AllocationPolicy \"main\""});
    CHECK(budgets(assumed) == 1);
    const Read held =
        readAlone(policyText() + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop-prod}\n---\n" + quota);
    CHECK(held.read.notes.empty());
    CHECK(budgets(held) == 0);  // its labels say that it speaks for another team
}

TEST_CASE("without a namespace -n counts, and an object may not name another than -n") {
    const std::string bare = kGroup +
                             "kind: TeamQuota\nmetadata: {name: quota}\n"
                             "spec: {policy: main, team: search, requests: [{pool: chat, forecast: 1}]}\n";
    CHECK(readAlone(bare).read.world.quotas[0]->meta.ns == "default");
    CHECK(readAlone(bare, "search").read.world.quotas[0]->meta.ns == "search");
    const Read other = readAlone(quotaText("ads", "1"), "search");
    CHECK(messages(other.read.errors) ==
          std::vector<std::string>{
              "m.yaml:4:25: metadata.namespace: \"ads\" is not the namespace given with -n, \"search\""});
    CHECK(other.read.world.quotas.empty());
}

TEST_CASE("an error has its place, and other objects are decided") {
    const Read world =
        readAlone(policyText() + quotaText("search", "-4") + quotaText("ads", "10", "chatt") + quotaText("web", "300"));
    const auto decisions = treasury::decide(world.read.world, now());
    CHECK(
        messages(world.read.errors) ==
        std::vector<std::string>{"m.yaml:12:60: spec.requests[0].forecast: Invalid value: -4: must be whole tokens "
                                 "from 0 to 9e15: an integer or a decimal quantity such as 400000000, 400M or 1.2G (no "
                                 "fraction of a token, no binary suffix such as Mi)"});
    CHECK(messages(placeProblems(world.read, decisions, nullptr)) ==
          std::vector<std::string>{"m.yaml:17:45: spec.requests[0].pool: AllocationPolicy \"main\" has no pool "
                                   "\"chatt\"; name one of: chat"});
    CHECK(decisions.policies[0].pools[0].granted == api::Tokens{300});
}

TEST_CASE("a value of any type in any field is an error or ignored; none crashes") {
    const std::string head = kGroup + "kind: BurstLoan\n";
    for (const char* rest :
         {"metadata: {name: a, generation: x, creationTimestamp: 5, finalizers: 7}\nstatus: {observedGeneration: x, "
          "phase: [1]}\nspec: {}\n",
          "metadata: {name: a, generation: 1.5e300}\nspec: []\nstatus: 5\n", "metadata: 5\nspec: x\n",
          "metadata: {name: 7, namespace: {a: b}}\nspec: {teamQuota: [x], start: 1, end: {}, acceptPartial: 3}\n",
          ""}) {
        const Read world = readAlone(head + rest + "---\napiVersion: v1\nkind: Namespace\nmetadata: {labels: 5}\n");
        CHECK_FALSE(world.read.errors.empty());
        treasury::decide(world.read.world, now());
    }
    CHECK_FALSE(readAlone(kGroup + "kind: TeamQouta\nmetadata: {name: a}\n").read.errors.empty());
}

TEST_CASE("a team with an invalid policy gets the policy's error only") {
    const Read world = readAlone(policyText("  allocation: {historyPercent: 101}\n") + quotaText("search", "4"));
    CHECK(world.read.errors.size() == 1);
    CHECK(placeProblems(world.read, treasury::decide(world.read.world, now()), nullptr).empty());
}

TEST_CASE("objects of the base are older than new ones, and an edited loan is new") {
    const treasury::World base =
        readAlone(policyText() + quotaText("search", "400") + loanText("search", "50") + loanText("ads", "50"))
            .read.world;
    const Read world = readAlone(policyText() + quotaText("search", "500") + loanText("search", "50") +
                                     loanText("ads", "60") + loanText("web", "50"),
                                 "", &base);
    CHECK(world.read.world.quotas[0]->meta.created < now());
    REQUIRE(world.read.world.loans.size() == 3);
    CHECK(world.read.world.loans[0]->meta.created == now());  // ads
    CHECK(world.read.world.loans[1]->meta.created < now());   // search
    CHECK(world.read.world.loans[2]->meta.created == now());  // web
}

TEST_CASE("over a cluster: specs are replaced; ages, decisions and objects without a manifest are kept") {
    auto set = api::parseManifests(quotaText("search", "500") + loanText("search", "50"), "m.yaml");
    const ManifestWorld world = overlayCluster(cluster(), set.manifests, {now(), ""});
    REQUIRE(world.world.quotas.size() == 2);
    CHECK(world.world.quotas[1]->requests[0].forecast == api::Tokens{500});
    CHECK(world.world.quotas[1]->meta.created == Instant{std::chrono::seconds{1'000}});
    REQUIRE(world.world.loans.size() == 1);
    CHECK(world.world.loans[0]->meta.generation == 3);
    REQUIRE(world.world.loans[0]->record);
    CHECK(world.world.loans[0]->record->granted == api::Tokens{50});
    CHECK(world.world.namespaces.at("search").at("tier") == "gold");
}

TEST_CASE("over a cluster: a changed loan is decided again, a new one counts as created now") {
    auto set = api::parseManifests(loanText("search", "60") + loanText("ads", "10"), "m.yaml");
    const ManifestWorld world = overlayCluster(cluster(), set.manifests, {now(), ""});
    REQUIRE(world.world.loans.size() == 2);
    CHECK(world.world.loans[0]->meta.created == now());
    CHECK_FALSE(world.world.loans[0]->record);
    CHECK(world.world.loans[1]->meta.generation == 4);
    const auto decisions = treasury::decide(world.world, now());
    CHECK(decisions.loans[1].outcome.granted == api::Tokens{60});
}

TEST_CASE("over a cluster: problems from before are left out, new ones are reported") {
    treasury::World before = cluster();
    before.quotas.push_back(makeQuota("lost").forecast("nowhere", 1));
    auto set = api::parseManifests(policyText("").replace(policyText("").find("chat"), 4, "talk"), "m.yaml");
    const ManifestWorld world = overlayCluster(before, set.manifests, {now(), ""});
    const auto decided = treasury::decide(before, now());
    const auto errors = messages(placeProblems(world, treasury::decide(world.world, now()), &decided));
    CHECK(errors.size() ==
          4);  // ads, search and its loan; and the same of `lost`, whose message now names another pool
    CHECK(errors.front() ==
          "TeamQuota ads/quota in the cluster: spec.requests[0].pool: AllocationPolicy \"main\" has no "
          "pool \"chat\"; name one of: talk");
}
