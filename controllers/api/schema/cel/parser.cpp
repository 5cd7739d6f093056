#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "controllers/api/schema/cel/expression.hpp"
#include "controllers/api/schema/cel/node.hpp"
#include "operator/runtime/base/ascii.hpp"
#include "operator/runtime/base/utf8.hpp"

namespace bursar::api::cel {
namespace {

using NodePtr = std::unique_ptr<Node>;
using Kind = Node::Kind;

bool isOfName(char c) { return isLetter(c) || c == '_'; }

NodePtr makeNode(Kind kind, std::string name = {}) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->name = std::move(name);
    return node;
}

NodePtr literal(Value value) {
    auto node = makeNode(Kind::Literal);
    node->literal = std::move(value);
    return node;
}

// Recursive descent with one function per level of precedence. A null node means an error; the first one is kept.
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<NodePtr> parse() {
        NodePtr node = conditional();
        skipSpace();
        if (node != nullptr && at_ < text_.size()) fail("the end");
        if (!error_.empty()) return makeError(ErrorCode::InvalidArgument, error_);
        return node;
    }

    [[nodiscard]] bool usesOldSelf() const { return usesOldSelf_; }

  private:
    NodePtr fail(std::string_view expected) {
        if (error_.empty()) {
            error_ = fmt::format("at offset {}: expected {}, found \"{}\"", at_, expected,
                                 boundedText(text_.substr(at_), 20));
        }
        return nullptr;
    }

