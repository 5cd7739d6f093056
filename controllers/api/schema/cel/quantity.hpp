// Kubernetes' resource.Quantity, as the CEL library of the API server computes with it.
//
// parseQuantity() of tokens.hpp reads an amount of tokens, which is narrower; this one reads whatever a rule may meet.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <optional>
#include <string_view>

namespace bursar::api::cel {

struct Quantity {
    boost::multiprecision::cpp_rational value;
    bool isInteger = false;  // as resource.Quantity judges it: `1.0` is none, since it keeps its decimal places
};

// Nothing for what is not a quantity.
std::optional<Quantity> parseQuantity(std::string_view text);

}  // namespace bursar::api::cel
