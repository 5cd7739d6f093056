#include "operator/cli/plan_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bursar::cli {
namespace {

using api::BurstLoan;
using api::Manifest;

constexpr const char* kGroupVersion = "bursar.dev/v1alpha1";

std::string textAt(const nlohmann::json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
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

// What was there before the manifests came.
struct Before {
    explicit Before(const treasury::World& world)
        : policies(world.policies), quotas(world.quotas), loans(world.loans) {}

    Objects<api::AllocationPolicy> policies;
    Objects<api::TeamQuota> quotas;
    Objects<BurstLoan> loans;
};

class WorldReader {
  public:
    // `start`: what the manifests are laid over. `before`: what of it, or beside it, was there earlier.
    WorldReader(const treasury::World& start, const treasury::World& before, bool inCluster, ReadingRules rules)
        : before_(before), policies_(start.policies), quotas_(start.quotas), loans_(start.loans),
          inCluster_(inCluster), rules_(std::move(rules)) {
        read_.world.namespaces = start.namespaces;
        read_.world.usage = start.usage;
        read_.world.record = start.record;
    }

    ManifestWorld read(const std::vector<Manifest>& manifests) {
        for (const Manifest& manifest : manifests) readOne(manifest);
        read_.world.policies = policies_.take();
        read_.world.quotas = quotas_.take();
        read_.world.loans = loans_.take();
        for (const auto& quota : read_.world.quotas) {
            // The API server gives every namespace this label, also one that no manifest describes.
            read_.world.namespaces[quota->meta.ns].try_emplace("kubernetes.io/metadata.name", quota->meta.ns);
        }
        return std::move(read_);
    }

  private:
    void readOne(const Manifest& manifest) {
        const std::string version = textAt(manifest.object, "apiVersion");
        const std::string kind = textAt(manifest.object, "kind");
        if (version == "v1" && kind == "Namespace") {
            readNamespace(manifest);
        } else if (version != kGroupVersion) {
            return;  // another's object, which changes no grant
        } else if (kind == "AllocationPolicy") {
            add(manifest, kind, api::parseAllocationPolicy(manifest.object), before_.policies, policies_);
        } else if (kind == "TeamQuota") {
            add(manifest, kind, api::parseTeamQuota(manifest.object), before_.quotas, quotas_);
        } else if (kind == "BurstLoan") {
            add(manifest, kind, api::parseBurstLoan(manifest.object), before_.loans, loans_);
        }
    }

    template <typename T>
    void add(const Manifest& manifest, const std::string& kind, T object, const Objects<T>& before, Objects<T>& objects) {
        if (!settleNamespace(manifest, kind, object.meta)) return;
        if (!remember(manifest, {kind, object.meta.ns, object.meta.name})) return;
        for (const api::FieldError& error : object.errors) fail(manifest, error.field, error.message);
        settle(object, before.find(object.meta).get());
        objects.put(std::make_shared<T>(std::move(object)));
    }

    // False where kubectl would refuse the namespace that the object names.
    bool settleNamespace(const Manifest& manifest, const std::string& kind, api::ObjectMeta& meta) {
        if (kind == "AllocationPolicy") {
            meta.ns.clear();
            return true;
        }
        if (meta.ns.empty()) meta.ns = rules_.ns.empty() ? "default" : rules_.ns;
        if (rules_.ns.empty() || meta.ns == rules_.ns) return true;
        fail(manifest, "metadata.namespace",
             fmt::format("\"{}\" is not the namespace given with -n, \"{}\"", meta.ns, rules_.ns));
        return false;
    }

    // Where an object is given twice kubectl applies both, so that the last one stays.
    bool remember(const Manifest& manifest, const ObjectKey& key) {
        if (key.name.empty()) {
            fail(manifest, "metadata.name", "is required");
            return false;
        }
        const auto [first, added] = read_.sources.try_emplace(key, &manifest);
        if (!added) {
            fail(manifest, "metadata.name",
                 fmt::format("{} is given twice, here and at {}; kubectl would apply both and keep this one: remove one "
                             "of them",
                             key.toString(), first->second->placeOf("metadata.name").toString()));
            first->second = &manifest;
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
        loan.record.reset();
        loan.deletedAt.reset();
        loan.finalizer = false;
        if (known == nullptr) return settleAge(loan.meta, nullptr);
        const bool same = sameRequest(loan, *known);
        if (!inCluster_) return settleAge(loan.meta, same ? &known->meta : nullptr);
        settleAge(loan.meta, &known->meta);
        if (!same) ++loan.meta.generation;
        loan.record = known->record;
        loan.deletedAt = known->deletedAt;
        loan.finalizer = known->finalizer;
    }

    void readNamespace(const Manifest& manifest) {
        std::vector<api::FieldError> errors;
        const api::FieldReader root{manifest.object, "", errors};
        const std::string name = api::readObjectMeta(manifest.object).name;
        if (!remember(manifest, {"Namespace", "", name})) return;
        // kubectl adds to the labels that others gave a namespace.
        for (auto& [key, value] : root.child("metadata").textMap("labels")) read_.world.namespaces[name][key] = value;
        for (const api::FieldError& error : errors) fail(manifest, error.field.substr(1), error.message);
    }

    void fail(const Manifest& manifest, const std::string& field, const std::string& message) {
        read_.errors.push_back({manifest.placeOf(field), field + ": " + message, field});
    }

    const Before before_;
    Objects<api::AllocationPolicy> policies_;
    Objects<api::TeamQuota> quotas_;
    Objects<BurstLoan> loans_;
    const bool inCluster_;
    const ReadingRules rules_;
    ManifestWorld read_;
};

// Problems that repeat what was reported where it is wrong: the fields of the object itself, or of its policy.
bool isReported(const treasury::Problem& problem) {
    return problem.reason == "InvalidSpec" || problem.reason == "PolicyInvalid";
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
        for (const auto& problem : problems) known_.insert({key, problem.message});
    }

    void add(const ObjectKey& key, const std::vector<treasury::Problem>& problems) {
        const auto source = world_.sources.find(key);
        for (const auto& problem : problems) {
            if (source == world_.sources.end()) {
                if (known_.contains({key, problem.message})) continue;
                placed_.push_back({{}, fmt::format("{} in the cluster: {}", key.toString(), problem.message), {}});
            } else if (!isReported(problem)) {
                // Every problem begins with the field it is about.
                const std::string field = problem.message.substr(0, problem.message.find(':'));
                placed_.push_back({source->second->placeOf(field), problem.message, field});
            }
        }
    }

    const ManifestWorld& world_;
    std::set<std::pair<ObjectKey, std::string>> known_;
    std::vector<api::ManifestError> placed_;
};

}  // namespace

std::string ObjectKey::toString() const { return kind + " " + (ns.empty() ? name : ns + "/" + name); }

ManifestWorld readManifestWorld(const std::vector<Manifest>& manifests, const ReadingRules& rules,
                                const treasury::World* earlier) {
    static const treasury::World kNothing;
    return WorldReader{kNothing, earlier == nullptr ? kNothing : *earlier, false, rules}.read(manifests);
}

ManifestWorld overlayCluster(const treasury::World& cluster, const std::vector<Manifest>& manifests,
                             const ReadingRules& rules) {
    return WorldReader{cluster, cluster, true, rules}.read(manifests);
}

std::vector<api::ManifestError> placeProblems(const ManifestWorld& world, const treasury::Decisions& decisions,
                                              const treasury::Decisions* before) {
    return ProblemPlacer{world, before}.place(decisions);
}

}  // namespace bursar::cli
