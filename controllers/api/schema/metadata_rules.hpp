// metadata, as the API server checks it of every object: fields, names, labels, annotations.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/api/field_reader.hpp"
#include "controllers/api/schema/schema.hpp"

namespace bursar::api {

// The schema of metadata; a CRD's own says no more than that it is an object.
const Schema& metadataSchema();

// The names in the metadata of a normalized object, which fit its schema.
void validateNames(const nlohmann::json& metadata, std::vector<FieldError>& errors);

}  // namespace bursar::api
