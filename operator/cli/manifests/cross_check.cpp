#include "operator/cli/manifests/cross_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/treasury/decide.hpp"
#include "operator/cli/manifests/repository.hpp"

namespace bursar::cli {
namespace {

using api::Manifest;
using api::ManifestError;
using treasury::Problem;

constexpr const char* kPolicy = "AllocationPolicy";
constexpr const char* kQuota = "TeamQuota";
constexpr const char* kLoan = "BurstLoan";

struct Key {
    std::string kind;
    std::string ns;
    std::string name;

    auto operator<=>(const Key&) const = default;
};

Key keyOf(const Manifest& manifest) {
    const std::string kind = manifest.object.value("kind", "");
    const auto metadata = manifest.object.find("metadata");
    if (metadata == manifest.object.end() || !metadata->is_object()) return {kind, "", ""};
    const api::ObjectMeta meta = api::readObjectMeta(manifest.object);
    return {kind, meta.ns, meta.name};
}

ManifestError errorAt(const Manifest& manifest, const std::string& field, const std::string& message) {
    return {manifest.placeOf(field), message, field};
}

class TogetherChecker {
  public:
    TogetherChecker(const std::vector<CheckedManifest>& manifests, bool complete) : complete_(complete) {
        for (const CheckedManifest& checked : manifests) add(checked);
    }

    CrossCheck check() {
        for (const auto& [name, labels] : world_.namespaces) known_.insert(name);
        noteIdentities(assumeNamespaces(world_, known_));
        const treasury::Decisions decisions = treasury::decide(world_, Instant{});
        for (const treasury::PolicyDecision& policy : decisions.policies) {
            for (const Problem& problem : policy.problems) report({kPolicy, "", policy.name}, problem);
        }
        for (const treasury::QuotaDecision& quota : decisions.quotas) judgeQuota(quota);
        for (const treasury::LoanDecision& loan : decisions.loans) judgeLoan(loan);
        addNotes();
        return std::move(result_);
    }

  private:
    void add(const CheckedManifest& checked) {
        const Manifest& manifest = *checked.manifest;
        const Key key = keyOf(manifest);
        const auto [first, added] = objects_.try_emplace(key, &manifest);
        kinds_.insert({key.kind, key.ns});
        if (!added && !key.name.empty()) {
            const std::string name = key.ns.empty() ? key.name : key.ns + "/" + key.name;
            result_.errors.push_back(givenTwice(key.kind + " " + name, manifest, *first->second));
        }
        if (!added || !checked.isSound) return;
        if (key.kind == kPolicy) {
            world_.policies.push_back(
                std::make_shared<api::AllocationPolicy>(api::parseAllocationPolicy(manifest.object)));
        } else if (key.kind == kQuota) {
            world_.quotas.push_back(std::make_shared<api::TeamQuota>(api::parseTeamQuota(manifest.object)));
        } else if (key.kind == kLoan) {
            world_.loans.push_back(std::make_shared<api::BurstLoan>(api::parseBurstLoan(manifest.object)));
        } else if (key.kind == "Namespace") {
            addNamespace(manifest, key.name);
        }
    }

    void addNamespace(const Manifest& manifest, const std::string& name) {
        std::vector<api::FieldError> ignored;  // another's object: the API server judges it
        const api::FieldReader reader{manifest.object, "", ignored};
        world_.namespaces[name] = reader.child("metadata").textMap("labels");
    }

    void noteIdentities(const std::vector<Assumption>& assumptions) {
        for (const auto& [quota, problem] : assumptions) {
            note({kQuota, quota->meta.ns, quota->meta.name}, problem.reason + quota->policy, problem.field,
                 problem.message + " (unless the namespace, which is not among the files, has it)");
        }
    }

    void judgeQuota(const treasury::QuotaDecision& quota) {
        const Key key{kQuota, quota.ns, quota.name};
        if (!quota.problems.empty()) troubled_.insert(key);
        for (const Problem& problem : quota.problems) {
            if (problem.reason == api::reason::kPolicyInvalid) continue;  // the policy's own error says why
            if (problem.reason == api::reason::kPolicyNotFound) {
                judgeReference(key, problem, {kPolicy, "", quota.policy}, kinds_.contains({kPolicy, ""}));
            } else {
                report(key, problem);
            }
        }
    }

    void judgeLoan(const treasury::LoanDecision& loan) {
        const Key key{kLoan, loan.ns, loan.name};
        for (const Problem& problem : loan.problems) {
            const std::string quota = objects_.at(key)->object["spec"].value("teamQuota", "");
            if (problem.reason == api::reason::kQuotaNotFound) {
                judgeReference(key, problem, {kQuota, loan.ns, quota}, kinds_.contains({kQuota, loan.ns}));
            } else if (problem.reason != api::reason::kPolicyNotFound &&
                       !troubled_.contains({kQuota, loan.ns, quota})) {
                report(key, problem);  // else its TeamQuota's own error says why
            }
        }
    }

    void judgeReference(const Key& key, const Problem& problem, const Key& target, bool holdsOthers) {
        if (objects_.contains(target)) return;  // it is there, and has an error of its own
        if (holdsOthers && complete_) return report(key, problem);
        note(key, problem.reason + target.name, problem.field,
             fmt::format("{} \"{}\" is not among the files; what it says is not checked", target.kind, target.name));
    }

    void report(const Key& key, const Problem& problem) {
        result_.errors.push_back(errorAt(*objects_.at(key), problem.field, problem.message));
    }

    // Notes of one `subject` are one, at the first place.
    void note(const Key& key, const std::string& subject, const std::string& field, const std::string& message) {
        const auto [entry, added] = notes_.try_emplace(subject, errorAt(*objects_.at(key), field, message), 0);
        if (!added) ++entry->second.second;
    }

    void addNotes() {
        for (auto& [subject, entry] : notes_) {
            auto& [first, others] = entry;
            if (others > 0) first.message += fmt::format(" ({} more like it)", others);
            result_.notes.push_back(std::move(first));
        }
    }

    const bool complete_;
    std::map<Key, const Manifest*> objects_;
    std::set<std::pair<std::string, std::string>> kinds_;  // kind and namespace of the objects
    treasury::World world_;
    std::set<std::string> known_;  // namespaces among the files
    std::set<Key> troubled_;
    std::map<std::string, std::pair<ManifestError, int>> notes_;
    CrossCheck result_;
};

}  // namespace

CrossCheck checkTogether(const std::vector<CheckedManifest>& manifests, bool complete) {
    return TogetherChecker{manifests, complete}.check();
}

}  // namespace bursar::cli
