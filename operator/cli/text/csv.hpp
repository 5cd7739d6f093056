// Comma-separated values as RFC 4180 writes them, and as spreadsheets do: CRLF or LF, a byte order mark, quoted fields
// that hold commas, quotes and line breaks.
//
// Pure. Reading never fails as a whole: a record that is malformed carries what is wrong with it, the others are read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bursar::cli {

struct CsvRecord {
    int line = 0;  // of its first character, from 1
    std::vector<std::string> fields;
    std::string error;  // empty: well-formed
};

// The records of `text` in order; lines without a character are skipped.
std::vector<CsvRecord> readCsv(std::string_view text);

// A field of text that other people wrote, quoted where it must be. What a spreadsheet would take for a formula (`=`,
// `+`, `-`, `@` and their full-width forms come first, blanks aside) gets an apostrophe in front, so that it is shown
// and not computed. Not for numbers.
std::string csvText(std::string_view text);

}  // namespace bursar::cli
