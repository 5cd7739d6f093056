// metav1.LabelSelector: matchLabels and matchExpressions, as the API server evaluates them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controllers/api/field_reader.hpp"

namespace bursar::api {

using Labels = std::map<std::string, std::string>;

struct LabelSelector {
    enum class Operator { In, NotIn, Exists, DoesNotExist };
    struct Requirement {
        std::string key;
        Operator op = Operator::Exists;
        std::vector<std::string> values;
    };

    Labels matchLabels;
    std::vector<Requirement> matchExpressions;

    // All requirements must hold; an empty selector matches everything.
    [[nodiscard]] bool matches(const Labels& labels) const;
};

// An unknown operator adds an error and reads as Exists.
LabelSelector readLabelSelector(const FieldReader& reader);

}  // namespace bursar::api
