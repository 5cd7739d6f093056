// The frame of Bursar's pages: one file without scripts or external resources, for light and dark screens, phones and
// paper. Pure. Parameters are HTML; untrusted text must have gone through html_text.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bursar::cli::html {

// The document. `style` follows the common style sheet.
std::string page(const std::string& title, std::string_view style, const std::string& content);

// An entry of the list under the page's heading.
std::string fact(std::string_view title, const std::string& value);

// Warnings to read before any figure; empty if there are none. Takes text, not HTML.
std::string warningList(const std::vector<std::string>& warnings);

// A table cell with a number, aligned to the right.
std::string number(const std::string& text);

// A table that may be wider than the screen.
std::string scrolled(const std::string& label, const std::string& table);

std::string section(std::string_view id, std::string_view title, const std::string& lead, const std::string& content);

// Content that folds up under a heading and a figure; open on paper. `heading`: the content of a heading element.
std::string folded(const std::string& heading, const std::string& figure, const std::string& content, bool open);

// The common style sheet.
extern const std::string_view kPageStyle;

}  // namespace bursar::cli::html
