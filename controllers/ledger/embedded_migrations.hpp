// The files controllers/ledger/migrations/*.sql, embedded when Bursar is built (cmake/embed_files.cmake).
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace bursar::ledger {

// Name and text of each file, in order: the n-th takes the database from version n-1 to n.
const std::vector<std::pair<std::string_view, std::string_view>>& embeddedMigrations();

}  // namespace bursar::ledger
