#include "operator/cli/validate/cross_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/treasury/decide.hpp"
#include "operator/cli/manifests/object_key.hpp"
#include "operator/cli/manifests/repository.hpp"

namespace bursar::cli {
namespace {

using api::Manifest;
using api::ManifestError;
using treasury::Problem;

using Key = ObjectKey;

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
            for (const Problem& problem : policy.problems) report({kPolicyKind, "", policy.name}, problem);
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
            result_.errors.push_back(givenTwice(key.toString(), manifest, *first->second));
        }
        if (!added || !checked.isSound) return;
        ParsedObject object = parseObject(manifest);
        if (auto* policy = std::get_if<api::AllocationPolicy>(&object)) {
            world_.policies.push_back(std::make_shared<api::AllocationPolicy>(std::move(*policy)));
        } else if (auto* quota = std::get_if<api::TeamQuota>(&object)) {
            world_.quotas.push_back(std::make_shared<api::TeamQuota>(std::move(*quota)));
        } else if (auto* loan = std::get_if<api::BurstLoan>(&object)) {
            world_.loans.push_back(std::make_shared<api::BurstLoan>(std::move(*loan)));
        } else if (auto* ns = std::get_if<NamespaceObject>(&object)) {
            world_.namespaces[ns->name] = std::move(ns->labels);  // its errors are the API server's to report
        }
    }

    void noteIdentities(const std::vector<Assumption>& assumptions) {
        for (const auto& [quota, problem] : assumptions) {
            note({kQuotaKind, quota->meta.ns, quota->meta.name}, problem.reason + quota->policy, problem.field,
                 problem.message + " (unless the namespace, which is not among the files, has it)");
        }
    }

    void judgeQuota(const treasury::QuotaDecision& quota) {
        const Key key{kQuotaKind, quota.ns, quota.name};
        if (!quota.problems.empty()) troubled_.insert(key);
        for (const Problem& problem : quota.problems) {
            if (problem.reason == api::reason::kPolicyInvalid) continue;  // the policy's own error says why
            if (problem.reason == api::reason::kPolicyNotFound) {
                judgeReference(key, problem, {kPolicyKind, "", quota.policy}, kinds_.contains({kPolicyKind, ""}));
            } else {
                report(key, problem);
            }
        }
    }

    void judgeLoan(const treasury::LoanDecision& loan) {
        const Key key{kLoanKind, loan.ns, loan.name};
        for (const Problem& problem : loan.problems) {
            const std::string quota = objects_.at(key)->object["spec"].value("teamQuota", "");
            if (problem.reason == api::reason::kQuotaNotFound) {
                judgeReference(key, problem, {kQuotaKind, loan.ns, quota}, kinds_.contains({kQuotaKind, loan.ns}));
            } else if (problem.reason != api::reason::kPolicyNotFound &&
                       !troubled_.contains({kQuotaKind, loan.ns, quota})) {
                report(key, problem);  // else the error of its TeamQuota says why
            }
        }
    }

    void judgeReference(const Key& key, const Problem& problem, const Key& target, bool holdsOthers) {
        if (objects_.contains(target)) return;  // it exists, and has an error of its own
        if (holdsOthers && complete_) return report(key, problem);
        note(key, problem.reason + target.name, problem.field,
             fmt::format("{} \"{}\" is not among the files; what it says is not checked", target.kind, target.name));
    }

    void report(const Key& key, const Problem& problem) {
        result_.errors.push_back(errorAt(*objects_.at(key), problem.field, problem.message));
    }

    // Notes on the same `subject` become one note, at the first place.
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
