#include "operator/runtime/kube/api_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/utf8.hpp"

namespace bursar::kube {
namespace {

constexpr int kLongestRetryAfter = 3600;
// Bytes of what a server said that an error repeats: of a page whose form we do not know, and of the API server's own
// words, which may list many fields.
constexpr std::size_t kMostOfPage = 300;
constexpr std::size_t kMostOfMessage = 8192;

ErrorCode codeFor(int status, const std::string& reason) {
    if (reason == "AlreadyExists") return ErrorCode::AlreadyExists;
    switch (status) {
        case 401:
            return ErrorCode::Unauthorized;
        case 403:
            return ErrorCode::Forbidden;
        case 404:
            return ErrorCode::NotFound;
        case 409:
            return ErrorCode::Conflict;
        case 410:
            return ErrorCode::Gone;
        case 429:
            return ErrorCode::TooManyRequests;
        case 504:
            return ErrorCode::Timeout;
        default:
            return status >= 500 ? ErrorCode::Unavailable : ErrorCode::InvalidArgument;
    }
}

Error unusable(std::string_view why) {
    return makeError(ErrorCode::Internal, fmt::format("the API server's answer cannot be used: {}", why));
}

int wholeNumber(const Json& object, const char* name, int otherwise) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_integer()) return otherwise;
    return static_cast<int>(std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, kLongestRetryAfter));
}

bool isTextWhereThere(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_string();
}

bool areTextsWhereThere(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return true;
    return found->is_object() &&
           std::all_of(found->begin(), found->end(), [](const Json& text) { return text.is_string(); });
}

// Every reader of an object asks for these by their type, and nlohmann throws at another one.
Result<void> checkMetadata(const Json& object) {
    if (!object.is_object()) return unusable("it is not a JSON object");
    const auto metadata = object.find("metadata");
    if (metadata == object.end()) return {};
    if (!metadata->is_object()) return unusable("metadata is not an object");
    for (const char* name : {"name", "namespace", "uid", "resourceVersion", "continue"}) {
        if (!isTextWhereThere(*metadata, name)) return unusable(fmt::format("metadata.{} is not a text", name));
    }
    for (const char* name : {"labels", "annotations"}) {
        if (!areTextsWhereThere(*metadata, name))
            return unusable(fmt::format("metadata.{} is not a map of texts", name));
    }
    return {};
}

std::string metadataText(const Json& object, const char* name) {
    const auto metadata = object.find("metadata");
    return metadata == object.end() ? std::string{} : metadata->value(name, "");
}

}  // namespace

Error errorOfAnswer(int httpStatus, const std::string& body, int retryAfterSeconds) {
    const auto status = parseJson(body);
    if (!status || !status->is_object() || status->value("kind", Json{}) != "Status") {
        return {codeFor(httpStatus, ""), fmt::format("HTTP {}: {}", httpStatus, boundedText(body, kMostOfPage)),
                retryAfterSeconds};
    }
    const auto text = [&](const char* name) {
        return status->contains(name) && (*status)[name].is_string() ? (*status)[name].get<std::string>()
                                                                     : std::string{};
    };
    const Json details = status->value("details", Json::object());
    if (retryAfterSeconds == 0 && details.is_object()) retryAfterSeconds = wholeNumber(details, "retryAfterSeconds", 0);
    return {codeFor(httpStatus, text("reason")), boundedText(text("message"), kMostOfMessage), retryAfterSeconds};
}

Result<Json> objectOf(std::string_view text) {
    auto object = parseJson(text);
    if (!object) return unusable(object.error().message);
    if (const auto checked = checkMetadata(*object); !checked) return checked.error();
    return std::move(*object);
}

Result<ListPage> pageOf(Json list) {
    ListPage page{{}, metadataText(list, "resourceVersion"), metadataText(list, "continue")};
    const auto items = list.find("items");
    if (items == list.end() || items->is_null()) return page;
    if (!items->is_array()) return unusable("items is not a list");
    page.items.reserve(items->size());
    for (Json& item : *items) {
        if (const auto checked = checkMetadata(item); !checked) return checked.error();
        page.items.push_back(std::move(item));
    }
    return page;
}

Result<WatchEvent> watchEventOf(std::string_view line) {
    static constexpr std::pair<std::string_view, WatchEvent::Type> kTypes[] = {
        {"ADDED", WatchEvent::Type::Added},
        {"MODIFIED", WatchEvent::Type::Modified},
        {"DELETED", WatchEvent::Type::Deleted},
        {"BOOKMARK", WatchEvent::Type::Bookmark}};
    auto event = parseJson(line);
    if (!event) return unusable(fmt::format("a watch event: {}", event.error().message));
    if (!event->is_object() || !event->contains("object") || !(*event)["object"].is_object()) {
        return unusable("a watch event is not of the form {type, object}");
    }
    Json& object = (*event)["object"];
    const Json& type = (*event)["type"];
    for (const auto& [name, value] : kTypes) {
        if (type != name) continue;
        if (const auto checked = checkMetadata(object); !checked) return checked.error();
        if (!object.contains("metadata")) return unusable("the object of a watch event has no metadata");
        return WatchEvent{value, std::move(object)};
    }
    return errorOfAnswer(wholeNumber(object, "code", 500), jsonText(object), 0);
}

}  // namespace bursar::kube
