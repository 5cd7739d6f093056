#include "operator/cli/prices/prices_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "controllers/api/schema/manifest_validation.hpp"
#include "controllers/cluster/resources.hpp"
#include "operator/cli/manifests/object_key.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/text/text_table.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/bounded_text.hpp"
#include "operator/runtime/base/calendar_day.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {
namespace {

using api::AllocationPolicy;

constexpr std::size_t kMostTableBytes = 64 << 20;
constexpr std::size_t kMostNameBytes = 80;  // of a model in a table for people

Error wrongOption(std::string message) { return makeError(ErrorCode::InvalidArgument, std::move(message)); }
Error unusable(std::string message) { return makeError(ErrorCode::Internal, std::move(message)); }

std::string shownName(const std::string& name) { return shortened(printable(name), kMostNameBytes); }

Result<std::string> readFile(const std::string& path, std::istream& in) {
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file) return makeError(ErrorCode::NotFound, fmt::format("{}: cannot be opened", path));
    }
    std::istream& from = path == "-" ? in : file;
    auto text = readBounded(from, kMostTableBytes);
    if (!text) {
        return unusable(fmt::format("{}: is larger than {} MiB, which no price table is", path, kMostTableBytes >> 20));
    }
    return std::move(*text);
}

Result<std::vector<AllocationPolicy>> policiesOfFiles(const PricesOptions& options, std::istream& in) {
    api::ManifestSet set = api::readManifests(options.files, false, in);
    if (!set.errors.empty()) return unusable(set.errors.front().toString());
    std::vector<AllocationPolicy> policies;
    for (api::Manifest& manifest : set.manifests) {
        if (!api::isBursars(manifest) || keyOf(manifest).kind != kPolicyKind) continue;
        const auto errors = api::validateManifest(manifest, "");
        if (!errors.empty()) return unusable(errors.front().toString());
        AllocationPolicy policy = api::parseAllocationPolicy(manifest.object);
        if (options.policy.empty() || policy.meta.name == options.policy) policies.push_back(std::move(policy));
    }
    if (policies.empty()) {
        const std::string which = options.policy.empty() ? "" : fmt::format(" \"{}\"", options.policy);
        return makeError(ErrorCode::NotFound,
                         fmt::format("{}: holds no AllocationPolicy{}", options.files.front(), which));
    }
    return policies;
}

Result<std::vector<AllocationPolicy>> policyOfCluster(const PricesOptions& options, const Surroundings& surroundings) {
    const auto client = surroundings.connect();
    if (!client) return makeError(ErrorCode::Unavailable, client.error().message);
    const auto object = (*client)->get(cluster::allocationPolicies(), {"", options.policy});
    if (!object) return object.error();
    return std::vector{api::parseAllocationPolicy(*object)};
}

Result<std::vector<AllocationPolicy>> readPolicies(const PricesOptions& options, const Surroundings& surroundings) {
    auto policies = options.live ? policyOfCluster(options, surroundings) : policiesOfFiles(options, surroundings.in);
    if (!policies) return policies;
    for (const AllocationPolicy& policy : *policies) {
        if (policy.pricing.models.empty()) {
            return unusable(
                fmt::format("AllocationPolicy \"{}\" has no prices: spec.pricing.models is empty", policy.meta.name));
        }
    }
    return policies;
}

Result<Instant> timeOf(const PricesOptions& options, Instant now) {
    if (options.at.empty()) return now;
    auto at = parseInstant(options.at);
    if (!at) at = parseDay(options.at);
    if (!at) return wrongOption(fmt::format("--at: \"{}\" is not a day; write it as 2026-11-24", options.at));
    return *at;
}

