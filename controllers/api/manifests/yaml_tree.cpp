#include "controllers/api/manifests/yaml_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "operator/runtime/base/json_text.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

constexpr std::size_t kNodeBytes = 32;  // of any value, without its text

std::size_t bytesOf(const json& scalar) {
    return kNodeBytes + (scalar.is_string() ? scalar.get_ref<const std::string&>().size() : 0);
}

// JSON keys are strings; another scalar becomes its text.
std::string keyOf(const json& value) { return value.is_string() ? value.get<std::string>() : jsonText(value); }

}  // namespace

bool YamlTree::fail(Spot spot, std::string message) {
    report_(spot, std::move(message), "");
    return false;
}

bool YamlTree::expectsKey() const {
    return !frames_.empty() && frames_.back().node.value.is_object() && !frames_.back().hasKey;
}

int YamlTree::lineOf(const std::string& path) const {
    const auto found = std::find_if(document_.places.begin(), document_.places.end(),
                                    [&](const auto& entry) { return entry.first == path; });
    return found == document_.places.end() ? 0 : found->second.first;
}

// Records the place of the next value. A value in a map has the place of its key.
void YamlTree::place(Spot spot) {
    if (frames_.empty()) return record("", spot);
    Frame& frame = frames_.back();
    if (frame.node.value.is_object()) return;
    path_.resize(frame.pathLength);
    path_ += fmt::format("[{}]", frame.node.value.size());
    record(path_, spot);
}

// Bounded: long keys above long lists would make the paths far larger than the text.
void YamlTree::record(std::string_view path, Spot spot) {
    const std::size_t bytes = kNodeBytes + path.size();
    if (bytes > budget_.placeBytes) return;
    budget_.placeBytes -= bytes;
    document_.places.emplace_back(path, spot);
}

bool YamlTree::takeKey(const json& value, Spot spot, bool mergeKey) {
    Frame& frame = frames_.back();
    frame.hasKey = true;
    frame.isMerge = mergeKey;
    frame.isDuplicate = false;
    if (mergeKey) {
        frame.mergeSpot = spot;
        return true;
    }
    if (value.is_null()) return fail(spot, "a key is missing before the colon");
    frame.key = keyOf(value);
    path_.resize(frame.pathLength);
    if (!path_.empty()) path_ += '.';
    path_ += frame.key;
    if (frame.node.value.contains(frame.key)) {
        frame.isDuplicate = true;
        report_(spot, fmt::format("the key occurs twice, first in line {}; remove one", lineOf(path_)), path_);
        return true;
    }
    record(path_, spot);
    return true;
}

bool YamlTree::begin(json container, Spot spot, std::string anchor) {
    if (expectsKey()) return fail(spot, "a key must be a plain value, not a map or a list");
    if (frames_.size() >= kMaxDepth) return fail(spot, fmt::format("nested deeper than {} levels", kMaxDepth));
    place(spot);
    Frame frame;
    frame.node = {std::move(container), kNodeBytes, 1};
    frame.spot = spot;
    frame.anchor = std::move(anchor);
    frame.pathLength = path_.size();
    frames_.push_back(std::move(frame));
    return true;
}

bool YamlTree::scalar(json value, Spot spot, const std::string& anchor, bool mergeKey) {
    const std::size_t bytes = bytesOf(value);
    if (expectsKey()) {
        Node node{value, bytes, 0};
        if (!anchor.empty() && !keepAnchor(anchor, node, spot)) return false;
        return takeKey(value, spot, mergeKey);
    }
    place(spot);
    return add({std::move(value), bytes, 0}, spot, anchor);
}

bool YamlTree::alias(const std::string& anchor, Spot spot) {
    const auto open = std::find_if(frames_.begin(), frames_.end(), [&](const Frame& f) { return f.anchor == anchor; });
    if (open != frames_.end()) return fail(spot, fmt::format("the anchor &{} contains itself", anchor));
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return fail(spot, fmt::format("there is no anchor &{} above this alias", anchor));
    const Node& node = found->second;
    if (expectsKey()) {
        if (node.height > 0) return fail(spot, "a key must be a plain value, not a map or a list");
        return takeKey(node.value, spot, false);
    }
    if (frames_.size() + node.height > kMaxDepth) {
        return fail(spot, fmt::format("nested deeper than {} levels", kMaxDepth));
    }
    if (!spend(node.bytes, spot)) return false;
    place(spot);
    return add(node, spot, "");
}

bool YamlTree::end() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    mergeInto(frame);
    path_.resize(frame.pathLength);
    return add(std::move(frame.node), frame.spot, frame.anchor);
}

// Adds a complete value to the innermost container, or makes it the document.
bool YamlTree::add(Node node, Spot spot, const std::string& anchor) {
    if (!anchor.empty() && !keepAnchor(anchor, node, spot)) return false;
    if (frames_.empty()) {
        document_.value = std::move(node.value);
        return true;
    }
    Frame& frame = frames_.back();
    frame.hasKey = false;
    if (frame.isMerge && frame.node.value.is_object()) return addMerge(frame, std::move(node), spot);
    if (frame.isDuplicate) return true;
    frame.node.bytes += node.bytes + frame.key.size();
    frame.node.height = std::max(frame.node.height, node.height + 1);
    if (frame.node.value.is_array()) {
        frame.node.value.push_back(std::move(node.value));
    } else {
        frame.node.value.emplace(std::move(frame.key), std::move(node.value));
    }
    return true;
}

// The copy counts against the budget of aliases: nested anchors would otherwise copy a text once per level.
bool YamlTree::keepAnchor(const std::string& anchor, const Node& node, Spot spot) {
    if (!spend(node.bytes, spot)) return false;
    anchors_[anchor] = node;
    return true;
}

bool YamlTree::spend(std::size_t bytes, Spot spot) {
    if (bytes > budget_.aliasBytes) {
        return fail(spot, fmt::format("the aliases of this file expand to more than {} MiB; write the values out",
                                      kMaxAliasBytes >> 20));
    }
    budget_.aliasBytes -= bytes;
    return true;
}

bool YamlTree::addMerge(Frame& frame, Node node, Spot spot) {
    frame.isMerge = false;
    const bool fits = node.value.is_object() ||
                      (node.value.is_array() && std::all_of(node.value.begin(), node.value.end(),
                                                            [](const json& element) { return element.is_object(); }));
    if (!fits) return fail(spot, "<< merges a map or a list of maps");
    frame.merged.push_back(std::move(node));
    return true;
}

void YamlTree::mergeInto(Frame& frame) {
    for (Node& source : frame.merged) {
        frame.node.bytes += source.bytes;
        frame.node.height = std::max(frame.node.height, source.height);
        if (source.value.is_object()) {
            mergeOne(frame, source.value);
        } else {
            for (json& element : source.value) mergeOne(frame, element);
        }
    }
}

void YamlTree::mergeOne(Frame& frame, json& source) {
    for (auto& [key, value] : source.get_ref<json::object_t&>()) {
        if (frame.node.value.contains(key)) continue;
        path_.resize(frame.pathLength);
        record(path_ + (path_.empty() ? "" : ".") + key, frame.mergeSpot);
        frame.node.value.emplace(key, std::move(value));
    }
}

}  // namespace bursar::api
