#include "operator/cli/cross_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "controllers/treasury/decide.hpp"

namespace bursar::cli {
namespace {

using api::Manifest;
using api::ManifestError;
using treasury::Problem;

constexpr const char* kPolicy = "AllocationPolicy";
constexpr const char* kQuota = "TeamQuota";
constexpr const char* kLoan = "BurstLoan";
constexpr const char* kNameLabel = "kubernetes.io/metadata.name";  // the API server gives it to every namespace

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

ManifestError errorAt(const Manifest& manifest, const std::string& message) {
    const std::size_t colon = message.find(": ");
    const bool hasField = message.rfind("spec.", 0) == 0 && colon != std::string::npos;
    const std::string field = hasField ? message.substr(0, colon) : "";
    return {manifest.placeOf(field), message, field};
}

// Labels with which the policy admits the team: what a namespace that the files do not hold is taken to carry.
api::Labels admittedLabels(const api::AllocationPolicy& policy, const std::string& team) {
    api::Labels labels = policy.namespaceSelector.matchLabels;
    for (const api::LabelSelector::Requirement& requirement : policy.namespaceSelector.matchExpressions) {
        if (requirement.op == api::LabelSelector::Operator::In && !requirement.values.empty()) {
            labels.try_emplace(requirement.key, requirement.values.front());
        } else if (requirement.op == api::LabelSelector::Operator::Exists) {
            labels.try_emplace(requirement.key);
        }
    }
    labels[policy.identityLabel] = team;
    return labels;
}

class TogetherChecker {
  public:
    TogetherChecker(const std::vector<CheckedManifest>& manifests, bool complete) : complete_(complete) {
        for (const CheckedManifest& checked : manifests) add(checked);
    }

    CrossCheck check() {
        for (const auto& [name, labels] : world_.namespaces) known_.insert(name);
        for (const auto& quota : world_.quotas) world_.namespaces[quota->meta.ns][kNameLabel] = quota->meta.ns;
        noteIdentities(treasury::decide(world_, Instant{}));
        assumeLabels();
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
            result_.errors.push_back(
                {manifest.placeOf("metadata.name"),
                 fmt::format("metadata.name: {} \"{}\" is given twice, first at {}; remove one", key.kind, key.name,
                             first->second->placeOf("metadata.name").toString()),
                 "metadata.name"});
        }
        if (!added || !checked.isSound) return;
        if (key.kind == kPolicy) {
            auto policy = std::make_shared<api::AllocationPolicy>(api::parseAllocationPolicy(manifest.object));
            policies_[key.name] = policy.get();
            world_.policies.push_back(std::move(policy));
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

    // What the namespaces would have to say, where the files do not hold them.
    void noteIdentities(const treasury::Decisions& decisions) {
        for (const treasury::QuotaDecision& quota : decisions.quotas) {
            if (known_.contains(quota.ns)) continue;
            for (const Problem& problem : quota.problems) {
                if (problem.reason != "TeamNotAllowed" && problem.reason != "NamespaceNotSelected") continue;
                note({kQuota, quota.ns, quota.name}, problem.reason + quota.policy,
                     problem.message + " (unless the namespace, which is not among the files, has it)");
            }
        }
    }

    void assumeLabels() {
        for (const auto& quota : world_.quotas) {
            const auto policy = policies_.find(quota->policy);
            if (known_.contains(quota->meta.ns) || policy == policies_.end()) continue;
            world_.namespaces[quota->meta.ns].merge(admittedLabels(*policy->second, quota->team));
        }
    }

    void judgeQuota(const treasury::QuotaDecision& quota) {
        const Key key{kQuota, quota.ns, quota.name};
        if (!quota.problems.empty()) troubled_.insert(key);
        for (const Problem& problem : quota.problems) {
            if (problem.reason == "PolicyInvalid") continue;  // the policy's own error says why
            const bool identity = problem.reason == "TeamNotAllowed" || problem.reason == "NamespaceNotSelected";
            if (identity && !known_.contains(quota.ns)) continue;  // noted
            if (problem.reason == "PolicyNotFound") {
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
            if (problem.reason == "QuotaNotFound") {
                judgeReference(key, problem, {kQuota, loan.ns, quota}, kinds_.contains({kQuota, loan.ns}));
            } else if (problem.reason != "PolicyNotFound" && !troubled_.contains({kQuota, loan.ns, quota})) {
                report(key, problem);  // else its TeamQuota's own error says why
            }
        }
    }

    void judgeReference(const Key& key, const Problem& problem, const Key& target, bool holdsOthers) {
        if (objects_.contains(target)) return;  // it is there, and has an error of its own
        if (holdsOthers && complete_) return report(key, problem);
        note(key, problem.reason + target.name,
             fmt::format("{}: {} \"{}\" is not among the files; what it says is not checked",
                         problem.message.substr(0, problem.message.find(": ")), target.kind, target.name));
    }

    void report(const Key& key, const Problem& problem) {
        result_.errors.push_back(errorAt(*objects_.at(key), problem.message));
    }

    // Notes of one `subject` are one, at the first place.
    void note(const Key& key, const std::string& subject, const std::string& message) {
        const auto [entry, added] = notes_.try_emplace(subject, errorAt(*objects_.at(key), message), 0);
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
    std::map<std::string, const api::AllocationPolicy*> policies_;
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
