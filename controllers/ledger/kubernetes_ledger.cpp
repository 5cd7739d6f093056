#include "controllers/ledger/kubernetes_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "operator/base/sha256.hpp"

namespace bursar::ledger {
namespace {

using kube::Json;

constexpr const char* kPolicyLabel = "bursar.dev/ledger";
constexpr const char* kGeneration = "bursar.dev/ledger-generation";
constexpr std::size_t kMaxLabelValue = 63;
constexpr std::size_t kPartHashLength = 12;
constexpr std::size_t kMostLineBytes = 1'000'000;  // a ConfigMap holds 1 MiB

const kube::Resource& configMaps() {
    static const kube::Resource resource{"", "v1", "configmaps", "ConfigMap", true};
    return resource;
}

std::string headName(const std::string& policy) { return "bursar-ledger." + policy; }

// `managed-by` is not the gateways' value: their informer need not hold the ledger, nor wake for it.
Json configMap(const std::string& ns, const std::string& name, const std::string& policy, std::int64_t generation) {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata",
             {{"name", name},
              {"namespace", ns},
              {"labels", {{"app.kubernetes.io/managed-by", "bursar-ledger"}, {kPolicyLabel, policy}}},
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

Error brokenHead(const std::string& policy, std::string_view why) {
    return makeError(ErrorCode::Internal,
                     fmt::format("the head of the ledger of \"{}\" (ConfigMap {}) cannot be used: {}; restore it from "
                                 "a backup",
                                 policy, headName(policy), why));
}

std::size_t bytesOf(std::span<const Sealed> records) {
    std::size_t bytes = 0;
    for (const Sealed& sealed : records) bytes += sealed.line.size() + 1;
    return bytes;
}

std::string linesOf(std::span<const Sealed> records) {
    std::string text;
    text.reserve(bytesOf(records));
    for (const Sealed& sealed : records) text.append(sealed.line).append("\n");
    return text;
}

}  // namespace

KubernetesLedger::KubernetesLedger(std::shared_ptr<kube::Client> client, std::string ns, std::size_t headBytes,
                                   std::size_t partBytes)
    : client_(std::move(client)), ns_(std::move(ns)), headBytes_(headBytes), partBytes_(partBytes) {}

Result<Chain> KubernetesLedger::read(const std::string& policy) {
    layouts_.erase(policy);
    if (policy.size() > kMaxLabelValue) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("the policy's name is longer than the {} characters a label may have; nothing can "
                                     "be recorded of it",
                                     kMaxLabelValue));
    }
    // One list is one state of the store, also over its pages.
    auto listed = client_->list(configMaps(), {ns_, fmt::format("{}={}", kPolicyLabel, policy), "", 500});
    if (!listed) return listed.error();
    Layout layout;
    auto chain = assemble(policy, listed->items, layout);
    if (chain) layouts_[policy] = std::move(layout);
    return chain;
}

Result<Chain> KubernetesLedger::assemble(const std::string& policy, const std::vector<Json>& objects,
                                         Layout& layout) const {
    std::map<std::string, const Json*> byName;
    for (const Json& object : objects) byName[kube::keyOf(object).name] = &object;
    const auto head = byName.find(headName(policy));
    if (head == byName.end()) {
        // Before the first head there are parts of the first generation at the most: those of a crash.
        for (const Json& object : objects) {
            if (generationOf(object) > 1) return brokenHead(policy, "it is gone, and older records are there");
        }
        return Chain{policy};
    }
    std::vector<std::string> lines;
    Link begin;
    Link tip;
    try {
        const Json text = Json::parse(head->second->at("data").at("head").get<std::string>());
        begin = linkOf(text.at("begin"));
        tip = linkOf(text.at("tip"));
        for (const Json& part : text.at("parts")) {
            layout.parts.push_back({part.at("name").get<std::string>(), part.at("first").get<std::int64_t>(),
                                    linkOf(part.at("last"))});
        }
    } catch (const Json::exception& problem) {
        return brokenHead(policy, problem.what());
    }
    layout.generation = generationOf(*head->second);
    layout.headVersion = (*head->second)["metadata"].value("resourceVersion", "");
    std::set<std::string> used = {head->first};
    for (const Part& part : layout.parts) {
        used.insert(part.name);
        if (byName.contains(part.name)) addLines(*byName[part.name], lines);
    }
    addLines(*head->second, lines);
    for (const auto& [name, object] : byName) {
        if (used.contains(name) || generationOf(*object) > layout.generation) continue;
        layout.unused.push_back({name, (*object)["metadata"].value("uid", "")});
    }
    return Chain::parse(policy, std::move(begin), tip, lines);
}

Result<void> KubernetesLedger::commit(const Chain& chain) {
    const auto known = layouts_.find(chain.policy());
    if (known == layouts_.end()) {
        return makeError(ErrorCode::Conflict, "the ledger must be read before it is written");
    }
    Layout layout = std::move(known->second);
    layouts_.erase(known);
    if (auto stored = store(chain, layout); !stored) return stored;
    removeUnused(layout);
    layouts_[chain.policy()] = std::move(layout);
    return {};
}

// Keeps the parts whose records are all still there, in the same place; hands what is too much for the head to new
// ones.
Result<void> KubernetesLedger::store(const Chain& chain, Layout& layout) {
    std::span<const Sealed> rest = chain.records();
    std::vector<Part> parts;
    for (const Part& part : layout.parts) {
        // Records go from the beginning, or a run at the end does: so the first and the last tell of all between.
        const auto last = std::find_if(rest.begin(), rest.end(),
                                       [&](const Sealed& sealed) { return sealed.link() == part.last; });
        if (last != rest.end() && rest.front().record.seq() == part.first) {
            rest = rest.subspan(static_cast<std::size_t>(last - rest.begin()) + 1);
            parts.push_back(part);
        } else {
            layout.unused.push_back({part.name, ""});
        }
    }
    const std::int64_t generation = layout.generation + 1;
    const bool tooMuch = bytesOf(rest) > headBytes_;
    while (tooMuch && bytesOf(rest) > headBytes_ / 3) {
        std::size_t count = 1;
        while (count < rest.size() && bytesOf(rest.first(count + 1)) <= partBytes_) ++count;
        Part part{"", rest.front().record.seq(), rest[count - 1].link()};
        if (auto created = createPart(chain.policy(), generation, linesOf(rest.first(count)), part); !created) {
            return created;
        }
        parts.push_back(std::move(part));
        rest = rest.subspan(count);
    }
    layout.parts = std::move(parts);
    layout.generation = generation;
    auto version = writeHead(chain, layout, linesOf(rest));
    if (!version) return version.error();
    layout.headVersion = *version;
    return {};
}

Result<void> KubernetesLedger::createPart(const std::string& policy, std::int64_t generation, const std::string& lines,
                                          Part& part) {
    if (lines.size() > kMostLineBytes) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("a record of {} bytes is more than a ConfigMap can hold; there are too many teams "
                                     "in one pool for the ledger in Kubernetes",
                                     lines.size()));
    }
    part.name = fmt::format("bursar-ledger-part.{}.{}-{}", policy, generation,
                            sha256Of(lines).substr(0, kPartHashLength));
    Json object = configMap(ns_, part.name, policy, generation);
    object["data"] = {{"records", lines}};
    object["immutable"] = true;
    const auto created = client_->create(configMaps(), object);
    // The name says what is in it: one that is there is this one, of a commit that was cut off or raced with.
    if (!created && !created.error().isAlreadyExists()) return created.error();
    return {};
}

