#include "operator/cli/text/csv.hpp"

#include <algorithm>

#include "operator/cli/text/printable.hpp"

namespace bursar::cli {
namespace {

class CsvReader {
  public:
    explicit CsvReader(std::string_view text) : text_(text) {
        constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
        if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
    }

    std::vector<CsvRecord> read() {
        std::vector<CsvRecord> records;
        while (at_ < text_.size()) {
            if (skipLineEnd()) continue;
            records.push_back(readRecord());
        }
        return records;
    }

  private:
    [[nodiscard]] bool atEnd() const { return at_ == text_.size(); }
    [[nodiscard]] bool atLineEnd() const {
        return atEnd() || text_[at_] == '\n' || (text_[at_] == '\r' && text_.substr(at_).starts_with("\r\n"));
    }

    bool skipLineEnd() {
        if (atEnd() || !atLineEnd()) return false;
        at_ += text_[at_] == '\r' ? 2 : 1;
        ++line_;
        return true;
    }

    CsvRecord readRecord() {
        CsvRecord record;
        record.line = line_;
        do {
            record.fields.push_back(!atEnd() && text_[at_] == '"' ? quoted(record) : unquoted(record));
            if (!record.error.empty()) {
                // The rest of this line cannot be divided into fields.
                while (!atLineEnd()) ++at_;
                break;
            }
        } while (takeComma());
        skipLineEnd();
        return record;
    }

    bool takeComma() {
        if (atEnd() || text_[at_] != ',') return false;
        ++at_;
        return true;
    }

    std::string unquoted(CsvRecord& record) {
        const std::size_t from = at_;
        while (!atLineEnd() && text_[at_] != ',') {
            if (text_[at_] == '"') record.error = "a quote is inside a field that does not begin with one";
            ++at_;
        }
        return std::string{text_.substr(from, at_ - from)};
    }

    std::string quoted(CsvRecord& record) {
        std::string field;
        ++at_;
        while (!atEnd()) {
            const char c = text_[at_++];
            if (c == '\n') ++line_;
            if (c != '"') {
                field += c;
            } else if (!atEnd() && text_[at_] == '"') {
                field += text_[at_++];
            } else {
                if (!atLineEnd() && text_[at_] != ',') record.error = "text follows the closing quote of a field";
                return field;
            }
        }
        record.error = "a quoted field is never closed";
        return field;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

bool looksLikeFormula(std::string_view text) {
    constexpr std::string_view kSigns[] = {"=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return std::any_of(std::begin(kSigns), std::end(kSigns),
                       [&](std::string_view sign) { return text.starts_with(sign); });
}

}  // namespace

std::vector<CsvRecord> readCsv(std::string_view text) { return CsvReader{text}.read(); }

std::string csvText(std::string_view text) {
    // printable() removes line breaks: some readers ignore quotes.
    std::string field = printable(text);
    if (looksLikeFormula(field)) field.insert(0, "'");
    if (field.find_first_of(",\"") == std::string::npos) return field;
    std::string quoted = "\"";
    for (const char c : field) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace bursar::cli
