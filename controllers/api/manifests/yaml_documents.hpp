// The documents of a YAML or JSON text as JSON values, with the place of every field.
//
// Parsed by libyaml, whose scanner go-yaml is a port of: what it accepts and the words it refuses with are kubectl's.
// Memory and time are bounded whatever the input is; nothing recurses on it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"

namespace bursar::api {

inline constexpr std::size_t kMaxDepth = 100;                 // containers within containers
inline constexpr std::size_t kMaxTextBytes = 16 << 20;        // of one file: some 50,000 TeamQuotas
inline constexpr std::size_t kMaxAliasBytes = kMaxTextBytes;  // what the aliases of one file may add
inline constexpr std::size_t kMaxPlaceBytes = 64 << 20;       // of one file's paths; then places are the parents'
inline constexpr std::size_t kMaxDocuments = 100'000;         // of one file
inline constexpr std::size_t kMaxErrors = 100;                // of one file; then the rest of it is not read

struct YamlDocument {
    nlohmann::json value;
    FieldPlaces places;  // in the order of the text; "" is the document's own. A field stands where its key does
};

// Documents with an error of their own are left out; the error says where it is.
std::vector<YamlDocument> readYamlDocuments(std::string_view text, const std::string& file,
                                            std::vector<ManifestError>& errors);

}  // namespace bursar::api
