#include "operator/cli/validate/validate_command.hpp"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "controllers/api/schema/manifest_validation.hpp"
#include "operator/cli/manifests/object_key.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/validate/cross_check.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {
namespace {

using api::Manifest;
using api::ManifestError;

void append(std::vector<ManifestError> more, std::vector<ManifestError>& errors) {
    std::move(more.begin(), more.end(), std::back_inserter(errors));
}

nlohmann::json describe(const std::vector<ManifestError>& errors) {
    nlohmann::json all = nlohmann::json::array();
    for (const ManifestError& error : errors) {
        all.push_back({{"file", error.place.file},
                       {"line", error.place.line},
                       {"column", error.place.column},
                       {"field", error.field},
                       {"message", error.message}});
    }
    return all;
}

Answer render(const Validation& validation) {
    Answer answer;
    for (const ManifestError& error : validation.errors) answer.err += printable(error.toString()) + "\n";
    for (const ManifestError& note : validation.notes) {
        answer.err += printable(fmt::format("{}: note: {}", note.place.toString(), note.text())) + "\n";
    }
    const std::string others =
        validation.passedOver == 0 ? "" : fmt::format("; {} of other kinds passed over", validation.passedOver);
    if (validation.errors.empty()) {
        answer.out = fmt::format("manifests of Bursar: {}, all valid{}\n", validation.checked, others);
    } else {
        answer.err += fmt::format("manifests of Bursar: {}, errors: {}{}\n", validation.checked,
                                  validation.errors.size(), others);
    }
    return answer;
}

}  // namespace

Validation validateAll(api::ManifestSet set, const std::string& ns) {
    Validation validation;
    const bool complete = set.errors.empty();
    validation.errors = std::move(set.errors);
    std::vector<CheckedManifest> checked;
    for (Manifest& manifest : set.manifests) {
        if (!api::isBursars(manifest)) {
            ++validation.passedOver;
            if (isNamespace(manifest)) checked.push_back({&manifest, true});
            continue;
        }
        ++validation.checked;
        std::vector<ManifestError> found = api::validateManifest(manifest, ns);
        checked.push_back({&manifest, found.empty()});
        append(std::move(found), validation.errors);
    }
    CrossCheck together = checkTogether(checked, complete);
    append(std::move(together.errors), validation.errors);
    validation.notes = std::move(together.notes);
    return validation;
}

Answer runValidate(const ValidateOptions& options, std::istream& in) {
    api::ManifestSet set = api::readManifests(options.files, options.recursive, in);
    if (set.manifests.empty() && set.errors.empty()) {
        set.errors.push_back({{options.files.front(), 0, 0}, "holds no manifest"});
    }
    const Validation validation = validateAll(std::move(set), options.ns);
    Answer answer;
    if (options.json) {
        const nlohmann::json result = {{"errors", describe(validation.errors)}, {"notes", describe(validation.notes)}};
        answer.out = jsonText(result, 2) + "\n";
    } else {
        answer = render(validation);
    }
    answer.exitCode = validation.errors.empty() ? kDone : kUnusable;
    return answer;
}

}  // namespace bursar::cli
