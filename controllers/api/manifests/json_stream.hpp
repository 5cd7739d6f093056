// Features of JSON texts that YAML lacks: several objects in a row, and surrogate pairs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::api {

// True for a text that begins as a JSON object does.
bool looksLikeJson(std::string_view text);

// The objects of a JSON text, `{…} {…}`, each with the text up to the next object. A single piece for any other text.
std::vector<std::string_view> splitJsonStream(std::string_view text);

// `\ud83d\ude80` as `\U0001F680`, which YAML understands; nothing if the text has no such pair.
std::optional<std::string> joinSurrogates(std::string_view text);

}  // namespace bursar::api
