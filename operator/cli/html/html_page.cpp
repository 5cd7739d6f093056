#include "operator/cli/html/html_page.hpp"

#include <fmt/format.h>

#include "operator/cli/html/html_text.hpp"

namespace bursar::cli::html {

std::string page(const std::string& title, std::string_view style, const std::string& content) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        // The page loads nothing and runs no script, whatever text is in it.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n<meta name=\"referrer\" content=\"no-referrer\"/>\n"
        "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        title, kPageStyle, style, content);
}

std::string fact(std::string_view title, const std::string& value) {
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", title, value);
}

std::string warningList(const std::vector<std::string>& warnings) {
    if (warnings.empty()) return {};
    std::string text =
        "<section class=\"warnings\" aria-labelledby=\"warnings\">\n<h2 id=\"warnings\">Before you read "
        "on</h2>\n<ul>\n";
    for (const std::string& warning : warnings) text += fmt::format("<li>{}</li>\n", isolated(warning));
    return text + "</ul>\n</section>\n";
}

std::string number(const std::string& text) { return fmt::format("<td class=\"number\">{}</td>", text); }

// A scrollable region needs a name and keyboard focus.
std::string scrolled(const std::string& label, const std::string& table) {
    return fmt::format("<div class=\"scroll\" role=\"region\" aria-label=\"Table: {}\" tabindex=\"0\">\n{}</div>\n",
                       label, table);
}

std::string section(std::string_view id, std::string_view title, const std::string& lead, const std::string& content) {
    return fmt::format("<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n{2}{3}</section>\n", id, title,
                       lead.empty() ? lead : "<p>" + lead + "</p>\n", content);
}

std::string folded(const std::string& heading, const std::string& figure, const std::string& content, bool open) {
    return fmt::format("<details{}>\n<summary><h3>{}</h3> <span class=\"number\">{}</span></summary>\n{}</details>\n",
                       open ? " open=\"\"" : "", heading, figure, content);
}

}  // namespace bursar::cli::html