Result<std::vector<PriceCheck>> check(const PricesOptions& options, const Surroundings& surroundings) {
    const auto at = timeOf(options, surroundings.now);
    if (!at) return at.error();
    const auto multiplier = api::parsePrice(options.multiplier);
    if (!multiplier || multiplier->billionths == 0) {
        return wrongOption(
            fmt::format("--multiplier: \"{}\" is not a decimal above 0, such as 0.92", options.multiplier));
    }
    const auto policies = readPolicies(options, surroundings);
    if (!policies) return policies.error();
    const auto text = readFile(options.prices, surroundings.in);
    if (!text) return text.error();
    const auto table = parsePriceTable(*text);
    if (!table) return unusable(fmt::format("{}: {}", options.prices, table.error().message));
    std::vector<PriceCheck> checks;
    for (const AllocationPolicy& policy : *policies) checks.push_back(checkPrices(policy, *table, *multiplier, *at));
    return checks;
}

std::string namesOf(const std::vector<api::TokenType>& types) {
    std::vector<std::string_view> names;
    names.reserve(types.size());
    for (const api::TokenType type : types) names.push_back(toString(type));
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string renderOne(const PriceCheck& check) {
    std::string text =
        fmt::format("{}: {} models of the table have a price in it; {} prices differ ({} per million tokens)\n",
                    check.policy, check.models, check.differences.size(), check.currency);
    std::vector<std::vector<std::string>> rows;
    for (const PriceDifference& differs : check.differences) {
        rows.push_back({shownName(differs.model), shownName(differs.glob), std::string{toString(differs.type)},
                        formatPrice(differs.policy), formatPrice(differs.table)});
    }
    if (!rows.empty()) {
        text += renderColumns({"MODEL", "PRICED AS", "TYPE", "POLICY", "TABLE"},
                              {Align::Left, Align::Left, Align::Left, Align::Right, Align::Right}, rows, 2);
    }
    for (const UnpricedModel& model : check.unpriced) {
        text += fmt::format("  {}: the table has no price for {}\n", shownName(model.model), namesOf(model.missing));
    }
    for (const std::string& glob : check.unknown) {
        text += fmt::format("  {}: the table has no such model\n", shownName(glob));
    }
    return text;
}

}  // namespace

std::string renderTable(const std::vector<PriceCheck>& checks) {
    std::string text;
    for (const PriceCheck& check : checks) text += renderOne(check);
    return text;
}

nlohmann::json describe(const std::vector<PriceCheck>& checks) {
    nlohmann::json out = {{"policies", nlohmann::json::array()}};
    for (const PriceCheck& check : checks) {
        nlohmann::json policy = {{"name", check.policy},
                                 {"currency", check.currency},
                                 {"models", check.models},
                                 {"differences", nlohmann::json::array()},
                                 {"unpriced", nlohmann::json::array()},
                                 {"unknown", check.unknown}};
        for (const PriceDifference& differs : check.differences) {
            policy["differences"].push_back({{"model", differs.model},
                                             {"glob", differs.glob},
                                             {"type", toString(differs.type)},
                                             {"policyPerMillion", formatPrice(differs.policy)},
                                             {"tablePerMillion", formatPrice(differs.table)}});
        }
        for (const UnpricedModel& model : check.unpriced) {
            nlohmann::json missing = nlohmann::json::array();
            for (const api::TokenType type : model.missing) missing.push_back(toString(type));
            policy["unpriced"].push_back({{"model", model.model}, {"glob", model.glob}, {"missing", missing}});
        }
        out["policies"].push_back(std::move(policy));
    }
    return out;
}

Answer runPricesCheck(const PricesOptions& options, const Surroundings& surroundings) {
    const auto checks = check(options, surroundings);
    if (!checks) {
        return {"", fmt::format("bursar prices: {}\n", checks.error().message), exitCodeOf(checks.error())};
    }
    const bool differs =
        std::any_of(checks->begin(), checks->end(), [](const PriceCheck& one) { return !one.differences.empty(); });
    const int code = differs ? kRefused : 0;
    if (options.json) return {jsonText(describe(*checks), 2) + "\n", "", code};
    return {renderTable(*checks), "", code};
}

}  // namespace bursar::cli
