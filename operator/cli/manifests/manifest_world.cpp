#include "operator/cli/manifests/manifest_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/schema/manifest_validation.hpp"
#include "operator/cli/manifests/repository.hpp"

namespace bursar::cli {
namespace {

using api::BurstLoan;
using api::Manifest;

// Erases what the API server takes from no file: a manifest must not give itself a promise or an age.
void eraseServerFields(nlohmann::json& object) {
    if (!object.is_object()) return;
    object.erase("status");
    const auto metadata = object.find("metadata");
    if (metadata == object.end() || !metadata->is_object()) return;
    for (const char* name : {"creationTimestamp", "deletionTimestamp", "generation"}) metadata->erase(name);
}

// True if one field is the other, or within it.
bool related(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '.' || b[a.size()] == '[');
}

bool sameRequest(const BurstLoan& a, const BurstLoan& b) {
    return a.teamQuota == b.teamQuota && a.pool == b.pool && a.tokens == b.tokens &&
           a.tokensPerMinute == b.tokensPerMinute && a.start == b.start && a.end == b.end && a.reason == b.reason &&
           a.acceptPartial == b.acceptPartial;
}

// Objects of one kind by namespace and name.
template <typename T>
class Objects {
  public:
    using Pointer = std::shared_ptr<const T>;

    explicit Objects(const std::vector<Pointer>& all) {
        for (const Pointer& object : all) put(object);
    }

    [[nodiscard]] Pointer find(const api::ObjectMeta& meta) const {
        const auto found = objects_.find({meta.ns, meta.name});
        return found == objects_.end() ? nullptr : found->second;
    }

    void put(Pointer object) {
        auto key = std::pair{object->meta.ns, object->meta.name};
        objects_[std::move(key)] = std::move(object);
    }

    [[nodiscard]] std::vector<Pointer> take() {
        std::vector<Pointer> all;
        for (auto& [key, object] : objects_) all.push_back(std::move(object));
        return all;
    }

  private:
    std::map<std::pair<std::string, std::string>, Pointer> objects_;
};

// The objects before the manifests were applied.
struct Before {
    explicit Before(const treasury::World& world)
        : policies(world.policies), quotas(world.quotas), loans(world.loans) {}

    Objects<api::AllocationPolicy> policies;
    Objects<api::TeamQuota> quotas;
    Objects<BurstLoan> loans;
};

class WorldReader {
  public:
    // `start`: the World to which the manifests are applied. `before`: the World with the objects there were earlier.
    WorldReader(const treasury::World& start, const treasury::World& before, bool inCluster, ReadingRules rules)
        : before_(before),
          policies_(start.policies),
          quotas_(start.quotas),
          loans_(start.loans),
          inCluster_(inCluster),
          rules_(std::move(rules)) {
        read_.world.namespaces = start.namespaces;
        read_.world.usage = start.usage;
        read_.world.record = start.record;
        read_.world.remembered = start.remembered;
        read_.world.recentBaselines = start.recentBaselines;
    }

    ManifestWorld read(std::vector<Manifest>& manifests) {
        for (Manifest& manifest : manifests) readOne(manifest);
        read_.world.policies = policies_.take();
        read_.world.quotas = quotas_.take();
        read_.world.loans = loans_.take();
        std::set<std::string> known = namespaces_;
        if (inCluster_) {
            for (const auto& [name, labels] : read_.world.namespaces) known.insert(name);
        }
        for (const Assumption& assumed : assumeNamespaces(read_.world, known)) {
            read_.notes.push_back(
                fmt::format("namespace \"{}\" is not among the files; it is taken to speak for team \"{}\" "
                            "under AllocationPolicy \"{}\"",
                            assumed.quota->meta.ns, assumed.quota->team, assumed.quota->policy));
        }
        return std::move(read_);
    }

  private:
    void readOne(Manifest& manifest) {
        current_ = {&manifest, {}};
        for (api::ManifestError& error :
             api::validateManifest(manifest, rules_.ns.empty() ? rules_.unnamed : rules_.ns)) {
            current_.wrongFields.push_back(error.field);
            read_.errors.push_back(std::move(error));
        }
        eraseServerFields(manifest.object);
        const ObjectKey key = keyOf(manifest);
        ParsedObject object = parseObject(manifest);
        if (auto* policy = std::get_if<api::AllocationPolicy>(&object)) {
            add(key, std::move(*policy), before_.policies, policies_);
        } else if (auto* quota = std::get_if<api::TeamQuota>(&object)) {
            add(key, std::move(*quota), before_.quotas, quotas_);
        } else if (auto* loan = std::get_if<BurstLoan>(&object)) {
            add(key, std::move(*loan), before_.loans, loans_);
        } else if (const auto* ns = std::get_if<NamespaceObject>(&object)) {
            addNamespace(key, *ns);
        }
    }

    template <typename T>
    void add(const ObjectKey& key, T object, const Objects<T>& before, Objects<T>& objects) {
        object.meta.ns = key.ns;
        if (!isAllowed(key)) return;
        for (const api::FieldError& error : object.errors) fail(error.field, error.message);
        if (!remember(key)) return;
        settle(object, before.find(object.meta).get());
        objects.put(std::make_shared<T>(std::move(object)));
    }

    // False where kubectl would refuse the namespace that the object names.
    bool isAllowed(const ObjectKey& key) {
        if (key.kind == kPolicyKind || rules_.ns.empty() || key.ns == rules_.ns) return true;
        fail("metadata.namespace", fmt::format("\"{}\" is not the namespace given with -n, \"{}\"", key.ns, rules_.ns));
        return false;
    }

