#include "controllers/api/schema/metadata_rules.hpp"

#include <fmt/format.h>

#include "operator/runtime/base/json_text.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

constexpr const char* kName =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr const char* kNamespace =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr const char* kKey =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr const char* kValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

json field(const char* type) { return {{"type", type}}; }

json mapOfText() { return {{"type", "object"}, {"additionalProperties", field("string")}}; }

// ObjectMeta of k8s.io/apimachinery. Fields that only the API server writes are accepted, since an exported
// object has them.
Schema compileMetadata() {
    json fields = {{"labels", mapOfText()},
                   {"annotations", mapOfText()},
                   {"finalizers", {{"type", "array"}, {"items", field("string")}}},
                   {"generation", field("integer")},
                   {"deletionGracePeriodSeconds", field("integer")},
                   {"ownerReferences",
                    {{"type", "array"},
                     {"items",
                      {{"type", "object"},
                       {"required", {"apiVersion", "kind", "name", "uid"}},
                       {"properties",
                        {{"apiVersion", field("string")},
                         {"kind", field("string")},
                         {"name", field("string")},
                         {"uid", field("string")},
                         {"controller", field("boolean")},
                         {"blockOwnerDeletion", field("boolean")}}}}}}}};
    for (const char* name : {"name", "generateName", "namespace", "selfLink", "uid", "resourceVersion",
                             "creationTimestamp", "deletionTimestamp"}) {
        fields[name] = field("string");
    }
    return compileSchema({{"type", "object"}, {"properties", std::move(fields)}}).value();
}

class NameChecker {
  public:
    NameChecker(const json& metadata, std::vector<FieldError>& errors) : metadata_(metadata), errors_(errors) {}

    void check() {
        static const RE2 kSubdomain{"[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*"};
        static const RE2 kLabel{"[a-z0-9]([-a-z0-9]*[a-z0-9])?"};
        static const RE2 kQualified{"([^/]+/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]"};
        static const RE2 kText{"(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?"};
        const std::string name = metadata_.value("name", "");
        if (name.empty()) {
            const bool generated = metadata_.contains("generateName");
            errors_.push_back({"metadata.name", generated ? "Required value: kubectl apply cannot use generateName"
                                                          : "Required value: name or generateName is required"});
        } else {
            checkText("metadata.name", name, kSubdomain, kName, 253, "characters");
        }
        if (metadata_.contains("namespace")) {
            checkText("metadata.namespace", metadata_["namespace"].get<std::string>(), kLabel, kNamespace, 63);
        }
        for (const char* map : {"labels", "annotations"}) {
            const std::string path = fmt::format("metadata.{}", map);
            const json entries = metadata_.value(map, json::object());
            for (const auto& [key, value] : entries.items()) {
                checkText(path, key, kQualified, kKey, 317);
                if (path == "metadata.labels") checkText(path, value.get<std::string>(), kText, kValue, 63);
            }
        }
    }

  private:
    void checkText(const std::string& path, const std::string& text, const RE2& pattern, const char* message,
                   std::size_t most, std::string_view unit = "bytes") {
        const std::string shown = jsonText(json(text));
        if (text.size() > most) {
            errors_.push_back({path, fmt::format("Invalid value: {}: must be no more than {} {}", shown, most, unit)});
        } else if (!RE2::FullMatch(text, pattern)) {
            errors_.push_back({path, fmt::format("Invalid value: {}: {}", shown, message)});
        }
    }

    const json& metadata_;
    std::vector<FieldError>& errors_;
};

}  // namespace

const Schema& metadataSchema() {
    static const Schema schema = compileMetadata();
    return schema;
}

void validateMetadata(const json& metadata, std::vector<FieldError>& errors) { NameChecker{metadata, errors}.check(); }

}  // namespace bursar::api
