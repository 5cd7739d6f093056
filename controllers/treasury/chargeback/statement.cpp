#include "controllers/treasury/chargeback/statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "controllers/api/rounding.hpp"
#include "controllers/treasury/allocation.hpp"
#include "controllers/treasury/chargeback/prices.hpp"

namespace bursar::treasury {
namespace {

using api::TokenType;
using api::Wide;

auto orderOf(const StatementLine& line) {
    return std::tie(line.costCenter, line.team, line.pool, line.model, line.type, line.kind, line.span.start);
}

// The price of a model in each span; null if it has none.
class PriceLookup {
  public:
    PriceLookup(const api::Pricing& pricing, const std::vector<TimeWindow>& spans) : pricing_(pricing), spans_(spans) {}

    const std::vector<const api::ModelPrice*>& of(const std::string& model) {
        const auto [found, first] = known_.try_emplace(model);
        if (first) {
            for (const TimeWindow& span : spans_) found->second.push_back(priceOn(pricing_, model, span.start));
        }
        return found->second;
    }

  private:
    const api::Pricing& pricing_;
    const std::vector<TimeWindow>& spans_;
    std::map<std::string, std::vector<const api::ModelPrice*>> known_;
};

// Adds the lines of one team, model and type from the cells [first, last): one line for each stretch with one price.
using Cells = std::vector<UsageSums::Cell>::const_iterator;
void addLines(const StatementLine& head, const std::vector<TimeWindow>& spans, Cells first, Cells last,
              const std::vector<const api::ModelPrice*>& prices, std::vector<StatementLine>& lines) {
    const auto priceIn = [&](std::size_t span) {
        return prices[span] == nullptr ? std::optional<api::Price>{} : prices[span]->of(*head.type);
    };
    StatementLine line;
    for (std::size_t span = 0; span < spans.size(); ++span) {
        if (span == 0 || priceIn(span) != line.price) {
            if (line.tokens > 0) lines.push_back(line);
            line = head;
            line.price = priceIn(span);
            line.span = spans[span];
        }
        line.span.end = spans[span].end;
        if (first == last || first->span != span) continue;
        api::addSaturating(line.tokens, first->tokens.of(*head.type).value());
        ++first;
    }
    if (line.tokens > 0) lines.push_back(std::move(line));
}

std::vector<StatementLine> usageLines(const api::Pricing& pricing, const UsageSums& usage) {
    std::vector<StatementLine> lines;
    PriceLookup prices{pricing, usage.spans()};
    for (const auto& [team, payers] : usage.teams()) {
        for (const UsageSums::TeamSums& payer : payers) {
            StatementLine head;
            head.costCenter = payer.costCenter;
            head.team = team;
            for (auto first = payer.cells.begin(); first != payer.cells.end();) {
                const auto last = std::find_if(first, payer.cells.end(),
                                               [&](const UsageSums::Cell& cell) { return cell.model != first->model; });
                const MeteredModel& model = usage.models()[first->model];
                head.pool = model.pool;
                head.model = model.model;
                for (const TokenType type : api::kTokenTypes) {
                    head.type = type;
                    addLines(head, usage.spans(), first, last, prices.of(model.model), lines);
                }
                first = last;
            }
        }
    }
    const int digits = api::minorUnitDigits(pricing.currency);
    for (StatementLine& line : lines) {
        if (line.price) line.amount = api::costOf(line.tokens, *line.price, digits);
    }
    return lines;
}

std::vector<std::string> unpricedModels(const std::vector<StatementLine>& lines) {
    std::set<std::string> models;
    for (const StatementLine& line : lines) {
        if (line.kind == LineKind::Usage && !line.price) models.insert(line.model);
    }
    return {models.begin(), models.end()};
}

// The sum of the lines of one team, model and type.
struct Charged {
    std::int64_t tokens = 0;
    std::int64_t amount = 0;
    bool priced = true;
};
using ChargedKey = std::tuple<std::string, std::string, std::string, std::string, TokenType>;

std::map<ChargedKey, Charged> chargedBy(const std::vector<StatementLine>& lines) {
    std::map<ChargedKey, Charged> sums;
    for (const StatementLine& line : lines) {
        if (line.kind != LineKind::Usage) continue;
        Charged& sum = sums[{line.costCenter, line.team, line.pool, line.model, *line.type}];
        api::addSaturating(sum.tokens, line.tokens);
        api::addSaturating(sum.amount, line.amount);
        sum.priced = sum.priced && line.price.has_value();
    }
    return sums;
}

// Lines for usage of the closed statement that costs another amount now. A price that was removed from the policy since
// is no correction: policies may be tidied up.
std::vector<StatementLine> corrections(const StatementInputs& inputs) {
    std::vector<StatementLine> lines;
    const api::Pricing& pricing = inputs.policy.pricing;
    if (inputs.before == nullptr || inputs.usageBefore == nullptr) return lines;
    if (inputs.before->currency != pricing.currency) return lines;
    const int digits = api::minorUnitDigits(pricing.currency);
    const auto then = chargedBy(inputs.before->lines);
    for (const auto& [key, now] : chargedBy(usageLines(pricing, *inputs.usageBefore))) {
        const auto found = then.find(key);
        const Charged was = found == then.end() ? Charged{0, 0, true} : found->second;
        if (!now.priced || (now.tokens == was.tokens && now.amount == was.amount)) continue;
        StatementLine line;
        line.kind = LineKind::Correction;
        std::tie(line.costCenter, line.team, line.pool, line.model, line.type) = key;
        line.span = inputs.before->period.span();
        line.tokens = now.tokens - was.tokens;
        line.amount = now.amount - was.amount;
        line.note =
            fmt::format("Correction of {}: {} tokens are {} {}, {} were charged", inputs.before->period.toString(),
                        api::formatThousands(now.tokens), api::formatMoneyForPeople(now.amount, digits),
                        pricing.currency, api::formatMoneyForPeople(was.amount, digits));
        lines.push_back(std::move(line));
    }
    return lines;
}

// Σ amounts and Σ priced tokens of a pool's usage, and Σ amounts by cost centre.
struct PoolCost {
    Wide amount = 0;
    Wide tokens = 0;
    std::map<std::string, std::int64_t> byCostCenter;
};

std::map<std::string, PoolCost> costByPool(const std::vector<StatementLine>& lines) {
    std::map<std::string, PoolCost> pools;
    for (const StatementLine& line : lines) {
        if (line.kind != LineKind::Usage || !line.price) continue;
        PoolCost& pool = pools[line.pool];
        pool.amount += line.amount;
        pool.tokens += line.tokens;
        api::addSaturating(pool.byCostCenter[line.costCenter], line.amount);
    }
    return pools;
}

std::vector<IdleReserve> idleReserves(const UsageSums& usage, const std::map<std::string, PoolCost>& costs) {
    std::vector<IdleReserve> idle;
    for (const auto& [pool, use] : usage.reserves()) {
        IdleReserve reserve{
            pool, use.reserved.value(), use.drawn.value(), use.reserved.lessOrZero(use.drawn).value(), {}};
        const auto cost = costs.find(pool);
        if (cost != costs.end() && cost->second.tokens > 0) {
            // Both factors are below 2^63.
            reserve.amount = api::dividedHalfEven(reserve.idle * cost->second.amount, cost->second.tokens);
        }
        idle.push_back(std::move(reserve));
    }
    return idle;
}

// Shares in proportion to what each cost centre was charged in the pool. A pool without charges is not shared.
void shareIdle(Statement& statement, const std::map<std::string, PoolCost>& costs, const TimeWindow& span) {
    for (const IdleReserve& idle : statement.idle) {
        if (idle.amount.value_or(0) == 0) continue;
        const PoolCost& cost = costs.at(idle.pool);
        std::vector<std::int64_t> weights;
        for (const auto& [costCenter, amount] : cost.byCostCenter) weights.push_back(amount);
        const auto amounts = divideInProportion(*idle.amount, weights);
        const auto tokens = divideInProportion(idle.idle, weights);
        std::size_t place = 0;
        for (const auto& [costCenter, amount] : cost.byCostCenter) {
            StatementLine line;
            line.kind = LineKind::IdleShare;
            line.costCenter = costCenter;
            line.pool = idle.pool;
            line.span = span;
            line.tokens = tokens[place];
            line.amount = amounts[place++];
            line.note = fmt::format(
                "Share of the burst reserve of pool {} that nobody drew ({} of {} tokens), by what was "
                "charged in the pool",
                idle.pool, api::formatThousands(idle.idle), api::formatThousands(idle.reserved));
            if (line.amount != 0) statement.lines.push_back(std::move(line));
        }
    }
}

std::string costCenterOf(const UsageSums& usage, const std::string& team) {
    const auto found = usage.teams().find(team);
    return found == usage.teams().end() ? "" : found->second.back().costCenter;
}

std::vector<ForecastLine> forecastLines(const StatementInputs& inputs) {
    std::vector<ForecastLine> lines;
    for (const auto& [key, periods] : inputs.record) {
        if (key.policy != inputs.policy.meta.name) continue;
        for (const PeriodRecord& record : periods) {
            if (record.period != inputs.period.toString()) continue;
            lines.push_back({costCenterOf(inputs.usage, key.team), key.team, key.pool, meanForecast(record),
                             meanConsumed(record), record.windows});
        }
    }
    std::sort(lines.begin(), lines.end(), [](const ForecastLine& a, const ForecastLine& b) {
        return std::tie(a.costCenter, a.team, a.pool) < std::tie(b.costCenter, b.team, b.pool);
    });
    return lines;
}

Statement makeStatement(const StatementInputs& inputs) {
    Statement statement;
    const api::AllocationPolicy& policy = inputs.policy;
    statement.policy = policy.meta.name;
    statement.period = inputs.period;
    statement.currency = policy.pricing.currency;
    statement.sponsor = policy.sponsor;
    statement.financeContact = policy.chargeback.financeContact;
    statement.meteredUntil = inputs.usage.until();
    statement.lines = usageLines(policy.pricing, inputs.usage);
    statement.unpricedModels = unpricedModels(statement.lines);
    statement.gaps = inputs.usage.gaps();
    for (const auto& [name, loan] : inputs.usage.loans()) statement.loans.push_back(loan);
    statement.forecasts = forecastLines(inputs);
    const auto costs = costByPool(statement.lines);
    statement.idle = idleReserves(inputs.usage, costs);
    statement.idleShared = policy.chargeback.idleCost == api::IdleCost::Share;
    if (statement.idleShared) shareIdle(statement, costs, inputs.period.span());
    for (StatementLine& line : corrections(inputs)) statement.lines.push_back(std::move(line));
    std::sort(statement.lines.begin(), statement.lines.end(),
              [](const StatementLine& a, const StatementLine& b) { return orderOf(a) < orderOf(b); });
    return statement;
}

}  // namespace

std::string_view toString(LineKind kind) {
    switch (kind) {
        case LineKind::Usage:
            return "Usage";
        case LineKind::Correction:
            return "Correction";
        case LineKind::IdleShare:
            return "IdleShare";
    }
    return "Usage";
}

Statement draftStatement(const StatementInputs& inputs, Instant at) {
    Statement statement = makeStatement(inputs);
    statement.issuedAt = at;
    statement.meteredUntil = std::min(statement.meteredUntil, at);
    return statement;
}

Instant closesAt(const api::AllocationPolicy& policy, const PlanningPeriod& period) {
    return period.span().end + policy.chargeback.closeAfter;
}

Statement closeStatement(const StatementInputs& inputs) {
    Statement statement = makeStatement(inputs);
    statement.closed = true;
    statement.issuedAt = closesAt(inputs.policy, inputs.period);
    return statement;
}

StatementTotal& StatementTotal::operator+=(const StatementLine& line) {
    api::addSaturating(amount, line.amount);
    if (line.kind == LineKind::Usage) api::addSaturating(tokens, line.tokens);
    return *this;
}

StatementTotal totalOf(const Statement& statement) {
    StatementTotal total;
    for (const StatementLine& line : statement.lines) total += line;
    return total;
}

std::map<std::string, StatementTotal> totalsByCostCenter(const Statement& statement) {
    std::map<std::string, StatementTotal> totals;
    for (const StatementLine& line : statement.lines) totals[line.costCenter] += line;
    return totals;
}

}  // namespace bursar::treasury
