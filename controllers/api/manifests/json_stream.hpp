// What JSON texts have that YAML does not: several objects one after the other, and surrogate pairs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::api {

// True for a text that begins as a JSON object does.
bool looksLikeJson(std::string_view text);

// The objects of a JSON text, `{…} {…}`, each with what follows it up to the next. One piece where it is not such.
std::vector<std::string_view> splitJsonStream(std::string_view text);

// `\ud83d\ude80` as `\U0001F680`, which YAML understands; nothing where the text has no such pair.
std::optional<std::string> joinSurrogates(std::string_view text);

}  // namespace bursar::api
