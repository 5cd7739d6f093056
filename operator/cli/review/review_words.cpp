#include "operator/cli/review/review_words.hpp"

#include "controllers/api/field_reader.hpp"

namespace bursar::cli {

ReviewWords::Charter charterOf(const nlohmann::json& policy) {
    std::vector<api::FieldError> ignored;
    const api::FieldReader charter = api::FieldReader{policy, "", ignored}.child("spec").child("charter");
    return {charter.text("sponsor"), charter.text("document"), charter.text("approvedOn")};
}

void addJustifications(const nlohmann::json& quota, ReviewWords& words) {
    const api::ObjectMeta meta = api::readObjectMeta(quota);
    std::vector<api::FieldError> ignored;
    const api::FieldReader root{quota, "", ignored};
    for (const api::FieldReader& request : root.child("spec").list("requests")) {
        // If a pool is requested twice, the first request counts, as for decide().
        words.justifications.try_emplace({meta.ns, meta.name, request.text("pool")}, request.text("justification"));
    }
}

}  // namespace bursar::cli
