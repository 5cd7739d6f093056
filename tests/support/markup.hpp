// Reads the pages that bursar writes as strictly as an XML parser: every element is closed, every attribute quoted, and
// every special character escaped.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

namespace bursar::testing {

struct Element {
    std::string name;
    std::map<std::string, std::string> attributes;
    std::string text;  // including the text of elements within
};

// The elements of a document in the order they begin. Throws std::runtime_error, which says where it is malformed.
class MarkupReader {
  public:
    explicit MarkupReader(const std::string& document) : text_(document) {}

    std::vector<Element> read() {
        skip("<!DOCTYPE html>");
        while (at_ < text_.size()) text_[at_] == '<' ? readTag() : readText();
        if (!open_.empty()) fail("<" + elements_[open_.back()].name + "> is not closed");
        return std::move(elements_);
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(what + " at: " + text_.substr(at_, 60));
    }

    void skip(const std::string& expected) {
        if (text_.compare(at_, expected.size(), expected) != 0) fail("expected " + expected);
        at_ += expected.size();
    }

    std::string word() {
        const std::size_t end =
            text_.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", at_);
        if (end == at_ || end == std::string::npos) fail("expected a name");
        const std::string name = text_.substr(at_, end - at_);
        at_ = end;
        return name;
    }

    std::string decoded(const std::string& raw) const {
        static const std::map<std::string, std::string> kReferences = {
            {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};
        std::string text;
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '<') fail("a < in a value");
            if (raw[i] != '&') {
                text += raw[i];
                continue;
            }
            const std::size_t end = raw.find(';', i);
            const auto found = kReferences.find(raw.substr(i, end == std::string::npos ? end : end - i + 1));
            if (found == kReferences.end()) fail("an & that is no reference");
            text += found->second;
            i = end;
        }
        return text;
    }

    void readText() {
        const std::size_t end = std::min(text_.find('<', at_), text_.size());
        // A style sheet is not markup.
        const bool style = !open_.empty() && elements_[open_.back()].name == "style";
        const std::string raw = text_.substr(at_, end - at_);
        const std::string text = style ? raw : decoded(raw);
        for (const std::size_t element : open_) elements_[element].text += text;
        at_ = end;
    }

    void readTag() {
        if (text_.compare(at_, 2, "</") == 0) {
            at_ += 2;
            const std::string name = word();
            if (open_.empty() || elements_[open_.back()].name != name) fail("</" + name + "> closes another element");
            open_.pop_back();
            return skip(">");
        }
        skip("<");
        elements_.push_back({word(), {}, {}});
        while (text_.compare(at_, 1, " ") == 0) readAttribute();
        if (text_.compare(at_, 1, "/") == 0) return skip("/>");
        open_.push_back(elements_.size() - 1);
        skip(">");
    }

    void readAttribute() {
        skip(" ");
        const std::string name = word();
        skip("=\"");
        const std::size_t end = text_.find('"', at_);
        if (end == std::string::npos) fail("an attribute without an end");
        if (!elements_.back().attributes.emplace(name, decoded(text_.substr(at_, end - at_))).second) {
            fail("the attribute " + name + " twice");
        }
        at_ = end + 1;
    }

    const std::string text_;
    std::size_t at_ = 0;
    std::vector<Element> elements_;
    std::vector<std::size_t> open_;  // into elements_
};

inline std::vector<Element> readMarkup(const std::string& document) { return MarkupReader{document}.read(); }

}  // namespace bursar::testing
