// Columns for a terminal, as kubectl prints them.
#pragma once

#include <string>
#include <vector>

namespace bursar::cli {

enum class Align { Left, Right };

// `rows` under `titles`, two blanks between columns, each line indented by `indent`. Cells take the columns that a
// terminal gives them (displayWidth), coloured or not.
std::string renderColumns(const std::vector<std::string>& titles, const std::vector<Align>& align,
                          const std::vector<std::vector<std::string>>& rows, int indent = 0);

}  // namespace bursar::cli
