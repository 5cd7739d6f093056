#include "operator/cli/manifests/plan_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "controllers/cluster/live_world.hpp"
#include "controllers/treasury/decide.hpp"
#include "operator/cli/manifests/history_file.hpp"

namespace bursar::cli {
namespace {

Result<treasury::World> readCluster(const PlanOptions& options, const Surroundings& surroundings,
                                    std::vector<std::string>& notes) {
    const auto client = surroundings.connect();
    if (!client) return client.error();
    auto world = cluster::readWorld(**client);
    if (!world) return world.error();
    if (options.history.empty()) {
        notes = cluster::readRecord(*ledger::openLedger(options.ledger, *client, ledger::Access::Read), *world);
    } else {
        world->remembered.clear();  // --history replaces the cluster's record
    }
    return world;
}

Result<treasury::World> readBase(const PlanOptions& options, const Surroundings& surroundings,
                                 const ReadingRules& rules, std::vector<std::string>& notes) {
    for (const std::string& path : options.base) {
        if (path != "-" && !std::filesystem::exists(path)) {
            return makeError(ErrorCode::NotFound, fmt::format("--base: {}: there is no such file or folder", path));
        }
    }
    api::ManifestSet set = api::readManifests(options.base, options.recursive, surroundings.in);
    ManifestWorld base = readManifestWorld(set.manifests, rules, nullptr);
    // Errors in the base are notes, not errors: the change may be the one that corrects them.
    const std::size_t wrong = set.errors.size() + base.errors.size();
    if (wrong > 0) {
        const api::ManifestError& first = set.errors.empty() ? base.errors.front() : set.errors.front();
        notes.push_back(fmt::format("the base has {} errors, first: {}", wrong, first.toString()));
    }
    return std::move(base.world);
}

Result<Instant> timeOf(const PlanOptions& options, Instant now) {
    if (options.at.empty()) return now;
    const auto at = parseInstant(options.at);
    if (!at) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("--at: \"{}\" is not a time; write it as 2026-11-24T08:00:00Z", options.at));
    }
    return *at;
}

void sortOnce(std::vector<api::ManifestError>& errors) {
    const auto key = [](const api::ManifestError& e) {
        return std::tuple{e.place.file, e.place.line, e.place.column, e.text()};
    };
    std::sort(errors.begin(), errors.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
    errors.erase(
        std::unique(errors.begin(), errors.end(), [&](const auto& a, const auto& b) { return key(a) == key(b); }),
        errors.end());
}

template <typename T>
void append(std::vector<T>& all, std::vector<T> more) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
}

class InputReader {
  public:
    InputReader(const PlanOptions& options, const Surroundings& surroundings)
        : options_(options), surroundings_(surroundings) {}

    Result<PlanInputs> read() {
        const auto at = timeOf(options_, surroundings_.now);
        if (!at) return at.error();
        inputs_.at = *at;
        auto rules = readingRules(*at);
        if (!rules) return rules.error();
        inputs_.manifests = api::readManifests(options_.files, options_.recursive, surroundings_.in);
        if (auto read = readBefore(*rules); !read) return read.error();
        inputs_.after = options_.live ? overlayCluster(*inputs_.before, inputs_.manifests.manifests, *rules)
                                      : readManifestWorld(inputs_.manifests.manifests, *rules,
                                                          inputs_.before ? &*inputs_.before : nullptr);
        append(inputs_.notes, std::move(inputs_.after.notes));
        if (auto read = readHistory(); !read) return read.error();
        decide();
        return std::move(inputs_);
    }

  private:
    // `kubectl apply` puts objects that name no namespace into the context's namespace.
    Result<ReadingRules> readingRules(Instant at) const {
        ReadingRules rules{at, options_.ns};
        if (!options_.live || !options_.ns.empty() || options_.files.empty()) return rules;
        auto own = surroundings_.contextNamespace();
        if (!own) return own.error();
        rules.unnamed = std::move(*own);
        return rules;
    }

    Result<void> readBefore(const ReadingRules& rules) {
        if (!options_.live && options_.base.empty()) return {};
        auto before = options_.live ? readCluster(options_, surroundings_, inputs_.notes)
                                    : readBase(options_, surroundings_, rules, inputs_.notes);
        if (!before) return before.error();
        inputs_.before = std::move(*before);
        return {};
    }

    Result<void> readHistory() {
        if (options_.history.empty()) return {};
        auto history = readHistoryFile(options_.history, inputs_.at);
        if (!history) return history.error();
        HistoryFindings findings = applyHistory(*history, inputs_.at, inputs_.after.world);
        append(inputs_.errors, std::move(history->errors));
        append(inputs_.errors, std::move(findings.errors));
        append(inputs_.notes, std::move(findings.notes));
        // Findings about the base are ignored: only the new manifests can be corrected.
        if (inputs_.before) applyHistory(*history, inputs_.at, *inputs_.before);
        return {};
    }

    void decide() {
        inputs_.decisions = treasury::decide(inputs_.after.world, inputs_.at);
        if (inputs_.before) inputs_.decidedBefore = treasury::decide(*inputs_.before, inputs_.at);
        append(inputs_.errors, inputs_.manifests.errors);
        append(inputs_.errors, inputs_.after.errors);
        append(inputs_.errors, placeProblems(inputs_.after, inputs_.decisions,
                                             inputs_.decidedBefore ? &*inputs_.decidedBefore : nullptr));
        sortOnce(inputs_.errors);
    }

    const PlanOptions& options_;
    const Surroundings& surroundings_;
    PlanInputs inputs_;
};

}  // namespace

Result<PlanInputs> readPlanInputs(const PlanOptions& options, const Surroundings& surroundings) {
    return InputReader{options, surroundings}.read();
}

}  // namespace bursar::cli
