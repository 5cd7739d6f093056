#include "controllers/api/manifests/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controllers/api/manifests/yaml_documents.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

const char* nameOfType(const json& value) {
    if (value.is_array()) return "a list";
    if (value.is_string()) return "a string";
    return value.is_boolean() ? "true or false" : "a number";
}

std::string textOf(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool isList(const json& object) {
    const std::string kind = textOf(object, "kind");
    return kind.size() >= 4 && kind.compare(kind.size() - 4, 4, "List") == 0 && object.contains("items");
}

Manifest manifestOf(json object, const std::string& file, FieldPlaces places) {
    std::sort(places.begin(), places.end());
    const int line = places.empty() ? 0 : places.front().second.first;
    return {std::move(object), file, line, std::move(places)};
}

// The places of each item, as paths within it.
std::vector<FieldPlaces> placesOfItems(const FieldPlaces& places, std::size_t count) {
    static constexpr std::string_view kItems = "items[";
    std::vector<FieldPlaces> items(count);
    for (const auto& [path, spot] : places) {
        if (path.compare(0, kItems.size(), kItems) != 0) continue;
        std::size_t index = 0;
        const char* end = path.data() + path.size();
        const char* stopped = std::from_chars(path.data() + kItems.size(), end, index).ptr;
        if (index >= count || stopped == end || *stopped != ']') continue;
        ++stopped;
        if (stopped != end && *stopped == '.') ++stopped;
        items[index].emplace_back(std::string{stopped, end}, spot);
    }
    return items;
}

class DocumentSorter {
  public:
    DocumentSorter(const std::string& file, ManifestSet& set) : file_(file), set_(set) {}

    void add(json value, FieldPlaces places) {
        if (value.is_null()) return;
        Manifest manifest = manifestOf(std::move(value), file_, std::move(places));
        if (!manifest.object.is_object()) {
            return refuse(manifest, "",
                          fmt::format("a manifest is an object with apiVersion and kind; this is {}",
                                      nameOfType(manifest.object)));
        }
        for (const char* name : {"apiVersion", "kind"}) {
            if (textOf(manifest.object, name).empty()) {
                return refuse(manifest, name, "is required in every manifest, as a string");
            }
        }
        if (isList(manifest.object)) return open(manifest);
        set_.manifests.push_back(std::move(manifest));
    }

  private:
    // Items of a `TeamQuotaList` may leave out what their list says.
    void open(const Manifest& list) {
        const json& items = list.object["items"];
        if (items.is_null()) return;
        if (!items.is_array()) return refuse(list, "items", "must be a list");
        const std::string kind = textOf(list.object, "kind");
        const std::string itemKind = kind.substr(0, kind.size() - 4);
        std::vector<FieldPlaces> places = placesOfItems(list.places, items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            json item = items[i];
            if (!itemKind.empty() && item.is_object() && !item.contains("kind")) {
                item["kind"] = itemKind;
                item["apiVersion"] = list.object["apiVersion"];
            }
            if (places[i].empty()) places[i].emplace_back("", std::pair{list.line, 0});
            add(std::move(item), std::move(places[i]));
        }
    }

    void refuse(const Manifest& manifest, const char* field, std::string message) {
        set_.errors.push_back({manifest.placeOf(field), std::move(message), field});
    }

    const std::string& file_;
    ManifestSet& set_;
};

}  // namespace

std::string Place::toString() const {
    if (line == 0) return file;
    return column == 0 ? fmt::format("{}:{}", file, line) : fmt::format("{}:{}:{}", file, line, column);
}

std::string ManifestError::toString() const { return place.file.empty() ? text() : place.toString() + ": " + text(); }

Place Manifest::placeOf(std::string_view field) const {
    while (true) {
        const auto found =
            std::lower_bound(places.begin(), places.end(), field,
                             [](const auto& entry, std::string_view path) { return entry.first < path; });
        if (found != places.end() && found->first == field) return {file, found->second.first, found->second.second};
        if (field.empty()) return {file, line, 0};
        const std::size_t parent = field.find_last_of(".[");
        field = parent == std::string_view::npos ? std::string_view{} : field.substr(0, parent);
    }
}

ManifestSet parseManifests(std::string_view text, const std::string& file) {
    ManifestSet set;
    DocumentSorter sorter{file, set};
    for (YamlDocument& document : readYamlDocuments(text, file, set.errors)) {
        sorter.add(std::move(document.value), std::move(document.places));
    }
    return set;
}

}  // namespace bursar::api
