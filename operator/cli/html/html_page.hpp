// The frame that Bursar's pages share: one file that needs nothing else and runs no script, light and dark, on a
// telephone and on paper. Pure. Texts are HTML already; what people wrote has gone through html_text.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bursar::cli::html {

// The document. `style` comes behind the common style sheet.
std::string page(const std::string& title, std::string_view style, const std::string& content);

// A title and a value of the list under the page's heading.
std::string fact(std::string_view title, const std::string& value);

// What a reader must know before any figure; empty where there is nothing. Takes text, not HTML.
std::string warningList(const std::vector<std::string>& warnings);

// A cell that is aligned with the numbers above it.
std::string number(const std::string& text);

// A table that may be wider than a telephone.
std::string scrolled(const std::string& label, const std::string& table);

std::string section(std::string_view id, std::string_view title, const std::string& lead, const std::string& content);

// Folds up behind a heading and a figure; on paper it is open. `heading` is a heading element's content.
std::string folded(const std::string& heading, const std::string& figure, const std::string& content, bool open);

// The common style sheet.
extern const std::string_view kPageStyle;

}  // namespace bursar::cli::html