    void skipSpace() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    }

    bool accept(std::string_view symbol) {
        skipSpace();
        if (text_.substr(at_, symbol.size()) != symbol) return false;
        at_ += symbol.size();
        return true;
    }

    bool expect(std::string_view symbol) {
        if (accept(symbol)) return true;
        fail(symbol);
        return false;
    }

    std::string identifier() {
        skipSpace();
        const std::size_t from = at_;
        if (at_ < text_.size() && isOfName(text_[at_])) {
            while (at_ < text_.size() && (isOfName(text_[at_]) || isDigit(text_[at_]))) ++at_;
        }
        return std::string{text_.substr(from, at_ - from)};
    }

    bool acceptWord(std::string_view word) {
        const std::size_t before = at_;
        if (identifier() == word) return true;
        at_ = before;
        return false;
    }

    NodePtr combine(Kind kind, NodePtr left, NodePtr right) {
        if (left == nullptr || right == nullptr) return nullptr;
        auto node = makeNode(kind);
        node->children.push_back(std::move(left));
        node->children.push_back(std::move(right));
        return node;
    }

    NodePtr conditional() {
        NodePtr condition = disjunction();
        if (condition == nullptr || !accept("?")) return condition;
        NodePtr yes = disjunction();
        if (yes == nullptr || !expect(":")) return nullptr;
        NodePtr no = conditional();
        if (no == nullptr) return nullptr;
        NodePtr node = combine(Kind::Conditional, std::move(condition), std::move(yes));
        node->children.push_back(std::move(no));
        return node;
    }

    NodePtr disjunction() {
        NodePtr left = conjunction();
        while (left != nullptr && accept("||")) left = combine(Kind::Or, std::move(left), conjunction());
        return left;
    }

    NodePtr conjunction() {
        NodePtr left = relation();
        while (left != nullptr && accept("&&")) left = combine(Kind::And, std::move(left), relation());
        return left;
    }

    std::string_view relationOperator() {
        for (const std::string_view symbol : {"==", "!=", "<=", ">=", "<", ">"}) {
            if (accept(symbol)) return symbol;
        }
        return acceptWord("in") ? "in" : "";
    }

    NodePtr relation() {
        NodePtr left = unary();
        while (left != nullptr) {
            const std::string_view symbol = relationOperator();
            if (symbol.empty()) break;
            left = combine(Kind::Call, std::move(left), unary());
            if (left != nullptr) left->function = findFunction(symbol, 2);
        }
        return left;
    }

    NodePtr unary() {
        if (!accept("!")) return member();
        NodePtr operand = unary();
        if (operand == nullptr) return nullptr;
        auto node = makeNode(Kind::Not);
        node->children.push_back(std::move(operand));
        return node;
    }

    NodePtr member() {
        NodePtr target = primary();
        while (target != nullptr && accept(".")) {
            const std::string name = identifier();
            if (name.empty()) return fail("a field or a function");
            if (accept("(")) {
                target = method(std::move(target), name);
            } else {
                auto node = makeNode(Kind::Member, name);
                node->children.push_back(std::move(target));
                target = std::move(node);
            }
        }
        return target;
    }

    NodePtr method(NodePtr target, const std::string& name) {
        if (name == "all" || name == "exists") return comprehension(std::move(target), name);
        std::vector<NodePtr> given;
        given.push_back(std::move(target));
        return arguments(")", given) ? call(name, std::move(given)) : nullptr;
    }

    // list.all(name, condition)
    NodePtr comprehension(NodePtr range, const std::string& macro) {
        const std::string variable = identifier();
        if (variable.empty()) return fail("a name");
        if (!expect(",")) return nullptr;
        NodePtr condition = conditional();
        if (condition == nullptr || !expect(")")) return nullptr;
        NodePtr node = combine(macro == "all" ? Kind::All : Kind::Exists, std::move(range), std::move(condition));
        node->name = variable;
        return node;
    }

    NodePtr call(const std::string& name, std::vector<NodePtr> given) {
        if (name == "matches" && given.size() == 2) return matches(std::move(given));
        auto node = makeNode(Kind::Call, name);
        node->function = findFunction(name, given.size());
        if (node->function == nullptr) return fail(fmt::format("a known function instead of {}()", name));
        node->children = std::move(given);
        return node;
    }

    // Compiled here, once per rule.
    NodePtr matches(std::vector<NodePtr> given) {
        const auto* pattern = given[1]->literal.as<std::string>();
        if (pattern == nullptr) return fail("a literal pattern in matches()");
        auto node = makeNode(Kind::Matches);
        node->expression = std::make_unique<RE2>(*pattern, RE2::Quiet);
        if (!node->expression->ok()) return fail("a regular expression of RE2");
        node->children.push_back(std::move(given[0]));
        return node;
    }

    NodePtr has(std::vector<NodePtr> given) {
        if (given.size() != 1 || given[0]->kind != Kind::Member) return fail("a field in has()");
        given[0]->kind = Kind::Has;
        return std::move(given[0]);
    }

    bool arguments(std::string_view close, std::vector<NodePtr>& given) {
        if (accept(close)) return true;
        do {
            NodePtr argument = conditional();
            if (argument == nullptr) return false;
            given.push_back(std::move(argument));
        } while (accept(","));
        return expect(close);
    }

    NodePtr primary() {
        skipSpace();
        if (accept("(")) {
            NodePtr inner = conditional();
            return inner != nullptr && expect(")") ? std::move(inner) : nullptr;
        }
        if (accept("[")) {
            auto node = makeNode(Kind::Sequence);
            return arguments("]", node->children) ? std::move(node) : nullptr;
        }
        if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) return quoted();
        if (at_ < text_.size() && isDigit(text_[at_])) return number();
        return named();
    }

    NodePtr named() {
        const std::string name = identifier();
        if (name.empty()) return fail("a value");
        if (name == "true" || name == "false") return literal({name == "true"});
        if (name == "null") return literal({Null{}});
        if (!accept("(")) {
            usesOldSelf_ = usesOldSelf_ || name == "oldSelf";
            return makeNode(Kind::Name, name);
        }
        std::vector<NodePtr> given;
        if (!arguments(")", given)) return nullptr;
        return name == "has" ? has(std::move(given)) : call(name, std::move(given));
    }

    NodePtr number() {
        std::int64_t value = 0;
        const char* begin = text_.data() + at_;
        const auto [stopped, failure] = std::from_chars(begin, text_.data() + text_.size(), value);
        if (failure != std::errc{}) return fail("an integer");
        at_ += static_cast<std::size_t>(stopped - begin);
        if (at_ < text_.size() && (text_[at_] == '.' || isOfName(text_[at_]))) return fail("an integer");
        return literal({value});
    }

    NodePtr quoted() {
        const char quote = text_[at_++];
        std::string value;
        for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
            // The rules write [.] instead of \., so they need no escapes.
            if (text_[at_] == '\\') return fail("a string without escapes");
            value += text_[at_];
        }
        if (at_ == text_.size()) return fail("the closing quote");
        ++at_;
        return literal({std::move(value)});
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string error_;
    bool usesOldSelf_ = false;
};

}  // namespace

Result<Expression> Expression::parse(std::string_view text) {
    Parser parser{text};
    auto root = parser.parse();
    if (!root) return root.error();
    Expression expression;
    expression.root_ = std::shared_ptr<const Node>{std::move(*root)};
    expression.usesOldSelf_ = parser.usesOldSelf();
    return expression;
}

}  // namespace bursar::api::cel
