#include "controllers/api/label_selector.hpp"

#include <algorithm>

namespace bursar::api {
namespace {

bool holds(const LabelSelector::Requirement& requirement, const Labels& labels) {
    const auto found = labels.find(requirement.key);
    const bool present = found != labels.end();
    const bool listed = present && std::find(requirement.values.begin(), requirement.values.end(), found->second) !=
                                       requirement.values.end();
    switch (requirement.op) {
        case LabelSelector::Operator::In:
            return listed;
        case LabelSelector::Operator::NotIn:
            return !listed;
        case LabelSelector::Operator::Exists:
            return present;
        case LabelSelector::Operator::DoesNotExist:
            return !present;
    }
    return false;
}

}  // namespace

bool LabelSelector::matches(const Labels& labels) const {
    const bool equal = std::all_of(matchLabels.begin(), matchLabels.end(), [&](const auto& wanted) {
        const auto found = labels.find(wanted.first);
        return found != labels.end() && found->second == wanted.second;
    });
    return equal && std::all_of(matchExpressions.begin(), matchExpressions.end(),
                                [&](const Requirement& requirement) { return holds(requirement, labels); });
}

LabelSelector readLabelSelector(const FieldReader& reader) {
    using Op = LabelSelector::Operator;
    static constexpr std::pair<std::string_view, Op> kOperators[] = {
        {"In", Op::In}, {"NotIn", Op::NotIn}, {"Exists", Op::Exists}, {"DoesNotExist", Op::DoesNotExist}};
    LabelSelector selector;
    selector.matchLabels = reader.textMap("matchLabels");
    for (const FieldReader& expression : reader.list("matchExpressions")) {
        selector.matchExpressions.push_back({expression.requiredText("key"),
                                             expression.oneOf("operator", kOperators, Op::Exists),
                                             expression.texts("values")});
    }
    return selector;
}

}  // namespace bursar::api
