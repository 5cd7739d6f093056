#include "operator/cli/review/report_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "controllers/api/suggestion.hpp"
#include "controllers/cluster/resources.hpp"
#include "controllers/treasury/closing.hpp"
#include "operator/cli/cost/statement_source.hpp"
#include "operator/cli/review/review.hpp"
#include "operator/cli/review/review_words.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/verb/exit_code.hpp"

namespace bursar::cli {
namespace {

constexpr std::size_t kMostNotes = 6;  // on the page; standard error has all of them

Answer failed(const Error& error) {
    return {{}, fmt::format("bursar report: {}\n", printable(error.message)), exitCodeOf(error)};
}

Result<const treasury::PolicyDecision*> choosePolicy(const treasury::Decisions& decisions, const std::string& wanted) {
    std::vector<std::string> names;
    for (const treasury::PolicyDecision& policy : decisions.policies) names.push_back(policy.name);
    if (names.empty()) return makeError(ErrorCode::NotFound, "there is no AllocationPolicy to review");
    if (wanted.empty() && names.size() > 1) return severalPolicies(names);
    const auto found = std::find_if(decisions.policies.begin(), decisions.policies.end(),
                                    [&](const auto& policy) { return wanted.empty() || policy.name == wanted; });
    if (found == decisions.policies.end()) {
        return makeError(ErrorCode::NotFound, fmt::format("there is no AllocationPolicy \"{}\"{}; there is: {}", wanted,
                                                          api::didYouMean(wanted, names), fmt::join(names, ", ")));
    }
    if (found->problems.empty()) return &*found;
    return makeError(ErrorCode::Internal, fmt::format("AllocationPolicy \"{}\" decides nothing until it is fixed: {}",
                                                      found->name, found->problems.front().toString()));
}

// Mean grants in a closed period: the means of the baselines with which the chain's windows closed.
std::map<treasury::RecordKey, std::int64_t> grantsIn(const api::AllocationPolicy& policy, const ledger::Chain& chain,
                                                     const std::string& period) {
    std::vector<treasury::PoolTally> entries = chain.entries();
    // closedPeriods() sums forecasts; with the baselines in their place it sums those.
    for (treasury::PoolTally& entry : entries) {
        for (auto& [team, tally] : entry.teams) tally.forecast = tally.baseline;
    }
    std::map<treasury::RecordKey, std::int64_t> grants;
    for (const auto& [key, records] : treasury::closedPeriods(policy, entries)) {
        for (const treasury::PeriodRecord& record : records) {
            if (record.period == period && record.windows > 0) grants[key] = treasury::meanForecast(record);
        }
    }
    return grants;
}

// Reads what the review needs beside the decisions, from manifests or from the cluster.
class ReviewSource {
  public:
    ReviewSource(const ReportOptions& options, const Surroundings& surroundings, const PlanInputs& inputs,
                 ReviewInputs& review)
        : options_(options), surroundings_(surroundings), inputs_(inputs), review_(review) {
        for (const auto& each : inputs.after.world.policies) {
            if (each->meta.name == review.policy) policy_ = each.get();
        }
    }

    Result<void> read() { return options_.inputs.live ? readCluster() : readFiles(); }

  private:
    Result<void> readFiles() {
        for (const auto& [key, source] : inputs_.after.sources) {
            if (key.kind == "AllocationPolicy" && key.name == review_.policy) {
                review_.words.charter = charterOf(source.manifest->object);
            }
            if (key.kind == "TeamQuota") addJustifications(source.manifest->object, review_.words);
        }
        std::vector<treasury::Statement> statements;
        for (const std::string& file : options_.statements) {
            auto found = readStatementFile(file, surroundings_.in);
            if (!found) return found.error();
            if (found->statement.policy != review_.policy) {
                return makeError(
                    ErrorCode::Internal,
                    fmt::format("{}: is a statement of AllocationPolicy \"{}\", but the review is of \"{}\"", file,
                                found->statement.policy, review_.policy));
            }
            statements.push_back(std::move(found->statement));
        }
        return chooseStatement(std::move(statements));
    }

    Result<void> chooseStatement(std::vector<treasury::Statement> statements) {
        std::sort(statements.begin(), statements.end(),
                  [](const auto& a, const auto& b) { return a.period.span().end < b.period.span().end; });
        auto chosen = statements.end();
        for (auto each = statements.begin(); each != statements.end(); ++each) {
            if (options_.period.empty() || each->period.toString() == options_.period) chosen = each;
        }
        if (chosen == statements.end()) {
            if (options_.period.empty()) return {};
            return makeError(ErrorCode::NotFound,
                             fmt::format("--period: no --statement of {} was given", options_.period));
        }
        StatementReport report{*chosen, {}, {statements.begin(), chosen}};
        std::erase_if(report.earlier, [&](const auto& each) { return each.currency != report.statement.currency; });
        return takeCost(std::move(report));
    }

