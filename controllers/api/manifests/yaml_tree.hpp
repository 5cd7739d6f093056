// Builds the JSON value of one YAML document from the parser's events.
//
// Flow: begin / scalar / alias / end in the order of the text, then take(). Guarantees: depth and the memory that
// aliases add are bounded; duplicate keys, keys that are not scalars, unknown anchors and anchors that contain
// themselves are errors with their place. Merge keys (`<<`) are resolved; the map's own keys win over merged ones.
// Thread-safety: none.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controllers/api/manifests/yaml_documents.hpp"

namespace bursar::api {

using Spot = std::pair<int, int>;  // line and column, from 1

// The memory that the documents of one text may still use, together.
struct TextBudget {
    std::size_t aliasBytes = kMaxAliasBytes;
    std::size_t placeBytes = kMaxPlaceBytes;
};

class YamlTree {
  public:
    using Report = std::function<void(Spot, std::string message, std::string field)>;

    YamlTree(TextBudget& budget, Report report) : budget_(budget), report_(std::move(report)) {}

    // Each returns false after an error that ends the document; the error was reported.
    bool begin(nlohmann::json container, Spot spot, std::string anchor);
    bool scalar(nlohmann::json value, Spot spot, const std::string& anchor, bool mergeKey);
    bool alias(const std::string& anchor, Spot spot);
    bool end();

    // True between the first event and the end of the root.
    [[nodiscard]] bool isOpen() const { return !frames_.empty(); }
    [[nodiscard]] YamlDocument take() { return std::move(document_); }

  private:
    // A value, with the memory that a copy takes.
    struct Node {
        nlohmann::json value;
        std::size_t bytes = 0;
        std::size_t height = 0;  // nested containers, including itself
    };
    // A container whose end was not read yet.
    struct Frame {
        Node node;
        Spot spot;
        std::string anchor;
        std::size_t pathLength = 0;  // length of the container's path within path_
        std::string key;             // of the next value
        bool hasKey = false;
        bool isDuplicate = false;  // the next value is dropped
        bool isMerge = false;      // the next value is merged
        Spot mergeSpot;
        std::vector<Node> merged;
    };

    bool fail(Spot spot, std::string message);
    void place(Spot spot);
    void record(std::string_view path, Spot spot);
    bool takeKey(const nlohmann::json& value, Spot spot, bool mergeKey);
    bool add(Node node, Spot spot, const std::string& anchor);
    bool keepAnchor(const std::string& anchor, const Node& node, Spot spot);
    bool spend(std::size_t bytes, Spot spot);
    bool addMerge(Frame& frame, Node node, Spot spot);
    void mergeInto(Frame& frame);
    void mergeOne(Frame& frame, nlohmann::json& source);
    [[nodiscard]] bool expectsKey() const;
    [[nodiscard]] int lineOf(const std::string& path) const;

    TextBudget& budget_;
    Report report_;
    std::vector<Frame> frames_;
    std::unordered_map<std::string, Node> anchors_;
    std::string path_;
    YamlDocument document_;
};

}  // namespace bursar::api
