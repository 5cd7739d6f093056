#include "operator/cli/manifests/object_key.hpp"

#include "controllers/cluster/resources.hpp"

namespace bursar::cli {
namespace {

std::string textAt(const nlohmann::json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool isA(const kube::Resource& resource, const api::Manifest& manifest) {
    return textAt(manifest.object, "kind") == resource.kind &&
           textAt(manifest.object, "apiVersion") == resource.apiVersion();
}

NamespaceObject parseNamespace(const nlohmann::json& object) {
    NamespaceObject parsed;
    const api::FieldReader root{object, "", parsed.errors};
    parsed.name = api::readObjectMeta(object).name;
    parsed.labels = root.child("metadata").textMap("labels");
    for (api::FieldError& error : parsed.errors) error.field.erase(0, 1);  // the root's path is empty: `.metadata`
    return parsed;
}

}  // namespace

std::string ObjectKey::toString() const { return kind + " " + (ns.empty() ? name : ns + "/" + name); }

ObjectKey keyOf(const api::Manifest& manifest) {
    api::ObjectMeta meta = api::readObjectMeta(manifest.object);
    const std::string kind = textAt(manifest.object, "kind");
    if (kind == kPolicyKind || kind == kNamespaceKind) meta.ns.clear();
    return {kind, std::move(meta.ns), std::move(meta.name)};
}

bool isNamespace(const api::Manifest& manifest) { return isA(cluster::namespaces(), manifest); }

ParsedObject parseObject(const api::Manifest& manifest) {
    if (isA(cluster::allocationPolicies(), manifest)) return api::parseAllocationPolicy(manifest.object);
    if (isA(cluster::teamQuotas(), manifest)) return api::parseTeamQuota(manifest.object);
    if (isA(cluster::burstLoans(), manifest)) return api::parseBurstLoan(manifest.object);
    if (isNamespace(manifest)) return parseNamespace(manifest.object);
    return {};
}

}  // namespace bursar::cli
