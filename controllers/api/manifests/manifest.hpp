// Manifests as people write them: YAML or JSON files, read as `kubectl apply -f` reads them, with every value's place.
//
// Source of the rules: sigs.k8s.io/yaml as kubectl uses it (YAML 1.1 scalars, several documents a file, `kind: List`
// opened, JSON accepted). Refused with their place, where kubectl or the API server would refuse or surprise: duplicate
// keys, NaN and infinities, numbers that do not fit, documents that are no object, aliases that grow beyond a bound,
// nesting beyond a bound, files beyond a bound. Nothing is thrown; what could be read is read in spite of errors
// elsewhere. Thread-safety: values.
#pragma once

#include <istream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controllers/api/field_reader.hpp"

namespace bursar::api {

// Where something stands. Lines and columns count from 1; 0 where it is not known.
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
    std::string field{};  // `spec.pool`; empty where the message is about a file or a document

    [[nodiscard]] std::string text() const { return fieldMessage(field, message); }  // `spec.pool: …`
    // `teams/search.yaml:12:5: spec.pool: …`; text() alone where no file has the error (an object of a cluster).
    [[nodiscard]] std::string toString() const;
};

// Line and column by field path (`spec.requests[0].forecast`). A field stands where its key does.
using FieldPlaces = std::vector<std::pair<std::string, std::pair<int, int>>>;

// One object of a file, with what is needed to find any field of it again.
struct Manifest {
    nlohmann::json object;
    std::string file;    // as it was given; `-` for standard input
    int line = 0;        // of the document's first line
    FieldPlaces places;  // sorted

    // The place of `field` (`spec.requests[0].forecast`), or of the nearest of its ancestors that is there.
    [[nodiscard]] Place placeOf(std::string_view field) const;
};

struct ManifestSet {
    std::vector<Manifest> manifests;  // in the order of the files given, then of their documents
    std::vector<ManifestError> errors;
};

// The documents of one text.
ManifestSet parseManifests(std::string_view text, const std::string& file);

// `paths` as kubectl's -f takes them: files, directories (their .yaml, .yml and .json files in order of name; with
// `recursive` those of their subdirectories, too), and `-` for `in`.
ManifestSet readManifests(const std::vector<std::string>& paths, bool recursive, std::istream& in);

}  // namespace bursar::api
