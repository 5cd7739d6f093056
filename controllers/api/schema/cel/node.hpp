// The syntax tree of an expression. Only parser.cpp and expression.cpp use it.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/api/schema/cel/value.hpp"

namespace bursar::api::cel {

using Function = Value (*)(const std::vector<Value>& arguments);

struct Node {
    enum class Kind { Literal, Name, Member, Has, Sequence, Call, Matches, Not, And, Or, Conditional, All, Exists };

    Kind kind = Kind::Literal;
    Value literal;
    std::string name;  // of a variable, a field, or the element variable of all() and exists()
    std::vector<std::unique_ptr<Node>> children;
    Function function = nullptr;      // of a Call
    std::unique_ptr<RE2> expression;  // of a Matches
};

// A function, method (its target is the first argument) or operator by name and number of arguments; null if there is
// none.
Function findFunction(std::string_view name, std::size_t arguments);

}  // namespace bursar::api::cel
