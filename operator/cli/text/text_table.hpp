// Columns for a terminal, as kubectl prints them.
#pragma once

#include <string>
#include <vector>

namespace bursar::cli {

enum class Align { Left, Right };

// `rows` under `titles`, two blanks between columns, each line indented by `indent`. Widths are those of
// displayWidth(), so cells may be coloured.
std::string renderColumns(const std::vector<std::string>& titles, const std::vector<Align>& align,
                          const std::vector<std::vector<std::string>>& rows, int indent = 0);

}  // namespace bursar::cli
