// Manifests: YAML or JSON files, read as `kubectl apply -f` reads them, with the place of every value.
//
// Source of the rules: sigs.k8s.io/yaml as kubectl uses it (YAML 1.1 scalars, several documents a file, `kind: List`
// opened, JSON accepted). Texts that kubectl or the API server would refuse or read in a surprising way are errors with
// their place: duplicate keys, NaN and infinities, numbers that do not fit, documents that are not objects, and
// aliases, nesting or files beyond a bound. Nothing is thrown. An error in one document does not keep the others from
// being read. Thread-safety: values.
#pragma once

#include <istream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controllers/api/field_reader.hpp"

namespace bursar::api {

// A place in a file. Lines and columns count from 1; 0 if unknown.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;

    // `teams/search.yaml:12:5`
    [[nodiscard]] std::string toString() const;
};

struct ManifestError {
    Place place;
    std::string message;  // what is wrong and what to do
    std::string field{};  // `spec.pool`; empty for an error of a file or a document

    [[nodiscard]] std::string text() const { return fieldMessage(field, message); }  // `spec.pool: …`
    // `teams/search.yaml:12:5: spec.pool: …`; text() alone where no file has the error (an object of a cluster).
    [[nodiscard]] std::string toString() const;
};

// Line and column by field path (`spec.requests[0].forecast`). The place of a field is the place of its key.
using FieldPlaces = std::vector<std::pair<std::string, std::pair<int, int>>>;

// One object of a file, with the places of its fields.
struct Manifest {
    nlohmann::json object;
    std::string file;    // as given; `-` for standard input
    int line = 0;        // of the document's first line
    FieldPlaces places;  // sorted

    // The place of `field` (`spec.requests[0].forecast`), or of its nearest ancestor that the file has.
    [[nodiscard]] Place placeOf(std::string_view field) const;
};

struct ManifestSet {
    std::vector<Manifest> manifests;  // in the order of the files given, then of their documents
    std::vector<ManifestError> errors;
};

// The objects of one text. `file` is for messages.
ManifestSet parseManifests(std::string_view text, const std::string& file);

// `paths` as kubectl's -f takes them: files, directories (their .yaml, .yml and .json files in order of name; with
// `recursive` those of their subdirectories, too), and `-` for `in`.
ManifestSet readManifests(const std::vector<std::string>& paths, bool recursive, std::istream& in);

}  // namespace bursar::api
