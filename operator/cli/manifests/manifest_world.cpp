#include "operator/cli/manifests/manifest_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/api/schema/manifest_validation.hpp"
#include "operator/cli/manifests/repository.hpp"

namespace bursar::cli {
namespace {

using api::BurstLoan;
using api::Manifest;

constexpr const char* kGroupVersion = "bursar.dev/v1alpha1";

std::string textAt(const nlohmann::json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// What the API server takes from no file, so that nobody gives himself a promise or an age.
void dropWhatIsNotApplied(nlohmann::json& object) {
    if (!object.is_object()) return;
    object.erase("status");
    const auto metadata = object.find("metadata");
    if (metadata == object.end() || !metadata->is_object()) return;
    for (const char* name : {"creationTimestamp", "deletionTimestamp", "generation"}) metadata->erase(name);
}

// True where one field is the other, or lies within it.
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
        dropWhatIsNotApplied(manifest.object);
        const std::string version = textAt(manifest.object, "apiVersion");
        const std::string kind = textAt(manifest.object, "kind");
        if (version == "v1" && kind == "Namespace") {
            readNamespace(manifest.object);
        } else if (version != kGroupVersion) {
            return;  // another's object, which changes no grant
        } else if (kind == "AllocationPolicy") {
            add(kind, api::parseAllocationPolicy(manifest.object), before_.policies, policies_);
        } else if (kind == "TeamQuota") {
            add(kind, api::parseTeamQuota(manifest.object), before_.quotas, quotas_);
        } else if (kind == "BurstLoan") {
            add(kind, api::parseBurstLoan(manifest.object), before_.loans, loans_);
        }
    }

    template <typename T>
    void add(const std::string& kind, T object, const Objects<T>& before, Objects<T>& objects) {
        if (!settleNamespace(kind, object.meta)) return;
        for (const api::FieldError& error : object.errors) fail(error.field, error.message);
        if (!remember({kind, object.meta.ns, object.meta.name})) return;
        settle(object, before.find(object.meta).get());
        objects.put(std::make_shared<T>(std::move(object)));
    }

    // False where kubectl would refuse the namespace that the object names.
    bool settleNamespace(const std::string& kind, api::ObjectMeta& meta) {
        if (kind == "AllocationPolicy") {
            meta.ns.clear();
            return true;
        }
        if (rules_.ns.empty() || meta.ns == rules_.ns) return true;
        fail("metadata.namespace",
             fmt::format("\"{}\" is not the namespace given with -n, \"{}\"", meta.ns, rules_.ns));
        return false;
    }

    // Where an object is given twice kubectl applies both, so that the last one stays.
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

    void readNamespace(const nlohmann::json& object) {
        std::vector<api::FieldError> errors;
        const api::FieldReader root{object, "", errors};
        const std::string name = api::readObjectMeta(object).name;
        if (!remember({"Namespace", "", name})) return;
        namespaces_.insert(name);
        // kubectl adds to the labels that others gave a namespace.
        for (auto& [key, value] : root.child("metadata").textMap("labels")) read_.world.namespaces[name][key] = value;
        for (const api::FieldError& error : errors) fail(error.field.substr(1), error.message);
    }

    // Not what the API server's words have said already.
    void fail(const std::string& field, const std::string& message) {
        if (current_.reports(field)) return;
        read_.errors.push_back({current_.manifest->placeOf(field), field + ": " + message, field});
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
                if (source->second.reports(field)) continue;
                placed_.push_back({source->second.manifest->placeOf(field), problem.message, field});
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

std::string ObjectKey::toString() const { return kind + " " + (ns.empty() ? name : ns + "/" + name); }

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