    // If an object is given twice, kubectl applies both, and the last one stays.
    bool remember(const ObjectKey& key) {
        if (key.name.empty()) {
            fail("metadata.name", "is required");
            return false;
        }
        const auto [first, added] = read_.sources.try_emplace(key, current_);
        if (!added) {
            read_.errors.push_back(givenTwice(key.toString(), *current_.manifest, *first->second.manifest));
            first->second = current_;
        }
        return true;
    }

    void settleAge(api::ObjectMeta& meta, const api::ObjectMeta* known) const {
        meta.generation = inCluster_ && known != nullptr ? known->generation : 1;
        meta.created = rules_.at;
        if (known != nullptr) meta.created = inCluster_ ? known->created : rules_.at - Duration{1};
    }

    void settle(api::AllocationPolicy& policy, const api::AllocationPolicy* known) const {
        settleAge(policy.meta, known == nullptr ? nullptr : &known->meta);
    }

    void settle(api::TeamQuota& quota, const api::TeamQuota* known) const {
        settleAge(quota.meta, known == nullptr ? nullptr : &known->meta);
    }

    void settle(BurstLoan& loan, const BurstLoan* known) const {
        if (known == nullptr) return settleAge(loan.meta, nullptr);
        const bool same = sameRequest(loan, *known);
        if (!inCluster_) return settleAge(loan.meta, same ? &known->meta : nullptr);
        settleAge(loan.meta, &known->meta);
        if (!same) ++loan.meta.generation;
        loan.record = known->record;
        loan.deletedAt = known->deletedAt;
        loan.finalizer = known->finalizer;
    }

    void addNamespace(const ObjectKey& key, const NamespaceObject& object) {
        if (!remember(key)) return;
        namespaces_.insert(object.name);
        // kubectl adds to the labels that others gave a namespace.
        for (const auto& [label, value] : object.labels) read_.world.namespaces[object.name][label] = value;
        for (const api::FieldError& error : object.errors) fail(error.field, error.message);
    }

    // Adds an error, unless the API server's own validation reported the field already.
    void fail(const std::string& field, const std::string& message) {
        if (current_.reports(field)) return;
        read_.errors.push_back({current_.manifest->placeOf(field), message, field});
    }

    const Before before_;
    Objects<api::AllocationPolicy> policies_;
    Objects<api::TeamQuota> quotas_;
    Objects<BurstLoan> loans_;
    const bool inCluster_;
    const ReadingRules rules_;
    std::set<std::string> namespaces_;  // that the manifests hold
    Source current_;                    // the manifest that is being read
    ManifestWorld read_;
};

// True for problems that repeat errors of fields, of the object itself or of its policy.
bool isReported(const treasury::Problem& problem) {
    return problem.reason == api::reason::kInvalidSpec || problem.reason == api::reason::kPolicyInvalid;
}

class ProblemPlacer {
  public:
    ProblemPlacer(const ManifestWorld& world, const treasury::Decisions* before) : world_(world) {
        if (before == nullptr) return;
        for (const auto& quota : before->quotas) know({"TeamQuota", quota.ns, quota.name}, quota.problems);
        for (const auto& loan : before->loans) know({"BurstLoan", loan.ns, loan.name}, loan.problems);
    }

    std::vector<api::ManifestError> place(const treasury::Decisions& decisions) {
        for (const auto& quota : decisions.quotas) add({"TeamQuota", quota.ns, quota.name}, quota.problems);
        for (const auto& loan : decisions.loans) add({"BurstLoan", loan.ns, loan.name}, loan.problems);
        return std::move(placed_);
    }

  private:
    void know(const ObjectKey& key, const std::vector<treasury::Problem>& problems) {
        for (const auto& problem : problems) known_.insert({key, problem.toString()});
    }

    void add(const ObjectKey& key, const std::vector<treasury::Problem>& problems) {
        const auto source = world_.sources.find(key);
        for (const auto& problem : problems) {
            if (source == world_.sources.end()) {
                if (known_.contains({key, problem.toString()})) continue;
                placed_.push_back({{}, fmt::format("{} in the cluster: {}", key.toString(), problem.toString()), {}});
            } else if (!isReported(problem)) {
                if (!problem.field.empty() && source->second.reports(problem.field)) continue;
                placed_.push_back({source->second.manifest->placeOf(problem.field), problem.message, problem.field});
            }
        }
    }

    const ManifestWorld& world_;
    std::set<std::pair<ObjectKey, std::string>> known_;
    std::vector<api::ManifestError> placed_;
};

}  // namespace

bool Source::reports(std::string_view field) const {
    return std::any_of(wrongFields.begin(), wrongFields.end(),
                       [&](const std::string& wrong) { return related(wrong, field); });
}

ManifestWorld readManifestWorld(std::vector<Manifest>& manifests, const ReadingRules& rules,
                                const treasury::World* earlier) {
    static const treasury::World kNothing;
    return WorldReader{kNothing, earlier == nullptr ? kNothing : *earlier, false, rules}.read(manifests);
}

ManifestWorld overlayCluster(const treasury::World& cluster, std::vector<Manifest>& manifests,
                             const ReadingRules& rules) {
    return WorldReader{cluster, cluster, true, rules}.read(manifests);
}

std::vector<api::ManifestError> placeProblems(const ManifestWorld& world, const treasury::Decisions& decisions,
                                              const treasury::Decisions* before) {
    return ProblemPlacer{world, before}.place(decisions);
}

}  // namespace bursar::cli
