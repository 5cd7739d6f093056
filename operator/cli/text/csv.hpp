// Comma-separated values as in RFC 4180 and as spreadsheets write them: CRLF or LF, a byte order mark, quoted fields
// with commas, quotes and line breaks.
//
// Pure. Reading never fails as a whole: a malformed record carries its error, and the other records are read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bursar::cli {

struct CsvRecord {
    int line = 0;  // line of its first character, from 1
    std::vector<std::string> fields;
    std::string error;  // empty: well-formed
};

// The records of `text` in order; empty lines are skipped.
std::vector<CsvRecord> readCsv(std::string_view text);

// Untrusted text as a field, quoted if necessary. A text that a spreadsheet would compute as a formula (after blanks it
// begins with `=`, `+`, `-`, `@` or one of their full-width forms) gets an apostrophe in front. Not for numbers.
std::string csvText(std::string_view text);

}  // namespace bursar::cli
