#include "controllers/api/schema/cel/expression.hpp"

#include <fmt/format.h>

#include "controllers/api/schema/cel/node.hpp"

namespace bursar::api::cel {
namespace {

// The variables in scope, innermost first.
struct Scope {
    std::string_view name;
    const Value* value = nullptr;
    const Scope* outer = nullptr;
};

Value evaluate(const Node& node, const Scope& scope);

Value lookUp(const std::string& name, const Scope& scope) {
    for (const Scope* at = &scope; at != nullptr; at = at->outer) {
        if (at->name == name) return *at->value;
    }
    for (const std::string_view type : {"int", "string", "bool", "double", "list", "map", "null_type"}) {
        if (type == name) return {TypeName{name}};
    }
    return fail("undeclared reference to '" + name + "'");
}

const nlohmann::json* objectOf(const Value& value) {
    const Data* data = value.as<Data>();
    return data != nullptr && data->value->is_object() ? data->value : nullptr;
}

Value member(const Node& node, const Scope& scope) {
    Value target = evaluate(*node.children[0], scope);
    if (target.isFailure()) return target;
    const nlohmann::json* object = objectOf(target);
    if (object == nullptr) return noOverload();
    const auto found = object->find(node.name);
    if (node.kind == Node::Kind::Has) return {found != object->end()};
    if (found == object->end()) return fail("no such key: " + node.name);
    const DataType* type = target.as<Data>()->type;
    return valueOf(*found, type == nullptr ? nullptr : type->fieldType(node.name));
}

Value call(const Node& node, const Scope& scope) {
    std::vector<Value> arguments;
    for (const auto& child : node.children) {
        arguments.push_back(evaluate(*child, scope));
        if (arguments.back().isFailure()) return arguments.back();
    }
    if (node.kind == Node::Kind::Sequence) return {std::make_shared<const std::vector<Value>>(std::move(arguments))};
    return node.function(arguments);
}

Value matches(const Node& node, const Scope& scope) {
    Value target = evaluate(*node.children[0], scope);
    if (target.isFailure()) return target;
    const auto* text = target.as<std::string>();
    return text == nullptr ? noOverload() : Value{RE2::PartialMatch(*text, *node.expression)};
}

// && and ||: one side can decide, even if the other is a Failure.
class Verdict {
  public:
    explicit Verdict(bool decisive) : decisive_(decisive) {}

    // True once the result is certain.
    bool add(const Value& value) {
        const bool* truth = value.as<bool>();
        if (truth != nullptr && *truth == decisive_) return decided_ = true;
        if (truth == nullptr) trouble_ = value.isFailure() ? value : noOverload();
        return false;
    }
    [[nodiscard]] Value result() const {
        if (decided_) return {decisive_};
        return trouble_.isFailure() ? trouble_ : Value{!decisive_};
    }

  private:
    const bool decisive_;
    bool decided_ = false;
    Value trouble_;
};

Value logical(const Node& node, const Scope& scope) {
    Verdict verdict{node.kind == Node::Kind::Or};
    for (const auto& child : node.children) {
        if (verdict.add(evaluate(*child, scope))) break;
    }
    return verdict.result();
}

std::vector<Value> elementsOf(const Data& data) {
    std::vector<Value> elements;
    if (data.value->is_object()) {
        for (const auto& [key, value] : data.value->items()) elements.push_back({key});
        return elements;
    }
    const DataType* type = data.type == nullptr ? nullptr : data.type->elementType();
    for (const auto& element : *data.value) elements.push_back(valueOf(element, type));
    return elements;
}

Value comprehension(const Node& node, const Scope& scope) {
    Value range = evaluate(*node.children[0], scope);
    if (range.isFailure()) return range;
    const Data* data = range.as<Data>();
    if (data == nullptr) return noOverload();
    Verdict verdict{node.kind == Node::Kind::Exists};
    for (const Value& element : elementsOf(*data)) {
        if (verdict.add(evaluate(*node.children[1], {node.name, &element, &scope}))) break;
    }
    return verdict.result();
}

Value negation(const Node& node, const Scope& scope) {
    Value operand = evaluate(*node.children[0], scope);
    if (operand.isFailure()) return operand;
    const bool* truth = operand.as<bool>();
    return truth == nullptr ? noOverload() : Value{!*truth};
}

Value conditional(const Node& node, const Scope& scope) {
    Value condition = evaluate(*node.children[0], scope);
    if (condition.isFailure()) return condition;
    const bool* truth = condition.as<bool>();
    return truth == nullptr ? noOverload() : evaluate(*node.children[*truth ? 1 : 2], scope);
}

Value evaluate(const Node& node, const Scope& scope) {
    switch (node.kind) {
        case Node::Kind::Literal:
            return node.literal;
        case Node::Kind::Name:
            return lookUp(node.name, scope);
        case Node::Kind::Member:
        case Node::Kind::Has:
            return member(node, scope);
        case Node::Kind::Sequence:
        case Node::Kind::Call:
            return call(node, scope);
        case Node::Kind::Matches:
            return matches(node, scope);
        case Node::Kind::Not:
            return negation(node, scope);
        case Node::Kind::And:
        case Node::Kind::Or:
            return logical(node, scope);
        case Node::Kind::Conditional:
            return conditional(node, scope);
        case Node::Kind::All:
        case Node::Kind::Exists:
            return comprehension(node, scope);
    }
    return noOverload();
}

}  // namespace

Value Expression::evaluate(const Value& self) const { return cel::evaluate(*root_, {"self", &self, nullptr}); }

}  // namespace bursar::api::cel
