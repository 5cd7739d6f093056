#include "controllers/api/schema/manifest_validation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/api/schema/metadata_rules.hpp"
#include "controllers/api/schema/resource_schemas.hpp"
#include "controllers/api/suggestion.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

ManifestError at(const Manifest& manifest, const FieldError& error) {
    return {manifest.placeOf(error.field), error.message, error.field};
}

std::string textOf(const Manifest& manifest, const char* name) { return manifest.object.value(name, ""); }

// The kind's schema, or the error in kind or apiVersion.
struct Lookup {
    const ResourceSchema* resource = nullptr;
    FieldError error;
};

Lookup findResource(const Manifest& manifest, const std::vector<ResourceSchema>& resources) {
    const std::string kind = textOf(manifest, "kind");
    const std::string version = textOf(manifest, "apiVersion");
    std::vector<std::string> kinds;
    for (const ResourceSchema& resource : resources) {
        kinds.push_back(resource.kind);
        if (resource.kind != kind) continue;
        const std::string served = fmt::format("{}/{}", kGroup, resource.version);
        if (version == served) return {&resource, {}};
        return {nullptr, {"apiVersion", fmt::format("\"{}\" is not served; write {}", version, served)}};
    }
    return {nullptr, {"kind", fmt::format("\"{}\" is not a kind of {}{}", kind, kGroup, didYouMean(kind, kinds))}};
}

void fillInNamespace(const ResourceSchema& resource, const std::string& fallback, json& object) {
    const auto metadata = object.find("metadata");
    if (metadata == object.end() || !metadata->is_object()) return;
    if (!resource.isNamespaced) {
        metadata->erase("namespace");
    } else if (!metadata->contains("namespace") || (*metadata)["namespace"].is_null() ||
               (*metadata)["namespace"] == "") {
        (*metadata)["namespace"] = fallback;
    }
}

void sortByPlace(std::vector<ManifestError>& errors) {
    std::stable_sort(errors.begin(), errors.end(), [](const ManifestError& a, const ManifestError& b) {
        return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
    });
}

}  // namespace

bool isBursars(const Manifest& manifest) {
    const std::string version = textOf(manifest, "apiVersion");
    return version.substr(0, version.find('/')) == kGroup;
}

std::vector<ManifestError> validateManifest(Manifest& manifest, const std::string& defaultNamespace) {
    if (!isBursars(manifest)) return {};
    const auto& resources = resourceSchemas();
    if (!resources) return {{{manifest.file, 0, 0}, resources.error().message}};
    const auto [resource, unknown] = findResource(manifest, *resources);
    if (resource == nullptr) return {at(manifest, unknown)};
    fillInNamespace(*resource, defaultNamespace, manifest.object);
    std::vector<FieldError> unknownFields;
    std::vector<FieldError> wrong;
    normalize(resource->schema, manifest.object, unknownFields);
    validate(resource->schema, manifest.object, wrong);
    const bool namesReadable = std::none_of(
        wrong.begin(), wrong.end(), [](const FieldError& error) { return error.field.starts_with("metadata"); });
    if (namesReadable) validateMetadata(manifest.object["metadata"], wrong);
    std::vector<ManifestError> errors;
    errors.reserve(unknownFields.size() + wrong.size());
    for (const FieldError& error : unknownFields) errors.push_back(at(manifest, error));
    for (const FieldError& error : wrong) errors.push_back(at(manifest, error));
    sortByPlace(errors);
    return errors;
}

}  // namespace bursar::api
