// The API server's checks of every object's metadata: fields, names, labels, annotations.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/api/field_reader.hpp"
#include "controllers/api/schema/schema.hpp"

namespace bursar::api {

// The schema of metadata. A CRD's own schema says only that it is an object.
const Schema& metadataSchema();

// Checks the names in the metadata of a normalized object. The metadata must fit metadataSchema().
void validateMetadata(const nlohmann::json& metadata, std::vector<FieldError>& errors);

}  // namespace bursar::api
