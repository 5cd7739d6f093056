#include "controllers/api/schema/resource_schemas.hpp"

#include <fmt/format.h>

#include "controllers/api/manifests/manifest.hpp"
#include "controllers/api/schema/embedded_crds.hpp"
#include "controllers/api/schema/metadata_rules.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

Result<ResourceSchema> compileCrd(const json& crd) {
    const json& spec = crd["spec"];
    for (const json& version : spec["versions"]) {
        if (!version.value("served", false)) continue;
        auto schema = compileSchema(version["schema"]["openAPIV3Schema"]);
        if (!schema) return schema.error();
        schema->properties["metadata"] = metadataSchema();
        schema->required.push_back("metadata");
        return ResourceSchema{spec["names"]["kind"], version["name"], spec["scope"] == "Namespaced",
                              std::move(*schema)};
    }
    return makeError(ErrorCode::Internal, "no version is served");
}

Result<std::vector<ResourceSchema>> compileAll() {
    std::vector<ResourceSchema> resources;
    for (const auto& [name, text] : embeddedCrds()) {
        const ManifestSet set = parseManifests(text, std::string{name});
        if (!set.errors.empty()) return makeError(ErrorCode::Internal, set.errors.front().toString());
        for (const Manifest& manifest : set.manifests) {
            if (manifest.object["kind"] != "CustomResourceDefinition") continue;
            auto resource = compileCrd(manifest.object);
            if (!resource) return makeError(ErrorCode::Internal, fmt::format("{}: {}", name, resource.error().message));
            resources.push_back(std::move(*resource));
        }
    }
    return resources;
}

}  // namespace

const Result<std::vector<ResourceSchema>>& resourceSchemas() {
    static const Result<std::vector<ResourceSchema>> resources = compileAll();
    return resources;
}

}  // namespace bursar::api
