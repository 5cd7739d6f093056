#include "controllers/gateways/envoy_rate_limit/config_maps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/gateways/envoy_rate_limit/config.hpp"

namespace bursar::gateways {
namespace {

using kube::Json;

constexpr std::size_t kMaxLabelValue = 63;

// The key of its ConfigMap, and its name in ratelimit's folder.
std::string fileName(const RateLimitFile& file) { return file.name + ".yaml"; }

std::string hashOf(const std::vector<RateLimitFile>& files) {
    std::map<std::string, std::string_view> named;
    for (const RateLimitFile& file : files) named[fileName(file)] = file.content;
    return setHash(named);
}

Json configMap(const std::string& ns, const std::string& label, const RateLimitFile& file, const std::string& set,
               std::size_t shards) {
    return Json{{"apiVersion", "v1"},
                {"kind", "ConfigMap"},
                {"metadata",
                 {{"name", file.name},
                  {"namespace", ns},
                  {"labels", {{kManagedByLabel, kManagedByValue}, {kGatewayLabel, label}}},
                  {"annotations", {{kSetAnnotation, set}, {kShardsAnnotation, std::to_string(shards)}}}}},
                {"data", {{fileName(file), file.content}}}};
}

// True where everything we own in a ConfigMap is as desired. Labels and annotations that others added do not matter.
bool isAsDesired(const Json& desired, const Json& current) {
    if (current.value("data", Json::object()) != desired["data"]) return false;
    if (!current.value("binaryData", Json::object()).empty()) return false;
    for (const char* part : {"labels", "annotations"}) {
        const Json have = current["metadata"].value(part, Json::object());
        for (const auto& [key, value] : desired["metadata"][part].items()) {
            if (have.value(key, "") != value) return false;
        }
    }
    return true;
}

bool isManaged(const Json& object) {
    return object["metadata"].value("labels", Json::object()).value(kManagedByLabel, "") == kManagedByValue;
}

std::string gatewayLabelOf(const Json& object) {
    return object["metadata"].value("labels", Json::object()).value(kGatewayLabel, "");
}

}  // namespace

const kube::Resource& configMapResource() {
    static const kube::Resource resource{"", "v1", "configmaps", "ConfigMap", true};
    return resource;
}

Result<bool> ConfigMapWriter::write(const Json& desired, const kube::Store& owned) {
    const kube::Key key = kube::keyOf(desired);
    const auto found = owned.find(key);
    if (found == owned.end()) {
        auto created = client_->create(configMapResource(), desired);
        if (created) return true;
        if (!created.error().isAlreadyExists()) return created.error();
        const auto there = client_->get(configMapResource(), key);
        if (there && isManaged(*there)) {
            return makeError(ErrorCode::Conflict,
                             fmt::format("ConfigMap {} exists, but the watch has not brought it yet", key.toString()));
        }
        return makeError(ErrorCode::AlreadyExists,
                         fmt::format("ConfigMap {} exists and was not made by Bursar (no label {}={}); choose another "
                                     "gateways[].envoyRateLimit.configMapPrefix, or delete it",
                                     key.toString(), kManagedByLabel, kManagedByValue));
    }
    if (isAsDesired(desired, *found->second)) return false;
    const std::string owner = gatewayLabelOf(*found->second);
    const std::string wanted = desired["metadata"]["labels"][kGatewayLabel];
    if (owner != wanted && !owner.empty()) {
        return makeError(ErrorCode::AlreadyExists,
                         fmt::format("ConfigMap {} belongs to the gateway {}; give each gateway its own "
                                     "gateways[].envoyRateLimit.configMapPrefix",
                                     key.toString(), owner));
    }
    Json object = *found->second;
    object["data"] = desired["data"];
    object.erase("binaryData");
    for (const char* part : {"labels", "annotations"}) {
        Json& target = object["metadata"][part];
        if (!target.is_object()) target = Json::object();
        target.update(desired["metadata"][part]);
    }
    auto replaced = client_->replace(configMapResource(), object, "");
    if (!replaced) return replaced.error();
    return true;
}

GatewayReport ConfigMapWriter::reconcile(const std::string& policy, const api::Gateway& gateway,
                                         std::span<const treasury::Limit> limits, const kube::Store& owned) {
    GatewayReport report;
    report.limits = limits.size();
    const api::EnvoyRateLimitGateway& block = gateway.envoyRateLimit;
    const std::string label = GatewayName{policy, gateway.name}.toString();
    if (label.size() > kMaxLabelValue) {
        report.error = makeError(ErrorCode::InvalidArgument,
                                 fmt::format("gateways[\"{0}\"].name: the label value \"{1}\" is longer than {2} "
                                             "characters; shorten the gateway's or the policy's name",
                                             gateway.name, label, kMaxLabelValue));
        return report;
    }
    RateLimitConfig config = renderRateLimitConfig(block.configMapPrefix, block.domain, limits);
    report.refusals = std::move(config.refusals);
    const std::string set = hashOf(config.files);
    std::set<std::string> names;
    for (const RateLimitFile& file : config.files) {
        names.insert(file.name);
        auto changed = write(configMap(block.ns, label, file, set, config.files.size()), owned);
        if (!changed) {
            report.error = changed.error();
            return report;
        }
        if (*changed) ++report.writes;
    }
    for (const auto& [key, object] : owned) {
        if (gatewayLabelOf(*object) != label || (key.ns == block.ns && names.contains(key.name))) continue;
        auto removed = client_->remove(configMapResource(), key, (*object)["metadata"].value("uid", ""), "");
        if (!removed && !removed.error().isNotFound()) {
            report.error = removed.error();
            return report;
        }
        // NotFound: we removed it before, and the watch is a little behind.
        if (removed) ++report.writes;
    }
    return report;
}

Result<void> ConfigMapWriter::removeUnused(const GatewaysInUse& inUse, const kube::Store& owned) {
    std::set<std::string> labels;
    for (const GatewayName& name : inUse.named) labels.insert(name.toString());
    const auto isKept = [&](const std::string& label) {
        return labels.contains(label) ||
               std::any_of(inUse.brokenPolicies.begin(), inUse.brokenPolicies.end(),
                           [&](const std::string& policy) { return label.starts_with(policy + "."); });
    };
    Result<void> outcome;
    for (const auto& [key, object] : owned) {
        const std::string label = gatewayLabelOf(*object);
        if (label.empty() || isKept(label)) continue;
        auto removed = client_->remove(configMapResource(), key, (*object)["metadata"].value("uid", ""), "");
        if (!removed && !removed.error().isNotFound() && outcome) outcome = removed.error();
    }
    return outcome;
}

}  // namespace bursar::gateways
