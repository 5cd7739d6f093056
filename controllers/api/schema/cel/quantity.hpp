// Kubernetes' resource.Quantity, with the arithmetic of the API server's CEL library.
//
// parseQuantity() of tokens.hpp reads amounts of tokens only; this one reads every quantity.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <optional>
#include <string_view>

namespace bursar::api::cel {

struct Quantity {
    boost::multiprecision::cpp_rational value;
    bool isInteger = false;  // as in resource.Quantity: `1.0` is not one, because it keeps its decimal places
};

// Nothing for any other text.
std::optional<Quantity> parseQuantity(std::string_view text);

}  // namespace bursar::api::cel
