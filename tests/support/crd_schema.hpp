// The schemas in crds/, the source of truth of the API, for tests that compare the C++ types with them.
#pragma once

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bursar::testing {

// openAPIV3Schema of the only version in crds/<plural>.yaml. BURSAR_CRDS is the folder.
inline YAML::Node crdSchema(const std::string& plural) {
    return YAML::LoadFile(std::string{BURSAR_CRDS} + "/" + plural +
                          ".yaml")["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
}

// Fields of `value` that the schema does not have (the API server would drop them silently), and required ones missing.
inline void findStrangers(const YAML::Node& schema, const nlohmann::json& value, const std::string& path,
                          std::vector<std::string>& found) {
    if (value.is_array()) {
        for (const nlohmann::json& element : value) findStrangers(schema["items"], element, path + "[]", found);
        return;
    }
    const std::string type = schema["type"] ? schema["type"].as<std::string>() : "";
    const bool fits = value.is_object()           ? type == "object"
                      : value.is_string()         ? type == "string"
                      : value.is_number_integer() ? type == "integer"
                                                  : type == "boolean";
    if (!fits) found.push_back(path + " is not of type " + type);
    if (!value.is_object()) return;
    for (const auto& [name, child] : value.items()) {
        const YAML::Node property = schema["properties"][name];
        if (property) {
            findStrangers(property, child, path + "." + name, found);
        } else {
            found.push_back(path + "." + name + " is not in the schema");
        }
    }
    if (const YAML::Node required = schema["required"]) {
        for (const YAML::Node& name : required) {
            if (!value.contains(name.as<std::string>()))
                found.push_back(path + "." + name.as<std::string>() + " is missing");
        }
    }
}

inline std::vector<std::string> strangers(const YAML::Node& schema, const nlohmann::json& value) {
    std::vector<std::string> found;
    findStrangers(schema, value, "", found);
    return found;
}

}  // namespace bursar::testing
