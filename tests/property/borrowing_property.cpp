// The burst pool as a model: random requests, edits, deletions, consumption, policy changes, clock moves and restarts.
// After every step, promises and drawn tokens fit the pool in every window, the limits fit the capacity, and no loan
// has moved a baseline.
#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <map>

#include "controllers/treasury/decide.hpp"
#include "controllers/treasury/lending.hpp"
#include "controllers/treasury/loan_state.hpp"
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
constexpr int kMostPromised = 3;
constexpr hours kCooldown{1};

std::string teamName(int index) { return "team-" + std::to_string(index); }

class Model {
  public:
    static constexpr int kKinds = 11;

    Model() {
        for (int team = 0; team < kTeams; ++team) forecasts_.push_back(250);
        setCapacity(1000);
    }

    void step(int kind, int a, int b) {
        switch (kind % kKinds) {
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
                shrunk_ = now_;
                break;
            case 6:
                forecasts_[static_cast<std::size_t>(a % kTeams)] = b % 600;
                shrunk_ = now_;  // unallocated tokens may shrink as well
                break;
            case 7:
                now_ += minutes{b % 3000};
                break;
            case 8:
                use(a, b);
                break;
            case 9:
                measured_ = now_;  // the usage source was read
                break;
            default:
                restart_ = true;  // the decision is lost before a status is written
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
        loan.raw().end = *loan.raw().start + minutes{(b * 13) % 3000 - 60};
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

    // As in the API server: a loan that holds tokens is deleted once our finalizer is removed.
    void remove(int a) {
        if (loans_.empty()) return;
        const auto at = loans_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(a) % loans_.size());
        if (!at->record || (at->record->phase != LoanPhase::Scheduled && at->record->phase != LoanPhase::Active)) {
            loans_.erase(at);
        } else if (!at->deletedAt) {
            at->deletedAt = now_;
            ++at->meta.generation;
        }
    }

    // Consumption as the usage source reports it: late, by window, and since the last instant at which a loan begins or
    // ends.
    void use(int a, int b) {
        const std::string team = teamName(a % kTeams);
        const Instant today = windowAt(now_, api::BudgetWindow::Day).start;
        const Instant read = std::max(measured_, today);
        const Instant when = read + (now_ - read) * (b % 11) / 10;
        const ConsumptionKey key{"chat", team, today};
        const api::Tokens tokens{b % 300};
        usage_.consumed[key] += tokens;
        const auto cuts = loanCuts(world(true))["main"];
        const auto found = cuts.find({"chat", team});
        if (found == cuts.end()) return;
        const auto after = found->second.upper_bound(when);
        if (after == found->second.begin() || *std::prev(after) < key.windowStart) return;
        usage_.consumedSince[key][*std::prev(after)] += tokens;
    }

    void setCapacity(std::int64_t capacity) {
        auto policy = makePolicy().pool("chat", capacity, 20);
        policy.raw().borrowing.cooldown = kCooldown;
        policy.raw().borrowing.maxActivePerTeam = 2;
        policy.raw().borrowing.maxPromisedPerTeam = kMostPromised;
        policy.raw().borrowing.maxPercentOfPool = 100;
        policy_ = policy;
    }

    [[nodiscard]] World world(bool withLoans) const {
        World made;
        made.policies = {policy_};
        made.usage["main"] = usage_;
        made.usage["main"].completeUpTo = measured_;
        for (int team = 0; team < kTeams; ++team) {
            made.quotas.push_back(
                makeQuota(teamName(team)).forecast("chat", forecasts_[static_cast<std::size_t>(team)]));
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
        checkPauses(decisions);
        if (!restart_) store(decisions);
        if (!restart_) checkHints(decide(world(true), now_));
        restart_ = false;
    }

    void checkBaselines(const Decisions& decisions) const {
        const Decisions without = decide(world(false), now_);
        for (std::size_t i = 0; i < decisions.quotas.size(); ++i) {
            RC_ASSERT(decisions.quotas[i].budgets[0].baseline == without.quotas[i].budgets[0].baseline);
        }
    }

    // In every window from now on: Σ promised and drawn ≤ B + unallocated, and Σ limits ≤ C.
    void checkPromises(const Decisions& decisions) const {
        const PoolDecision& pool = decisions.policies[0].pools[0];
        const std::int64_t lendable = (pool.reserve + pool.unallocated).value();
        const Instant today = windowAt(now_, api::BudgetWindow::Day).start;
        std::map<Instant, std::int64_t> promised;
        for (const LoanDecision& loan : decisions.loans) {
            const LoanOutcome& outcome = loan.outcome;
            if (outcome.phase == LoanPhase::Returned) promised[today] += outcome.inForce.value();
            if (outcome.phase != LoanPhase::Scheduled && outcome.phase != LoanPhase::Active) continue;
            RC_ASSERT(outcome.drawn <= outcome.granted);
            Instant day = windowAt(std::max(outcome.effectiveStart, now_), api::BudgetWindow::Day).start;
            for (; day < outcome.effectiveEnd; day += hours{24}) promised[day] += outcome.granted.value();
        }
        for (const auto& [day, tokens] : promised) RC_ASSERT(tokens <= lendable);
        RC_ASSERT(pool.loans.promised.value() <= lendable);
        RC_ASSERT(promised[today] <= pool.loans.promised.value());
        std::int64_t granted = 0;
        for (const Limit& limit : decisions.policies[0].limits) granted += limit.tokensPerWindow.value();
        RC_ASSERT(granted <= pool.capacity.value());
    }

    // The advice of a denial is approvable beside every existing loan: the amount as asked, and all of it later.
    void checkHints(const Decisions& decisions) const {
        for (const LoanDecision& decision : decisions.loans) {
            const LoanOutcome& outcome = decision.outcome;
            const api::BurstLoan* asked = find(decision);
            if (outcome.phase != LoanPhase::Denied || asked == nullptr || *asked->start <= now_) continue;
            if (!outcome.largestApprovable) continue;  // it was not read
            if (!outcome.largestApprovable->isZero()) {
                api::BurstLoan smaller = *asked;
                smaller.tokens = *outcome.largestApprovable;
                RC_ASSERT(isApproved(smaller));
            }
            if (outcome.earliestStart) {
                api::BurstLoan later = *asked;
                later.start = outcome.earliestStart;
                later.end = *later.start + (asked->end - *asked->start);
                RC_ASSERT(isApproved(later));
            }
            if (outcome.largestApprovable->isZero() && !outcome.earliestStart) continue;
            return;  // one per step is enough
        }
    }

    [[nodiscard]] const api::BurstLoan* find(const LoanDecision& decision) const {
        for (const api::BurstLoan& loan : loans_) {
            if (loan.meta.ns == decision.ns && loan.meta.name == decision.name) return &loan;
        }
        return nullptr;
    }

    // Whether the loan of that name would be approved if it were edited to this.
    [[nodiscard]] bool isApproved(api::BurstLoan edited) const {
        ++edited.meta.generation;
        World hinted = world(true);
        for (auto& loan : hinted.loans) {
            if (loan->meta.toString() == edited.meta.toString()) loan = std::make_shared<api::BurstLoan>(edited);
        }
        for (const LoanDecision& again : decide(hinted, now_).loans) {
            if (again.ns == edited.meta.ns && again.name == edited.meta.name)
                return again.outcome.phase == LoanPhase::Scheduled || again.outcome.phase == LoanPhase::Active;
        }
        return false;
    }

    // A promise changes only if its own request changes, or if policy leaves less to lend in this window. In the latter
    // case, tokens that ended loans drew and that are counted late come first as well.
    void checkKept(const Decisions& decisions) const {
        const bool shrunk = shrunk_ >= windowAt(now_, api::BudgetWindow::Day).start;
        for (const LoanDecision& decision : decisions.loans) {
            for (const api::BurstLoan& loan : loans_) {
                if (loan.meta.ns != decision.ns || loan.meta.name != decision.name || !loan.record) continue;
                const bool promise =
                    loan.record->phase == LoanPhase::Scheduled || loan.record->phase == LoanPhase::Active;
                if (!promise || loan.record->observedGeneration != loan.meta.generation || loan.deletedAt) continue;
                RC_ASSERT(decision.outcome.phase != LoanPhase::Denied);
                RC_ASSERT(decision.outcome.phase != LoanPhase::Cancelled);
                if (!shrunk) RC_ASSERT(decision.outcome.granted == loan.record->granted);
            }
        }
    }

    // A loan that is approved now overlaps each other loan of its team, or there is a pause between them, whichever was
    // asked for first; and no team has more that have not ended than the policy allows.
    void checkPauses(const Decisions& decisions) const {
        std::map<std::string, std::vector<TimeWindow>> spans;
        std::map<std::string, std::vector<TimeWindow>> fresh;
        std::map<std::string, int> unended;
        for (const LoanDecision& loan : decisions.loans) {
            const LoanOutcome& outcome = loan.outcome;
            const bool ahead = outcome.phase == LoanPhase::Scheduled || outcome.phase == LoanPhase::Active;
            if (!ahead && outcome.phase != LoanPhase::Returned) continue;
            if (ahead) RC_ASSERT(++unended[loan.team] <= kMostPromised);
            const TimeWindow span{outcome.effectiveStart, outcome.effectiveEnd};
            spans[loan.team].push_back(span);
            if (isOpen(*find(loan))) fresh[loan.team].push_back(span);
        }
        for (const auto& [team, approved] : fresh) {
            for (const TimeWindow& span : approved) {
                for (const TimeWindow& other : spans[team]) {
                    const bool paused = span.end + kCooldown <= other.start || other.end + kCooldown <= span.start;
                    RC_ASSERT(paused || overlaps(span, other) || other.end <= other.start);
                }
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
                record.rule = toString(decision.outcome.rule);
                if (record.phase == LoanPhase::Returned) record.effectiveEnd = decision.outcome.effectiveEnd;
                loan.record = record;
            }
        }
        // The gateway is at the baseline, so the finalizer is removed. The tokens such a loan drew are forgotten with
        // it (docs/adr/0009).
        std::erase_if(loans_, [](const api::BurstLoan& loan) { return loan.deletedAt.has_value(); });
    }

    Instant now_ = *parseInstant("2026-11-24T08:00:00Z");
    std::shared_ptr<const api::AllocationPolicy> policy_;
    std::vector<std::int64_t> forecasts_;
    std::vector<api::BurstLoan> loans_;
    UsageView usage_;
    Instant measured_{};
    int created_ = 0;
    Instant shrunk_{};  // when policy last reduced the tokens that can be lent
    bool restart_ = false;
};

}  // namespace

TEST_CASE("promises fit the pool and no baseline moves, in any order of events") {
    const bool held = rc::check("the burst pool", [] {
        using Step = std::tuple<int, int, int>;
        const auto steps = *rc::gen::container<std::vector<Step>>(rc::gen::tuple(
            rc::gen::inRange(0, Model::kKinds), rc::gen::inRange(0, 10'000), rc::gen::inRange(0, 10'000)));
        Model model;
        for (const auto& [kind, a, b] : steps) model.step(kind, a, b);
    });
    CHECK(held);
}
