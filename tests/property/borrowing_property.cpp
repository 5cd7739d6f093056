// The burst pool as a model: random requests, edits, deletions, policy changes, clock moves and restarts. After every step
// the promises fit the pool in every window, and nobody's baseline has moved because of a loan.
#include <catch2/catch.hpp>
#include <map>
#include <rapidcheck.h>

#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::treasury;
using api::LoanPhase;
using bursar::testing::LoanBuilder;
using bursar::testing::makeLoan;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr int kTeams = 4;

std::string teamName(int index) { return "team-" + std::to_string(index); }

class Model {
  public:
    Model() {
        for (int team = 0; team < kTeams; ++team) forecasts_.push_back(250);
        setCapacity(1000);
    }

    void step(int kind, int a, int b) {
        shrunk_ = false;
        switch (kind % 9) {
            case 0:
            case 1:
            case 2:
                request(a, b);
                break;
            case 3:
                edit(a, b);
                break;
            case 4:
                remove(a);
                break;
            case 5:
                setCapacity(400 + b % 1200);
                shrunk_ = true;
                break;
            case 6:
                forecasts_[static_cast<std::size_t>(a % kTeams)] = b % 600;
                shrunk_ = true;  // what is unallocated may shrink, too
                break;
            case 7:
                now_ += minutes{b % 3000};
                break;
            default:
                restart_ = true;  // the decision is made, and lost before a status was written
                break;
        }
        decideAndCheck();
    }

  private:
    void request(int a, int b) {
        const int team = a % kTeams;
        LoanBuilder loan = makeLoan(teamName(team), "loan-" + std::to_string(created_++));
        loan.tokens(1 + b % 400);
        loan.raw().meta.created = now_;
        loan.raw().start = now_ + minutes{(a * 37) % 4000 - 200};
        loan.raw().end = loan.raw().start + minutes{(b * 13) % 3000 - 60};
        loan.raw().acceptPartial = b % 3 == 0;
        loans_.push_back(loan.raw());
    }

    void edit(int a, int b) {
        if (loans_.empty()) return;
        api::BurstLoan& loan = loans_[static_cast<std::size_t>(a) % loans_.size()];
        ++loan.meta.generation;
        if (loan.record && (loan.record->phase == LoanPhase::Active || loan.record->phase == LoanPhase::Returned)) {
            if (loan.record->phase == LoanPhase::Active) loan.end = std::min(loan.end, now_ + minutes{b % 100});
            return;
        }
        loan.tokens = api::Tokens{1 + b % 400};
    }

    void remove(int a) {
        if (loans_.empty()) return;
        loans_.erase(loans_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(a) % loans_.size()));
    }

    void setCapacity(std::int64_t capacity) {
        auto policy = makePolicy().pool("chat", capacity, 20);
        policy.raw().borrowing.cooldown = hours{1};
        policy.raw().borrowing.maxActivePerTeam = 2;
        policy.raw().borrowing.maxPercentOfPool = 100;
        policy_ = policy;
    }

    [[nodiscard]] World world(bool withLoans) const {
        World made;
        made.policies = {policy_};
        for (int team = 0; team < kTeams; ++team) {
            made.quotas.push_back(makeQuota(teamName(team)).forecast("chat", forecasts_[static_cast<std::size_t>(team)]));
        }
        if (withLoans) {
            for (const api::BurstLoan& loan : loans_) made.loans.push_back(std::make_shared<api::BurstLoan>(loan));
        }
        return made;
    }

    void decideAndCheck() {
        const Decisions decisions = decide(world(true), now_);
        checkBaselines(decisions);
        checkPromises(decisions);
        checkKept(decisions);
        if (!restart_) store(decisions);
        restart_ = false;
    }

    void checkBaselines(const Decisions& decisions) const {
        const Decisions without = decide(world(false), now_);
        for (std::size_t i = 0; i < decisions.quotas.size(); ++i) {
            RC_ASSERT(decisions.quotas[i].budgets[0].baseline == without.quotas[i].budgets[0].baseline);
        }
    }

    // In every window from now on: Σ promised ≤ B + unallocated. Nothing was drawn in this model.
    void checkPromises(const Decisions& decisions) const {
        const PoolDecision& pool = decisions.policies[0].pools[0];
        const std::int64_t lendable = (pool.reserve + pool.unallocated).value();
        std::map<Instant, std::int64_t> promised;
        for (const LoanDecision& loan : decisions.loans) {
            const LoanPhase phase = loan.outcome.phase;
            if (phase != LoanPhase::Scheduled && phase != LoanPhase::Active) continue;
            Instant day = windowAt(std::max(loan.outcome.effectiveStart, now_), api::BudgetWindow::Day).start;
            for (; day < loan.outcome.effectiveEnd; day += hours{24}) promised[day] += loan.outcome.granted.value();
        }
        for (const auto& [day, tokens] : promised) RC_ASSERT(tokens <= lendable);
        std::int64_t granted = 0;
        for (const Limit& limit : decisions.policies[0].limits) granted += limit.tokensPerWindow.value();
        RC_ASSERT(granted <= pool.capacity.value());
    }

    // A promise changes only because its own request did, or because policy left less to lend.
    void checkKept(const Decisions& decisions) const {
        for (const LoanDecision& decision : decisions.loans) {
            for (const api::BurstLoan& loan : loans_) {
                if (loan.meta.ns != decision.ns || loan.meta.name != decision.name || !loan.record) continue;
                const bool promise =
                    loan.record->phase == LoanPhase::Scheduled || loan.record->phase == LoanPhase::Active;
                if (!promise || loan.record->observedGeneration != loan.meta.generation) continue;
                RC_ASSERT(decision.outcome.phase != LoanPhase::Denied);
                RC_ASSERT(decision.outcome.phase != LoanPhase::Cancelled);
                if (!shrunk_) RC_ASSERT(decision.outcome.granted == loan.record->granted);
            }
        }
    }

    void store(const Decisions& decisions) {
        for (const LoanDecision& decision : decisions.loans) {
            for (api::BurstLoan& loan : loans_) {
                if (loan.meta.ns != decision.ns || loan.meta.name != decision.name) continue;
                api::LoanRecord record;
                record.phase = decision.outcome.phase;
                record.observedGeneration = loan.meta.generation;
                record.granted = decision.outcome.granted;
                record.drawn = decision.outcome.drawn;
                record.decidedAt = decision.outcome.decidedAt;
                record.curtailed = decision.outcome.curtailed;
                if (record.phase == LoanPhase::Returned) record.effectiveEnd = decision.outcome.effectiveEnd;
                loan.record = record;
            }
        }
    }

    Instant now_ = *parseInstant("2026-11-24T08:00:00Z");
    std::shared_ptr<const api::AllocationPolicy> policy_;
    std::vector<std::int64_t> forecasts_;
    std::vector<api::BurstLoan> loans_;
    int created_ = 0;
    bool shrunk_ = false;
    bool restart_ = false;
};

}  // namespace

TEST_CASE("promises fit the pool and no baseline moves, whatever happens in whatever order") {
    const bool held = rc::check("the burst pool", [] {
        using Step = std::tuple<int, int, int>;
        const auto steps = *rc::gen::container<std::vector<Step>>(
            rc::gen::tuple(rc::gen::inRange(0, 9), rc::gen::inRange(0, 10'000), rc::gen::inRange(0, 10'000)));
        Model model;
        for (const auto& [kind, a, b] : steps) model.step(kind, a, b);
    });
    CHECK(held);
}
