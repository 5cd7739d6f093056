#include "operator/cli/text/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <string_view>

#include "operator/runtime/base/ascii.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {
namespace {

using Json = nlohmann::ordered_json;

bool isPlain(const std::string& text) {
    static const std::set<std::string> kWords = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    const auto fits = [](char c) {
        return isLetter(c) || isDigit(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == ' ';
    };
    if (text.empty() || !isLetter(text.front()) || text.back() == ' ') return false;
    if (!std::all_of(text.begin(), text.end(), fits)) return false;
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return !kWords.contains(lower);
}

// JSON allows these unescaped within quotes; readers of YAML refuse them or take them for the end of a line.
struct Unwelcome {
    std::string_view character;
    std::string_view escaped;
};
constexpr Unwelcome kUnwelcome[] = {{"\x7f", "\\u007f"},         {"\xe2\x80\xa8", "\\u2028"},
                                    {"\xe2\x80\xa9", "\\u2029"}, {"\xef\xbb\xbf", "\\ufeff"},
                                    {"\xef\xbf\xbe", "\\ufffe"}, {"\xef\xbf\xbf", "\\uffff"}};

std::string quoted(const Json& text) {
    std::string out;
    const std::string json = jsonText(text);
    for (std::string_view rest = json; !rest.empty();) {
        const auto found = std::find_if(std::begin(kUnwelcome), std::end(kUnwelcome),
                                        [&](const Unwelcome& each) { return rest.starts_with(each.character); });
        const bool control = rest.size() > 1 && rest[0] == '\xc2' && static_cast<unsigned char>(rest[1]) < 0xA0;
        if (found != std::end(kUnwelcome)) {
            out += found->escaped;
            rest.remove_prefix(found->character.size());
        } else if (control) {
            out += fmt::format("\\u00{:02x}", static_cast<unsigned char>(rest[1]));
            rest.remove_prefix(2);
        } else {
            out += rest.front();
            rest.remove_prefix(1);
        }
    }
    return out;
}

std::string scalar(const Json& value) {
    if (!value.is_string()) return jsonText(value);
    return isPlain(value.get_ref<const std::string&>()) ? value.get<std::string>() : quoted(value);
}

class Writer {
  public:
    std::string text;

    void write(const Json& value, std::size_t depth) {
        if (value.is_object()) {
            writeMembers(value, depth);
        } else {
            writeElements(value, depth);
        }
    }

  private:
    static bool isBlock(const Json& value) { return value.is_structured() && !value.empty(); }

    // Before the first member there may be `- ` instead of an indentation.
    void writeMembers(const Json& object, std::size_t depth) {
        bool first = true;
        for (const auto& [name, value] : object.items()) {
            if (!first || text.empty() || text.back() == '\n') text.append(depth, ' ');
            first = false;
            text += scalar(Json(name)) + ":";
            if (isBlock(value)) {
                text += '\n';
                write(value, value.is_array() ? depth : depth + 2);
            } else {
                text += " " + scalar(value) + "\n";
            }
        }
    }

    void writeElements(const Json& array, std::size_t depth) {
        for (const Json& value : array) {
            if (text.empty() || text.back() == '\n') text.append(depth, ' ');
            text += "- ";
            if (isBlock(value)) {
                write(value, depth + 2);
            } else {
                text += scalar(value) + "\n";
            }
        }
    }
};

}  // namespace

std::string toYaml(const Json& value) {
    if (!value.is_structured() || value.empty()) return scalar(value) + "\n";
    Writer writer;
    writer.write(value, 0);
    return std::move(writer.text);
}

}  // namespace bursar::cli
