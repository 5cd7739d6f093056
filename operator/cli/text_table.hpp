// Columns for a terminal, as kubectl prints them.
#pragma once

#include <string>
#include <vector>

namespace bursar::cli {

enum class Align { Left, Right };

// `rows` under `titles`, two blanks between columns, each line indented by `indent`. Cells count their
// characters; those that take two columns of a terminal shift the rest of their line.
std::string renderColumns(const std::vector<std::string>& titles, const std::vector<Align>& align,
                          const std::vector<std::vector<std::string>>& rows, int indent = 0);

}  // namespace bursar::cli
