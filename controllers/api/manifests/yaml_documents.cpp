#include "controllers/api/manifests/yaml_documents.hpp"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <optional>

#include "controllers/api/manifests/json_stream.hpp"
#include "controllers/api/manifests/text_encoding.hpp"
#include "controllers/api/manifests/yaml_scalar.hpp"
#include "controllers/api/manifests/yaml_tree.hpp"
#include "operator/runtime/base/utf8.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

// A part of the text, usually with a single document, and its first line.
struct Chunk {
    std::string_view text;
    int firstLine = 1;
};

class Event {
  public:
    Event() = default;
    ~Event() { yaml_event_delete(&event_); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    yaml_event_t* get() { return &event_; }
    const yaml_event_t* operator->() const { return &event_; }

  private:
    yaml_event_t event_{};
};

class Parser {
  public:
    explicit Parser(std::string_view text) {
        usable_ = yaml_parser_initialize(&parser_) == 1;
        if (!usable_) return;
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    ~Parser() {
        if (usable_) yaml_parser_delete(&parser_);
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    bool next(Event& event) { return usable_ && yaml_parser_parse(&parser_, event.get()) == 1; }
    const yaml_parser_t* operator->() const { return &parser_; }

  private:
    yaml_parser_t parser_{};
    bool usable_ = false;
};

std::string textOf(const yaml_char_t* text) { return text == nullptr ? "" : reinterpret_cast<const char*>(text); }

// libyaml's message, which is go-yaml's as well, with advice on tabs.
std::string describeProblem(const yaml_parser_t& parser, const Chunk& chunk) {
    if (parser.problem == nullptr) return "not valid YAML: there is not enough memory";
    std::string said = fmt::format("not valid YAML: {}", parser.problem);
    const std::size_t at = offsetOfCharacter(chunk.text, parser.problem_mark.index);
    if (chunk.text.substr(at, 1) == "\t") said += "; tabs cannot indent, use spaces";
    if (parser.context == nullptr || parser.context_mark.line == parser.problem_mark.line) return said;
    return said + fmt::format(" ({} that begins in line {})", parser.context,
                              static_cast<int>(parser.context_mark.line) + chunk.firstLine);
}

// Reads the documents of one chunk. After a syntax error the rest of the chunk is not read.
class ChunkReader {
  public:
    ChunkReader(const Chunk& chunk, TextBudget& budget, const std::string& file, std::vector<ManifestError>& errors)
        : chunk_(chunk), budget_(budget), file_(file), errors_(errors), parser_(chunk.text) {}

    void readInto(std::vector<YamlDocument>& documents) {
        while (true) {
            Event event;
            if (!parser_.next(event)) return reportProblem();
            if (event->type == YAML_STREAM_END_EVENT) return;
            if (event->type != YAML_DOCUMENT_START_EVENT) continue;
            const std::size_t before = errors_.size();
            auto document = readDocument();
            if (!document) return;
            if (errors_.size() == before) documents.push_back(std::move(*document));
        }
    }

  private:
    std::optional<YamlDocument> readDocument() {
        YamlTree tree{budget_, [this](Spot spot, std::string message, std::string field) {
                          report(spot, std::move(message), std::move(field));
                      }};
        while (true) {
            Event event;
            if (!parser_.next(event)) {
                reportProblem();
                return std::nullopt;
            }
            if (event->type == YAML_DOCUMENT_END_EVENT) return tree.take();
            if (!feed(tree, *event.get())) return std::nullopt;
        }
    }

    bool feed(YamlTree& tree, const yaml_event_t& event) {
        const Spot spot = spotOf(event.start_mark);
        switch (event.type) {
            case YAML_MAPPING_START_EVENT: {
                const auto& start = event.data.mapping_start;
                return checkTag(start.tag, YAML_MAP_TAG, spot) &&
                       tree.begin(json::object(), spot, textOf(start.anchor));
            }
            case YAML_SEQUENCE_START_EVENT: {
                const auto& start = event.data.sequence_start;
                return checkTag(start.tag, YAML_SEQ_TAG, spot) && tree.begin(json::array(), spot, textOf(start.anchor));
            }
            case YAML_SCALAR_EVENT:
                return feedScalar(tree, event, spot);
            case YAML_ALIAS_EVENT:
                return tree.alias(textOf(event.data.alias.anchor), spot);
            default:
                return tree.end();
        }
    }

    // A value that JSON cannot hold is an error and reads as empty text, so that later errors of the document show as
    // well.
    bool feedScalar(YamlTree& tree, const yaml_event_t& event, Spot spot) {
        const auto& scalar = event.data.scalar;
        const std::string_view text{reinterpret_cast<const char*>(scalar.value), scalar.length};
        const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
        Result<json> value = scalar.tag != nullptr ? resolveTaggedScalar(textOf(scalar.tag), text)
                             : plain               ? resolvePlainScalar(text)
                                                   : Result<json>{json(text)};
        if (!value) {
            report(spot, value.error().message);
            value = json("");
        }
        const bool merge = plain && scalar.tag == nullptr && text == "<<";
        return tree.scalar(std::move(*value), spot, textOf(scalar.anchor), merge);
    }

    bool checkTag(const yaml_char_t* tag, const char* only, Spot spot) {
        const std::string given = textOf(tag);
        if (given.empty() || given == "!" || given == only) return true;
        report(spot, fmt::format("the tag {} is not supported; leave it out", boundedText(given, 64)));
        return false;
    }

    [[nodiscard]] Spot spotOf(const yaml_mark_t& mark) const {
        return {static_cast<int>(mark.line) + chunk_.firstLine, static_cast<int>(mark.column) + 1};
    }

    void report(Spot spot, std::string message, std::string field = {}) {
        errors_.push_back({{file_, spot.first, spot.second}, std::move(message), std::move(field)});
    }

    void reportProblem() {
        const yaml_parser_t& parser = *parser_.operator->();
        report(spotOf(parser.problem_mark), describeProblem(parser, chunk_));
    }

    const Chunk chunk_;
    TextBudget& budget_;
    const std::string& file_;
    std::vector<ManifestError>& errors_;
    Parser parser_;
};

// `---` at the beginning of a line, alone or before a space.
bool isSeparator(std::string_view text, std::size_t at) {
    if (text.substr(at, 3) != "---") return false;
    return at + 3 == text.size() || std::string_view{" \t\r\n"}.find(text[at + 3]) != std::string_view::npos;
}

bool isBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

int countLines(std::string_view text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

void addChunk(Chunk chunk, std::vector<Chunk>& chunks) {
    if (isBlank(chunk.text)) return;
    if (!looksLikeJson(chunk.text)) return chunks.push_back(chunk);
    for (const std::string_view piece : splitJsonStream(chunk.text)) {
        chunks.push_back({piece, chunk.firstLine});
        chunk.firstLine += countLines(piece);
    }
}

// Splits the text at its separators, as kubectl does: the documents after a broken one are still read.
std::vector<Chunk> splitDocuments(std::string_view text) {
    std::vector<Chunk> chunks;
    std::size_t begin = 0;
    int line = 1;
    int firstLine = 1;
    for (std::size_t at = 0; at < text.size(); ++line) {
        if (isSeparator(text, at)) {
            addChunk({text.substr(begin, at - begin), firstLine}, chunks);
            begin = at;
            firstLine = line;
        }
        const std::size_t end = text.find('\n', at);
        at = end == std::string_view::npos ? text.size() : end + 1;
    }
    addChunk({text.substr(begin), firstLine}, chunks);
    return chunks;
}

Place placeAt(std::string_view text, std::size_t offset, const std::string& file) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t lineStart = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return {file, countLines(before) + 1, static_cast<int>(countCharacters(before.substr(lineStart))) + 1};
}

// Apart from its callers: where all is inlined (-O3), gcc 12 takes parts of the temporary for uninitialized.
void addError(Place place, std::string message, std::vector<ManifestError>& errors) {
    errors.push_back({std::move(place), std::move(message)});
}

bool isReadable(std::string_view text, const std::string& file, std::vector<ManifestError>& errors) {
    if (text.size() > kMaxTextBytes) {
        addError({file, 0, 0}, fmt::format("is larger than {} MiB; split it", kMaxTextBytes >> 20), errors);
        return false;
    }
    if (const auto bad = findForbiddenText(text)) {
        addError(placeAt(text, *bad, file),
                 fmt::format("the byte 0x{:02X} is not text that YAML allows; save the file as UTF-8",
                             static_cast<unsigned char>(text[*bad])),
                 errors);
        return false;
    }
    return true;
}

}  // namespace

std::vector<YamlDocument> readYamlDocuments(std::string_view text, const std::string& file,
                                            std::vector<ManifestError>& errors) {
    static constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
    std::vector<YamlDocument> documents;
    if (!isReadable(text, file, errors)) return documents;
    const std::size_t before = errors.size();
    TextBudget budget;
    for (const Chunk& chunk : splitDocuments(text)) {
        if (errors.size() - before >= kMaxErrors || documents.size() >= kMaxDocuments) {
            addError({file, chunk.firstLine, 0}, "too many errors or documents; the rest of the file is not read",
                     errors);
            break;
        }
        const auto joined = looksLikeJson(chunk.text) ? joinSurrogates(chunk.text) : std::nullopt;
        ChunkReader{{joined ? *joined : chunk.text, chunk.firstLine}, budget, file, errors}.readInto(documents);
    }
    return documents;
}

}  // namespace bursar::api
