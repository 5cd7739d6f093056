// Builders for worlds in tests, so that a test sets only what matters to it.
#pragma once

#include <memory>
#include <string>

#include "controllers/treasury/world.hpp"

namespace bursar::testing {

class PolicyBuilder {
  public:
    explicit PolicyBuilder(std::string name) { policy_.meta.name = std::move(name); }
    PolicyBuilder& pool(std::string name, std::int64_t tokens, int burstPercent = 0) {
        api::Pool pool;
        pool.name = std::move(name);
        pool.tokensPerWindow = api::Tokens{tokens};
        pool.burstPercent = burstPercent;
        policy_.pools.push_back(std::move(pool));
        return *this;
    }
    PolicyBuilder& rate(std::int64_t tokensPerMinute) {
        policy_.pools.back().tokensPerMinute = api::TokensPerMinute{tokensPerMinute};
        return *this;
    }
    PolicyBuilder& weight(std::string team, int weight) {
        policy_.weights.push_back({std::move(team), "", weight, {}, {}});
        return *this;
    }
    PolicyBuilder& bounds(std::string team, std::optional<std::int64_t> floor, std::optional<std::int64_t> ceiling) {
        api::Weight entry{std::move(team), "", std::nullopt, {}, {}};
        if (floor) entry.floor = api::Tokens{*floor};
        if (ceiling) entry.ceiling = api::Tokens{*ceiling};
        policy_.weights.push_back(std::move(entry));
        return *this;
    }
    PolicyBuilder& enforce(api::Enforcement enforcement) {
        policy_.forecastDiscipline.enforcement = enforcement;
        return *this;
    }
    PolicyBuilder& quarterly() {
        policy_.period = api::Period::Quarter;
        return *this;
    }
    api::AllocationPolicy& raw() { return policy_; }
    operator std::shared_ptr<const api::AllocationPolicy>() const {  // NOLINT: reads as the policy in a World
        return std::make_shared<api::AllocationPolicy>(policy_);
    }

  private:
    api::AllocationPolicy policy_;
};

class QuotaBuilder {
  public:
    explicit QuotaBuilder(std::string team) {
        quota_.meta.ns = team;
        quota_.meta.name = "quota";
        quota_.policy = "main";
        quota_.team = std::move(team);
    }
    QuotaBuilder& forecast(std::string pool, std::int64_t tokens) {
        quota_.requests.push_back({std::move(pool),
                                   api::Tokens{tokens},
                                   {},
                                   "spec.requests[" + std::to_string(quota_.requests.size()) + "]",
                                   true});
        return *this;
    }
    QuotaBuilder& peak(std::int64_t tokensPerMinute) {
        quota_.requests.back().peakTokensPerMinute = api::TokensPerMinute{tokensPerMinute};
        return *this;
    }
    QuotaBuilder& ns(std::string name) {
        quota_.meta.ns = std::move(name);
        return *this;
    }
    QuotaBuilder& policy(std::string name) {
        quota_.policy = std::move(name);
        return *this;
    }
    QuotaBuilder& created(std::int64_t seconds) {
        quota_.meta.created = Instant{std::chrono::seconds{seconds}};
        return *this;
    }
    operator std::shared_ptr<const api::TeamQuota>() const {  // NOLINT: reads as the quota in a World
        return std::make_shared<api::TeamQuota>(quota_);
    }

  private:
    api::TeamQuota quota_;
};

// `request` of the burst pool by the team's TeamQuota "quota" in the namespace of the team's name.
class LoanBuilder {
  public:
    LoanBuilder(std::string team, std::string name) {
        loan_.meta.ns = std::move(team);
        loan_.meta.name = std::move(name);
        loan_.meta.generation = 1;
        loan_.teamQuota = "quota";
        loan_.pool = "chat";
        loan_.reason = "Launch of the new search page";
    }
    LoanBuilder& tokens(std::int64_t tokens) {
        loan_.tokens = api::Tokens{tokens};
        return *this;
    }
    LoanBuilder& rate(std::int64_t tokensPerMinute) {
        loan_.tokensPerMinute = api::TokensPerMinute{tokensPerMinute};
        return *this;
    }
    LoanBuilder& pool(std::string name) {
        loan_.pool = std::move(name);
        return *this;
    }
    LoanBuilder& from(const char* start, const char* end) {
        loan_.start = *parseInstant(start);
        loan_.end = *parseInstant(end);
        return *this;
    }
    LoanBuilder& created(const char* at) {
        loan_.meta.created = *parseInstant(at);
        return *this;
    }
    LoanBuilder& partial() {
        loan_.acceptPartial = true;
        return *this;
    }
    LoanBuilder& because(std::string reason) {
        loan_.reason = std::move(reason);
        return *this;
    }
    api::BurstLoan& raw() { return loan_; }
    operator std::shared_ptr<const api::BurstLoan>() const {  // NOLINT: reads as the loan in a World
        return std::make_shared<api::BurstLoan>(loan_);
    }

  private:
    api::BurstLoan loan_;
};

inline LoanBuilder makeLoan(std::string team, std::string name = "loan") {
    return LoanBuilder{std::move(team), std::move(name)};
}
inline PolicyBuilder makePolicy(std::string name = "main") { return PolicyBuilder{std::move(name)}; }
inline QuotaBuilder makeQuota(std::string team) { return QuotaBuilder{std::move(team)}; }

}  // namespace bursar::testing