    Result<void> readCluster() {
        const auto client = surroundings_.connect();
        if (!client) return client.error();
        if (auto words = readWords(**client); !words) return words.error();
        const auto ledger = ledger::openLedger(options_.inputs.ledger, *client, ledger::Access::Read);
        readGrantsBefore(*ledger);
        const StatementQuery query{review_.policy, options_.period, true};
        auto found = findStatement(query, clusterSources(*ledger, **client, inputs_.at, options_.askUsageSource));
        if (!found) {
            if (!options_.period.empty()) return found.error();
            review_.notes.push_back("No cost is shown: " + found.error().message);
            return {};
        }
        for (std::string& note : found->notes) review_.notes.push_back(std::move(note));
        return takeCost({std::move(found->statement), {}, std::move(found->earlier)});
    }

    Result<void> readWords(kube::Client& client) {
        const auto policy = client.get(cluster::allocationPolicies(), {"", review_.policy});
        if (!policy) return policy.error();
        review_.words.charter = charterOf(*policy);
        const auto quotas = client.list(cluster::teamQuotas(), {});
        if (!quotas) return quotas.error();
        for (const auto& quota : quotas->items) addJustifications(quota, review_.words);
        return {};
    }

    // If the ledger cannot be read, readPlanInputs() has a note about it.
    void readGrantsBefore(ledger::Ledger& ledger) {
        const auto chain = ledger.read(review_.policy);
        if (!chain) return;
        review_.periodBefore = treasury::lastClosedPeriod(policy_->period, inputs_.at).toString();
        review_.grantsBefore = grantsIn(*policy_, *chain, review_.periodBefore);
    }

    Result<void> takeCost(StatementReport report) {
        if (report.statement.currency.empty()) {
            review_.notes.emplace_back("No cost is shown: the policy has no prices");
        } else {
            review_.cost = std::move(report);
        }
        return {};
    }

    const ReportOptions& options_;
    const Surroundings& surroundings_;
    const PlanInputs& inputs_;
    ReviewInputs& review_;
    const api::AllocationPolicy* policy_ = nullptr;
};

std::string render(const Review& review, ReportFormat format) {
    switch (format) {
        case ReportFormat::Html:
            return renderHtml(review);
        case ReportFormat::Markdown:
            return renderMarkdown(review);
        case ReportFormat::Json:
            return renderJson(review);
    }
    return {};
}

Answer answerOf(Review review, ReportFormat format, bool invalid) {
    Answer answer;
    for (const std::string& note : review.notes) answer.err += fmt::format("bursar report: {}\n", printable(note));
    if (review.notes.size() > kMostNotes) {
        const std::size_t more = review.notes.size() - kMostNotes + 1;
        review.notes.resize(kMostNotes - 1);
        review.notes.push_back(fmt::format("{} more notes: `bursar report` prints them on standard error", more));
    }
    answer.out = render(review, format);
    answer.exitCode = invalid ? kUnusable : 0;
    return answer;
}

}  // namespace

Answer runReport(const ReportOptions& options, const Surroundings& surroundings) {
    auto inputs = readPlanInputs(options.inputs, surroundings);
    if (!inputs) return failed(inputs.error());
    const auto policy = choosePolicy(inputs->decisions, options.policy);
    if (!policy) return failed(policy.error());
    std::optional<Side> base;
    if (!options.inputs.live && inputs->before) base.emplace(Side{*inputs->before, *inputs->decidedBefore});
    ReviewInputs review{inputs->side(), base ? &*base : nullptr, inputs->at, (*policy)->name, {}, {}, {}, {}, {}};
    if (!inputs->errors.empty()) {
        review.notes.push_back(fmt::format("the inputs have {} errors, first: {}", inputs->errors.size(),
                                           inputs->errors.front().toString()));
    }
    for (std::string& note : inputs->notes) review.notes.push_back(std::move(note));
    if (auto read = ReviewSource{options, surroundings, *inputs, review}.read(); !read) return failed(read.error());
    return answerOf(makeReview(std::move(review)), options.format, !inputs->errors.empty());
}

}  // namespace bursar::cli
