#include "operator/cli/cost/statement_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "controllers/api/suggestion.hpp"
#include "controllers/cluster/live_world.hpp"
#include "controllers/ledger/statement_days.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "controllers/reconcile/record/statement_closer.hpp"
#include "operator/cli/cost/statement_report.hpp"
#include "operator/cli/text/text_table.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/bounded_text.hpp"
#include "operator/runtime/base/calendar_day.hpp"
#include "operator/runtime/base/sha256.hpp"

namespace bursar::cli {
namespace {

using ledger::MeteringChain;
using treasury::PlanningPeriod;
using treasury::Statement;

constexpr std::size_t kEarlierShown = 5;
constexpr std::size_t kMostStatementBytes = 512 << 20;  // some two million lines

Error notFound(std::string message) { return makeError(ErrorCode::NotFound, std::move(message)); }

// One policy's records: its metering chain, and the periods of its stored statements.
struct PolicyLedger {
    std::string policy;
    MeteringChain chain;
    std::vector<std::string> kept;  // oldest first

    [[nodiscard]] bool keeps(const std::string& period) const {
        return std::find(kept.begin(), kept.end(), period) != kept.end();
    }
    [[nodiscard]] std::string keptText() const {
        return kept.empty() ? std::string{"no statement is closed yet"}
                            : fmt::format("closed are: {}", fmt::join(kept, ", "));
    }
};

Result<std::string> policyName(ledger::Ledger& ledger, const std::string& wanted) {
    const auto names = ledger.policies();
    if (!names) return names.error();
    if (names->empty())
        return notFound("the ledger has no records of any AllocationPolicy; is this the operator's ledger?");
    if (!wanted.empty()) {
        if (std::find(names->begin(), names->end(), wanted) != names->end()) return wanted;
        return notFound(fmt::format("the ledger has no records of AllocationPolicy \"{}\"{}", wanted,
                                    api::didYouMean(wanted, *names)));
    }
    if (names->size() == 1) return names->front();
    return severalPolicies(*names);
}

Result<PolicyLedger> readPolicyLedger(const std::string& policy, const StatementSources& sources) {
    auto name = policyName(sources.ledger, policy);
    if (!name) return name.error();
    auto chain = sources.ledger.readMetering(*name);
    if (!chain) return chain.error();
    auto kept = sources.ledger.statements(*name);
    if (!kept) return kept.error();
    // Names of months and quarters do not sort by time.
    std::stable_sort(kept->begin(), kept->end(), [](const std::string& one, const std::string& other) {
        const auto end = [](const std::string& period) {
            const auto parsed = treasury::parsePlanningPeriod(period);
            return parsed ? parsed->span().end : Instant{};
        };
        return end(one) < end(other);
    });
    return PolicyLedger{std::move(*name), std::move(*chain), std::move(*kept)};
}

// A closed statement, checked against the SHA-256 on the chain.
Result<FoundStatement> readKept(ledger::Ledger& ledger, const PolicyLedger& records, const std::string& period) {
    auto body = ledger.statement({records.policy, period});
    if (!body) return body.error();
    FoundStatement found;
    const auto fixed = records.chain.statements().find(period);
    if (fixed == records.chain.statements().end()) {
        found.notes.push_back(
            fmt::format("the statement of {} is stored, but the chain does not have its SHA-256 yet", period));
    } else if (fixed->second != sha256Of(*body)) {
        return makeError(
            ErrorCode::Internal,
            fmt::format("the statement of {} was changed after it was closed: its SHA-256 is not the one on "
                        "the chain; restore it from a backup (`bursar ledger verify`)",
                        period));
    }
    auto statement = ledger::statementOf(*body);
    if (!statement) return statement.error();
    found.statement = std::move(*statement);
    found.body = std::move(*body);
    return found;
}

std::vector<PlanningPeriod> keptBefore(const PolicyLedger& records, const Statement& statement) {
    std::vector<PlanningPeriod> periods;
    for (const std::string& name : records.kept) {
        const auto period = treasury::parsePlanningPeriod(name);
        if (period && period->span().end <= statement.period.span().start) periods.push_back(*period);
    }
    std::sort(periods.begin(), periods.end(), [](const auto& a, const auto& b) { return a.span().end < b.span().end; });
    return periods;
}

// For the trend only: a statement that cannot be read is left out, with a note.
void readEarlier(ledger::Ledger& ledger, const PolicyLedger& records, FoundStatement& found) {
    std::vector<PlanningPeriod> periods = keptBefore(records, found.statement);
    if (periods.size() > kEarlierShown) periods.erase(periods.begin(), periods.end() - kEarlierShown);
    for (const PlanningPeriod& period : periods) {
        auto earlier = readKept(ledger, records, period.toString());
        if (!earlier) {
            found.notes.push_back(earlier.error().message);
        } else if (earlier->statement.currency == found.statement.currency) {
            found.earlier.push_back(std::move(earlier->statement));
        }
    }
}

Result<void> checkDraftable(const PolicyLedger& records, const api::AllocationPolicy& policy,
                            const PlanningPeriod& period, Instant now) {
    const auto first = records.chain.firstDay();
    if (!first) {
        return notFound(fmt::format(
            "nothing was metered under policy \"{}\" yet; the first day is recorded when it ends", records.policy));
    }
    if (period.kind != policy.period) {
        return makeError(
            ErrorCode::InvalidArgument,
            fmt::format("policy \"{}\" has other planning periods than {}: the open one is {}; {}", records.policy,
                        period.toString(), treasury::periodAt(now, policy.period).toString(), records.keptText()));
    }
    if (period.span().start > now) return notFound(fmt::format("{} has not begun", period.toString()));
    if (period.span().end <= *first) {
        return notFound(fmt::format("there is no statement of {}: metering began on {}; {}", period.toString(),
                                    formatDay(*first), records.keptText()));
    }
    return {};
}

// Usage of a period: what is recorded, and what the usage source knows beyond that.
struct DraftUsage {
    treasury::UsageSums sums;
    Instant at;  // time of the last scrape that counts
    std::vector<std::string> notes;
};

DraftUsage usageOf(const StatementSources& sources, const PolicyLedger& records, const api::AllocationPolicy& policy,
                   const treasury::TimeWindow& days) {
    DraftUsage usage{ledger::sumUsage(policy, records.chain, days), sources.now, {}};
    const Instant recorded = *records.chain.meteredUntil();
    if (recorded >= days.end || !sources.readOpenDays) return usage;
    const auto open = sources.readOpenDays(policy, recorded);
    if (!open) {
        usage.notes.push_back(
            fmt::format("the draft lacks the usage since {}: {}", formatInstant(recorded), open.error().message));
        return usage;
    }
    for (const treasury::MeteredDay& day : open->days) usage.sums.add(day);
    usage.at = std::max(std::min(open->until, sources.now), recorded);
    return usage;
}

// The statement that closing the period now would give.
Result<FoundStatement> makeDraft(const StatementSources& sources, const PolicyLedger& records,
                                 const api::AllocationPolicy& policy, const PlanningPeriod& period) {
    const treasury::TimeWindow days = ledger::daysOf(period, records.chain);
    DraftUsage usage = usageOf(sources, records, policy, days);
    treasury::StatementInputs inputs{policy, period, usage.sums, {}};
    std::optional<FoundStatement> last;
    std::optional<treasury::UsageSums> usageBefore;
    if (const auto before = ledger::correctedWith(period, records.chain)) {
        auto kept = readKept(sources.ledger, records, before->toString());
        if (!kept) return kept.error();
        last = std::move(*kept);
        usageBefore = ledger::sumUsage(policy, records.chain, ledger::daysOf(*before, records.chain));
        inputs.before = &last->statement;
        inputs.usageBefore = &*usageBefore;
    }
    FoundStatement draft;
    draft.statement = treasury::draftStatement(inputs, usage.at);
    draft.statement.issuedAt = sources.now;
    draft.notes = std::move(usage.notes);
    draft.body = ledger::bodyOf(draft.statement);
    return draft;
}

Result<FoundStatement> findDraft(const StatementQuery& query, const StatementSources& sources,
                                 const PolicyLedger& records) {
    const auto policy = sources.findPolicy(records.policy);
    if (!policy) {
        return notFound(
            fmt::format("a draft needs the prices of AllocationPolicy \"{}\", which cannot be read from the "
                        "cluster; {}",
                        records.policy, records.keptText()));
    }
    const auto asked = treasury::parsePlanningPeriod(query.period);
    const PlanningPeriod period = asked ? *asked : treasury::periodAt(sources.now, policy->period);
    if (auto checked = checkDraftable(records, *policy, period, sources.now); !checked) return checked.error();
    auto draft = makeDraft(sources, records, *policy, period);
    if (draft && !asked) {
        draft->notes.push_back(fmt::format("no statement of policy \"{}\" is closed yet: this is the draft of {}",
                                           records.policy, period.toString()));
    }
    return draft;
}

nlohmann::json sumOf(const treasury::StatementTotal& total, const Statement& statement) {
    return {{"amount", api::formatMoney(total.amount, statement.digits())}, {"tokens", total.tokens}};
}

// Checks the sums in a file against its lines: the file may have been edited.
Result<void> checkSums(const std::string& body, const Statement& statement) {
    using Json = nlohmann::json;
    // Skip the lines: they are most of the body, and were read already.
    const Json given = Json::parse(body, [](int depth, Json::parse_event_t event, Json& parsed) {
        return depth != 1 || event != Json::parse_event_t::key || parsed != "lines";
    });
    Json costCenters = Json::array();
    for (const auto& [costCenter, total] : totalsByCostCenter(statement)) {
        costCenters.push_back(sumOf(total, statement));
        costCenters.back()["costCenter"] = costCenter;
    }
    for (const auto& [name, sums] :
         {std::pair{"total", sumOf(totalOf(statement), statement)}, std::pair{"costCenters", std::move(costCenters)}}) {
        if (given.value(name, Json{}) == sums) continue;
        return makeError(ErrorCode::Internal,
                         fmt::format("the statement does not add up: its lines are not what \"{}\" says", name));
    }
    return {};
}

}  // namespace

Result<FoundStatement> findStatement(const StatementQuery& query, const StatementSources& sources) {
    if (!query.period.empty() && !treasury::parsePlanningPeriod(query.period)) {
        return makeError(
            ErrorCode::InvalidArgument,
            fmt::format("\"{}\" is not a period; write a month as 2026-11, a quarter as 2026Q4", query.period));
    }
    const auto records = readPolicyLedger(query.policy, sources);
    if (!records) return records.error();
    const std::string last = records->kept.empty() ? std::string{} : records->kept.back();
    const std::string period = query.period.empty() ? last : query.period;
    auto found =
        records->keeps(period) ? readKept(sources.ledger, *records, period) : findDraft(query, sources, *records);
    if (found && query.earlier) readEarlier(sources.ledger, *records, *found);
    return found;
}

Result<FoundStatement> readStatementFile(const std::string& file, std::istream& in) {
    FoundStatement found;
    std::ifstream stream;
    if (file != "-") stream.open(file, std::ios::binary);
    if (!stream) return notFound(fmt::format("{}: cannot be read", file));
    std::istream& from = file == "-" ? in : stream;
    auto body = readBounded(from, kMostStatementBytes);
    if (from.bad()) return notFound(fmt::format("{}: cannot be read", file));
    if (!body) {
        return makeError(ErrorCode::Internal, fmt::format("{}: is larger than {} MiB, which no statement is", file,
                                                          kMostStatementBytes >> 20));
    }
    found.body = std::move(*body);
    auto statement = ledger::statementOf(found.body);
    if (statement) {
        if (auto sums = checkSums(found.body, *statement); !sums) statement = sums.error();
    }
    if (!statement) {
        return makeError(ErrorCode::Internal, fmt::format("{}: {}", file, statement.error().message));
    }
    found.statement = std::move(*statement);
    return found;
}

StatementSources clusterSources(ledger::Ledger& ledger, kube::Reader& client, Instant now, bool askUsageSource) {
    StatementSources sources{ledger, {}, {}, now};
    sources.findPolicy = [&client](const std::string& name) { return cluster::findPolicy(client, name); };
    if (askUsageSource) {
        sources.readOpenDays = [&client, now](const api::AllocationPolicy& policy, Instant from) {
            return readOpenDays(client, policy, from, now);
        };
    }
    return sources;
}

Result<std::string> listStatements(const std::string& policy, const StatementSources& sources) {
    const auto records = readPolicyLedger(policy, sources);
    if (!records) return records.error();
    std::vector<std::vector<std::string>> rows;
    for (const std::string& period : records->kept) {
        const auto found = readKept(sources.ledger, *records, period);
        if (!found) return found.error();
        rows.push_back({period, "closed", formatInstant(found->statement.issuedAt),
                        moneyText(found->statement, totalOf(found->statement).amount), sha256Of(found->body)});
    }
    const auto until = records->chain.meteredUntil();
    std::string text = fmt::format("policy {}: {}\n", records->policy,
                                   until ? "metered until " + formatInstant(*until) : std::string{"not metered yet"});
    if (rows.empty()) return text + "no statement is closed yet\n";
    return text + renderColumns({"PERIOD", "STATUS", "ISSUED", "TOTAL", "SHA-256"},
                                {Align::Left, Align::Left, Align::Left, Align::Right, Align::Left}, rows);
}

}  // namespace bursar::cli