Result<std::string> KubernetesLedger::writeHead(const Chain& chain, const Layout& layout, const std::string& lines) {
    Json head = {{"begin", jsonOf(chain.begin())}, {"tip", jsonOf(chain.tip())}, {"parts", Json::array()}};
    for (const Part& part : layout.parts) {
        head["parts"].push_back({{"name", part.name}, {"first", part.first}, {"last", jsonOf(part.last)}});
    }
    Json object = configMap(ns_, headName(chain.policy()), chain.policy(), layout.generation);
    object["data"] = {{"head", head.dump()}, {"records", lines}};
    if (!layout.headVersion.empty()) object["metadata"]["resourceVersion"] = layout.headVersion;
    const auto written = layout.headVersion.empty() ? client_->create(configMaps(), object)
                                                    : client_->replace(configMaps(), object, "");
    if (written) return (*written)["metadata"].value("resourceVersion", "");
    // Deleted, or made by another leader, since it was read.
    if (written.error().isAlreadyExists() || written.error().isNotFound()) {
        return makeError(ErrorCode::Conflict, written.error().message);
    }
    return written.error();
}

// What cannot be removed now is removed after the next commit, or after the next start.
void KubernetesLedger::removeUnused(Layout& layout) {
    std::erase_if(layout.unused, [&](const Unused& part) {
        const auto removed = client_->remove(configMaps(), {ns_, part.name}, part.uid, "");
        return removed || removed.error().isNotFound();
    });
}

Result<std::vector<std::string>> KubernetesLedger::policies() {
    auto listed = client_->list(configMaps(), {ns_, kPolicyLabel, "", 500});
    if (!listed) return listed.error();
    std::set<std::string> names;
    for (const Json& object : listed->items) {
        names.insert(object["metadata"].value("labels", Json::object()).value(kPolicyLabel, ""));
    }
    return std::vector<std::string>{names.begin(), names.end()};
}

}  // namespace bursar::ledger
