// CEL expressions: the subset that the rules in crds/ use, parsed once and evaluated for every manifest.
//
// Literals, lists, fields, calls, ! && || == != < <= > >= in ?:, the macros has, all and exists, and the functions in
// functions.cpp. Loading the CRDs fails on any other part of CEL, so no rule is skipped; a unit test loads them.
// Regular expressions are RE2's, as in the API server. Thread-safety: immutable once parsed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "controllers/api/schema/cel/value.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::api::cel {

struct Node;

class Expression {
  public:
    // InvalidArgument with the offset of the first error.
    static Result<Expression> parse(std::string_view text);

    // Total: an error is a Failure.
    [[nodiscard]] Value evaluate(const Value& self) const;

    // True for a transition rule, which compares with the previous object.
    [[nodiscard]] bool usesOldSelf() const { return usesOldSelf_; }

  private:
    std::shared_ptr<const Node> root_;
    bool usesOldSelf_ = false;
};

}  // namespace bursar::api::cel
