// The documents of a YAML or JSON text as JSON values, with the place of every field.
//
// Uses libyaml. kubectl uses go-yaml, whose scanner is a port of libyaml's, so both accept the same texts with the same
// error messages. Memory and time are bounded for every input; no function recurses on the input.
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
inline constexpr std::size_t kMaxAliasBytes = kMaxTextBytes;  // that the aliases of one file may add
inline constexpr std::size_t kMaxPlaceBytes =
    64 << 20;  // of one file's paths; further fields have the place of their parent
inline constexpr std::size_t kMaxDocuments = 100'000;  // of one file
inline constexpr std::size_t kMaxErrors = 100;         // of one file; the rest of the file is not read

struct YamlDocument {
    nlohmann::json value;
    FieldPlaces places;  // in the order of the text; "" is the document itself
};

// Leaves out documents with errors, and adds these errors to `errors`.
std::vector<YamlDocument> readYamlDocuments(std::string_view text, const std::string& file,
                                            std::vector<ManifestError>& errors);

}  // namespace bursar::api
