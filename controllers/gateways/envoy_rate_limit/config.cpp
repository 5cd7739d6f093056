#include "controllers/gateways/envoy_rate_limit/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/sha256.hpp"

namespace bursar::gateways {
namespace {

using api::formatThousands;

// Teams choose the names. A JSON string is a valid YAML string, whatever characters it holds.
std::string quoted(const std::string& text) { return asciiJsonText(nlohmann::json(text)); }

// Only counts: shadow mode never refuses. `unlimited` would not do, because ratelimit (2026-01) answers it without
// counting. A window of a second keeps the keys in Redis short-lived; Bursar reads the metric.
constexpr std::string_view kMeter =
    "- key: meter\n"
    "  value: tokens\n"
    "  descriptors:\n"
    "  - key: team\n"
    "    value_to_metric: true\n"
    "    descriptors:\n"
    "    - key: pool\n"
    "      value_to_metric: true\n"
    "      descriptors:\n"
    "      - key: model\n"
    "        value_to_metric: true\n"
    "        descriptors:\n"
    "        - key: token_type\n"
    "          value_to_metric: true\n"
    "          shadow_mode: true\n"
    "          rate_limit: {unit: second, requests_per_unit: 4294967295}\n";

// A team without any grant gets no call at all: the request itself counts 1 against 0.
constexpr std::string_view kRefuseOthers =
    "- key: team\n"
    "  descriptors:\n"
    "  - key: pool\n"
    "    descriptors:\n"
    "    - {key: admit, rate_limit: {unit: second, requests_per_unit: 0}}\n";

// Refuses a team's requests to pools in which it has no grant. ratelimit does not fall back to the default of another
// branch, so every team needs its own.
constexpr std::string_view kRefuseOtherPools =
    "  - key: pool\n"
    "    descriptors:\n"
    "    - {key: admit, rate_limit: {unit: second, requests_per_unit: 0}}\n";

std::string_view unitOf(api::BudgetWindow window) {
    switch (window) {
        case api::BudgetWindow::Minute:
            return "minute";
        case api::BudgetWindow::Hour:
            return "hour";
        case api::BudgetWindow::Day:
            return "day";
    }
    return "day";
}

std::string windowLine(std::string_view unit, std::int64_t tokens) {
    return fmt::format("    - {{key: window, value: {0}, rate_limit: {{unit: {0}, requests_per_unit: {1}}}}}\n", unit,
                       tokens);
}

class Renderer {
  public:
    explicit Renderer(std::vector<Refusal>& refusals) : refusals_(refusals) {}

    // All limits of one team.
    std::string team(std::span<const treasury::Limit> limits) {
        std::string text = fmt::format("- key: team\n  value: {}\n  descriptors:\n", quoted(limits.front().team));
        for (const treasury::Limit& limit : limits) text += pool(limit);
        return text.append(kRefuseOtherPools);
    }

  private:
    std::string pool(const treasury::Limit& limit) {
        std::string text = fmt::format("  - key: pool\n    value: {}\n    descriptors:\n", quoted(limit.pool));
        // An admission that is not listed is not limited: only a team without a grant needs this line.
        if (limit.tokensPerWindow.isZero()) {
            text += "    - {key: admit, value: request, rate_limit: {unit: second, requests_per_unit: 0}}\n";
        }
        std::int64_t budget = expressible(limit, limit.tokensPerWindow.value(), "tokensPerWindow");
        if (limit.window == api::BudgetWindow::Minute) {
            if (limit.tokensPerMinute) budget = std::min(budget, limit.tokensPerMinute->value());
            return text + windowLine("minute", budget);
        }
        text += windowLine(unitOf(limit.window), budget);
        if (limit.tokensPerMinute) {
            text += windowLine("minute", expressible(limit, limit.tokensPerMinute->value(), "tokensPerMinute"));
        }
        return text;
    }

    std::int64_t expressible(const treasury::Limit& limit, std::int64_t tokens, std::string_view what) {
        if (tokens <= kRateLimitMaxTokens) return tokens;
        refusals_.push_back(
            {limit.team, limit.pool,
             fmt::format(
                 "pool \"{}\": the grant of {} ({}) is more than envoyproxy/ratelimit can express; it enforces "
                 "{} {}. Give the pool a shorter window in the AllocationPolicy, or split it into several pools",
                 limit.pool, formatThousands(tokens), what, formatThousands(kRateLimitMaxTokens),
                 what == "tokensPerMinute" ? "a minute" : api::perWindow(limit.window))});
        return kRateLimitMaxTokens;
    }

    std::vector<Refusal>& refusals_;
};

}  // namespace

RateLimitConfig renderRateLimitConfig(const std::string& prefix, const std::string& domain,
                                      std::span<const treasury::Limit> limits, std::size_t maxBytes) {
    RateLimitConfig config;
    Renderer renderer{config.refusals};
    const std::string head = fmt::format("domain: {}\ndescriptors:\n", quoted(domain));
    std::string content = head + std::string(kMeter) + std::string(kRefuseOthers);
    const auto close = [&] {
        config.files.push_back({fmt::format("{}-{}", prefix, config.files.size()), std::move(content)});
        content = head;
    };
    for (auto first = limits.begin(); first != limits.end();) {
        const auto last =
            std::find_if(first, limits.end(), [&](const auto& limit) { return limit.team != first->team; });
        const std::string team = renderer.team({first, last});
        if (content.size() > head.size() && content.size() + team.size() > maxBytes) close();
        content += team;
        first = last;
    }
    close();
    return config;
}

std::string setHash(const std::map<std::string, std::string_view>& files) {
    Sha256 digest;
    for (const auto& [name, content] : files) {
        digest.update({name.c_str(), name.size() + 1});  // with its NUL as separator
        digest.update(content);
    }
    return digest.finish();
}

}  // namespace bursar::gateways
