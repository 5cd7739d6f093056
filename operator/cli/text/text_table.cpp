#include "operator/cli/text/text_table.hpp"

#include <algorithm>

#include "operator/cli/text/display_text.hpp"

namespace bursar::cli {
namespace {

void appendRow(const std::vector<std::string>& row, const std::vector<Align>& align,
               const std::vector<std::size_t>& widths, int indent, std::string& text) {
    text.append(static_cast<std::size_t>(indent), ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string padding(widths[i] - displayWidth(row[i]), ' ');
        if (i > 0) text += "  ";
        if (align[i] == Align::Right) text += padding;
        text += row[i];
        if (align[i] == Align::Left) text += padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
}

}  // namespace

std::string renderColumns(const std::vector<std::string>& titles, const std::vector<Align>& align,
                          const std::vector<std::vector<std::string>>& rows, int indent) {
    std::vector<std::size_t> widths;
    widths.reserve(titles.size());
    for (const std::string& title : titles) widths.push_back(displayWidth(title));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], displayWidth(row[i]));
    }
    std::string text;
    appendRow(titles, align, widths, indent, text);
    for (const auto& row : rows) appendRow(row, align, widths, indent, text);
    return text;
}

}  // namespace bursar::cli
