#include "controllers/ledger/kubernetes_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/ledger/config_maps.hpp"
#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/sha256.hpp"

namespace bursar::ledger {
namespace {

using kube::Json;

constexpr const char* kGeneration = "bursar.dev/ledger-generation";
constexpr std::size_t kMaxLabelValue = 63;
constexpr std::size_t kMostLineBytes = 1'000'000;  // a ConfigMap holds 1 MiB

// The label whose value is the policy, and the prefix of names.
const char* labelOf(ChainKind kind) { return kind == ChainKind::Windows ? "bursar.dev/ledger" : "bursar.dev/metering"; }
const char* prefixOf(ChainKind kind) { return kind == ChainKind::Windows ? "bursar-ledger" : "bursar-metering"; }

std::string headName(const ChainName& name) { return fmt::format("{}.{}", prefixOf(name.kind), name.policy); }

Json configMap(const std::string& ns, const std::string& name, const ChainName& chain, std::int64_t generation) {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata",
             {{"name", name},
              {"namespace", ns},
              {"labels", {{"app.kubernetes.io/managed-by", kManagedBy}, {labelOf(chain.kind), chain.policy}}},
              {"annotations", {{kGeneration, std::to_string(generation)}}}}}};
}

std::int64_t generationOf(const Json& object) {
    const std::string text = object["metadata"].value("annotations", Json::object()).value(kGeneration, "0");
    return std::strtoll(text.c_str(), nullptr, 10);
}

void addLines(const Json& object, std::vector<std::string>& lines) {
    const std::string text = object.value("data", Json::object()).value("records", "");
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
}

Error brokenHead(const ChainName& name, std::string_view why) {
    return makeError(ErrorCode::Internal,
                     fmt::format("the head of the ledger of \"{}\" (ConfigMap {}) cannot be used: {}; restore it from "
                                 "a backup",
                                 name.policy, headName(name), why));
}

// Records [first, last) of a chain.
struct Run {
    const StoredChain& chain;
    std::size_t first;
    std::size_t last;

    [[nodiscard]] std::size_t size() const { return last - first; }
    [[nodiscard]] Run head(std::size_t count) const { return {chain, first, first + count}; }
    [[nodiscard]] std::size_t bytes() const {
        std::size_t bytes = 0;
        for (std::size_t i = first; i < last; ++i) bytes += chain.lineAt(i).size() + 1;
        return bytes;
    }
    [[nodiscard]] std::string lines() const {
        std::string text;
        text.reserve(bytes());
        for (std::size_t i = first; i < last; ++i) text.append(chain.lineAt(i)).append("\n");
        return text;
    }
};

}  // namespace

KubernetesLedger::KubernetesLedger(std::shared_ptr<kube::Reader> reader, std::shared_ptr<kube::Writer> writer,
                                   std::string ns, std::size_t headBytes, std::size_t partBytes)
    : reader_(std::move(reader)),
      writer_(std::move(writer)),
      ns_(std::move(ns)),
      headBytes_(headBytes),
      partBytes_(partBytes) {}

KubernetesLedger::KubernetesLedger(std::shared_ptr<kube::Client> client, std::string ns, std::size_t headBytes,
                                   std::size_t partBytes)
    : KubernetesLedger(client, client, std::move(ns), headBytes, partBytes) {}

std::unique_ptr<KubernetesLedger> KubernetesLedger::toRead(std::shared_ptr<kube::Reader> reader, std::string ns) {
    return std::unique_ptr<KubernetesLedger>{
        new KubernetesLedger{std::move(reader), nullptr, std::move(ns), kHeadBytes, kPartBytes}};
}

Result<StoredLines> KubernetesLedger::readLines(const ChainName& name) {
    layouts_.erase(name);
    if (name.policy.size() > kMaxLabelValue) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("the policy's name is longer than the {} characters a label may have; nothing can "
                                     "be recorded of it",
                                     kMaxLabelValue));
    }
    // One list is one consistent state of the store, over all its pages.
    auto listed = reader_->list(configMaps(), {ns_, fmt::format("{}={}", labelOf(name.kind), name.policy), "", 500});
    if (!listed) return listed.error();
    Layout layout;
    auto stored = assemble(name, listed->items, layout);
    if (stored) layouts_[name] = std::move(layout);
    return stored;
}

Result<StoredLines> KubernetesLedger::assemble(const ChainName& name, const std::vector<Json>& objects,
                                               Layout& layout) const {
    std::map<std::string, const Json*> byName;
    for (const Json& object : objects) byName[kube::keyOf(object).name] = &object;
    const auto head = byName.find(headName(name));
    if (head == byName.end()) {
        // Without a head only a crash at the first commit leaves parts, and they are of the first generation.
        for (const Json& object : objects) {
            if (generationOf(object) > 1) return brokenHead(name, "it is gone, but its older records are not");
        }
        return StoredLines{};
    }
    StoredLines stored;
    try {
        const auto parsed = parseJson(head->second->at("data").at("head").get_ref<const std::string&>());
        if (!parsed) return brokenHead(name, parsed.error().message);
        const Json& text = *parsed;
        stored.begin = linkOf(text.at("begin"));
        stored.tip = linkOf(text.at("tip"));
        for (const Json& part : text.at("parts")) {
            layout.parts.push_back(
                {part.at("name").get<std::string>(), part.at("first").get<std::int64_t>(), linkOf(part.at("last"))});
        }
    } catch (const Json::exception& problem) {
        return brokenHead(name, problem.what());
    }
    layout.generation = generationOf(*head->second);
    layout.headVersion = (*head->second)["metadata"].value("resourceVersion", "");
    std::set<std::string> used = {head->first};
    for (const Part& part : layout.parts) {
        used.insert(part.name);
        if (byName.contains(part.name)) addLines(*byName[part.name], stored.lines);
    }
    addLines(*head->second, stored.lines);
    for (const auto& [objectName, object] : byName) {
        if (used.contains(objectName) || generationOf(*object) > layout.generation) continue;
        layout.unused.push_back({objectName, (*object)["metadata"].value("uid", "")});
    }
    return stored;
}

