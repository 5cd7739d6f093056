// CEL expressions: the subset that the rules in crds/ use, parsed once and evaluated for every manifest.
//
// Literals, lists, fields, calls, ! && || == != < <= > >= in ?:, the macros has, all and exists, and the functions in
// functions.cpp. Whatever else there is in CEL is refused when the CRDs are loaded, which a unit test does: a rule is
// never passed over. Regular expressions are RE2's, as the API server's are. Thread-safety: immutable once parsed.
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
    // InvalidArgument with the offset of what is not understood.
    static Result<Expression> parse(std::string_view text);

    // Total: what goes wrong is a Failure.
    [[nodiscard]] Value evaluate(const Value& self) const;

    // True for a transition rule, which needs the object as it was.
    [[nodiscard]] bool usesOldSelf() const { return usesOldSelf_; }

  private:
    std::shared_ptr<const Node> root_;
    bool usesOldSelf_ = false;
};

}  // namespace bursar::api::cel