Error KubernetesLedger::openedToRead() {
    return makeError(ErrorCode::InvalidArgument, "the ledger was opened for reading and cannot be written");
}

Result<void> KubernetesLedger::commit(const StoredChain& chain) {
    if (!writer_) return openedToRead();
    const auto known = layouts_.find(chain.name());
    if (known == layouts_.end()) {
        return notReadYet();
    }
    Layout layout = std::move(known->second);
    layouts_.erase(known);
    if (auto stored = store(chain, layout); !stored) return stored;
    removeUnused(layout);
    layouts_[chain.name()] = std::move(layout);
    return {};
}

// Keeps the parts whose records are unchanged, and moves what is too large for the head to new parts.
Result<void> KubernetesLedger::store(const StoredChain& chain, Layout& layout) {
    Run rest{chain, 0, chain.size()};
    std::vector<Part> parts;
    for (const Part& part : layout.parts) {
        // A chain only loses its first records or a run at its end, so an unchanged first and last record suffice.
        std::size_t last = rest.first;
        while (last < rest.last && chain.linkAt(last) != part.last) ++last;
        if (last < rest.last && chain.linkAt(rest.first).seq == part.first) {
            rest.first = last + 1;
            parts.push_back(part);
        } else {
            layout.unused.push_back({part.name, ""});
        }
    }
    const std::int64_t generation = layout.generation + 1;
    const bool tooMuch = rest.bytes() > headBytes_;
    while (tooMuch && rest.bytes() > headBytes_ / 3) {
        std::size_t count = 1;
        while (count < rest.size() && rest.head(count + 1).bytes() <= partBytes_) ++count;
        Part part{"", chain.linkAt(rest.first).seq, chain.linkAt(rest.first + count - 1)};
        if (auto created = createPart(chain.name(), generation, rest.head(count).lines(), part); !created) {
            return created;
        }
        parts.push_back(std::move(part));
        rest.first += count;
    }
    layout.parts = std::move(parts);
    layout.generation = generation;
    auto version = writeHead(chain, layout, rest.lines());
    if (!version) return version.error();
    layout.headVersion = *version;
    return {};
}

Result<void> KubernetesLedger::createPart(const ChainName& name, std::int64_t generation, const std::string& lines,
                                          Part& part) {
    if (lines.size() > kMostLineBytes) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("a record of {} bytes is more than a ConfigMap can hold; there are too many teams "
                                     "in one pool for the ledger in Kubernetes",
                                     lines.size()));
    }
    part.name = fmt::format("{}-part.{}.{}-{}", prefixOf(name.kind), name.policy, generation,
                            sha256Of(lines).substr(0, kPartHashLength));
    Json object = configMap(ns_, part.name, name, generation);
    object["data"] = {{"records", lines}};
    object["immutable"] = true;
    const auto created = writer_->create(configMaps(), object);
    // The name holds the content's hash, so an existing part is the same: of an interrupted or a concurrent commit.
    if (!created && !created.error().isAlreadyExists()) return created.error();
    return {};
}

Result<std::string> KubernetesLedger::writeHead(const StoredChain& chain, const Layout& layout,
                                                const std::string& lines) {
    Json head = {{"begin", jsonOf(chain.begin())}, {"tip", jsonOf(chain.tip())}, {"parts", Json::array()}};
    for (const Part& part : layout.parts) {
        head["parts"].push_back({{"name", part.name}, {"first", part.first}, {"last", jsonOf(part.last)}});
    }
    Json object = configMap(ns_, headName(chain.name()), chain.name(), layout.generation);
    object["data"] = {{"head", jsonText(head)}, {"records", lines}};
    if (!layout.headVersion.empty()) object["metadata"]["resourceVersion"] = layout.headVersion;
    const auto written =
        layout.headVersion.empty() ? writer_->create(configMaps(), object) : writer_->replace(configMaps(), object, "");
    if (written) return (*written)["metadata"].value("resourceVersion", "");
    // Another leader created it, or it was deleted, since it was read.
    if (written.error().isAlreadyExists() || written.error().isNotFound()) {
        return makeError(ErrorCode::Conflict, written.error().message);
    }
    return written.error();
}

// Parts that cannot be removed now are removed after the next commit or start.
void KubernetesLedger::removeUnused(Layout& layout) {
    std::erase_if(layout.unused, [&](const Unused& part) {
        const auto removed = writer_->remove(configMaps(), {ns_, part.name}, part.uid, "");
        return removed || removed.error().isNotFound();
    });
}

Result<std::vector<std::string>> KubernetesLedger::policies() {
    std::set<std::string> names;
    for (const ChainKind kind : {ChainKind::Windows, ChainKind::Metering}) {
        auto listed = reader_->list(configMaps(), {ns_, labelOf(kind), "", 500});
        if (!listed) return listed.error();
        for (const Json& object : listed->items) {
            names.insert(object["metadata"].value("labels", Json::object()).value(labelOf(kind), ""));
        }
    }
    return std::vector<std::string>{names.begin(), names.end()};
}

}  // namespace bursar::ledger
