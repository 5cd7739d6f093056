// The statements of a KubernetesLedger.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/ledger/config_maps.hpp"
#include "controllers/ledger/kubernetes_ledger.hpp"
#include "operator/runtime/base/sha256.hpp"

namespace bursar::ledger {
namespace {

using kube::Json;

constexpr const char* kPolicyLabel = "bursar.dev/statement";
constexpr const char* kPeriodLabel = "bursar.dev/period";
constexpr const char* kParts = "bursar.dev/statement-parts";

constexpr const char* kDigest = "bursar.dev/statement-sha256";

// A name has `2026q3` for `2026Q3`; the label has the period unchanged. Names of later parts include the digest, so
// that a reader never takes parts of an interrupted attempt for this statement's.
std::string objectName(const StatementName& name, const std::string& digest, std::size_t part) {
    std::string period = name.period;
    std::transform(period.begin(), period.end(), period.begin(), [](char c) { return c == 'Q' ? 'q' : c; });
    const std::string base = fmt::format("bursar-statement.{}.{}", name.policy, period);
    return part == 0 ? base : fmt::format("{}.{}.{}", base, digest.substr(0, kPartHashLength), part);
}

std::string annotationOf(const Json& object, const char* name) {
    return object["metadata"].value("annotations", Json::object()).value(name, "");
}

}  // namespace

Result<void> KubernetesLedger::keepStatement(const StatementName& name, const std::string& body) {
    if (!writer_) return openedToRead();
    const std::size_t parts = std::max<std::size_t>(1, (body.size() + partBytes_ - 1) / partBytes_);
    const std::string digest = sha256Of(body);
    const auto present = reader_->get(configMaps(), {ns_, objectName(name, digest, 0)});
    if (present) return alreadyClosed();
    if (!present.error().isNotFound()) return present.error();
    for (std::size_t part = parts; part-- > 0;) {
        const Json object = {{"apiVersion", "v1"},
                             {"kind", "ConfigMap"},
                             {"metadata",
                              {{"name", objectName(name, digest, part)},
                               {"namespace", ns_},
                               {"labels",
                                {{"app.kubernetes.io/managed-by", kManagedBy},
                                 {kPolicyLabel, name.policy},
                                 {kPeriodLabel, name.period}}},
                               {"annotations", {{kParts, std::to_string(parts)}, {kDigest, digest}}}}},
                             {"data", {{"statement", body.substr(part * partBytes_, partBytes_)}}},
                             {"immutable", true}};
        const auto created = writer_->create(configMaps(), object);
        // An existing later part is from an interrupted attempt. The first part shows that the statement is complete.
        if (!created && (part == 0 || !created.error().isAlreadyExists())) return created.error();
    }
    return {};
}

Result<std::string> KubernetesLedger::statement(const StatementName& name) {
    const auto first = reader_->get(configMaps(), {ns_, objectName(name, "", 0)});
    if (!first) return first.error();
    const auto textOf = [](const Json& object) { return object.value("data", Json::object()).value("statement", ""); };
    const std::string digest = annotationOf(*first, kDigest);
    std::string body = textOf(*first);
    for (long part = 1; part < std::strtol(annotationOf(*first, kParts).c_str(), nullptr, 10); ++part) {
        const auto more = reader_->get(configMaps(), {ns_, objectName(name, digest, static_cast<std::size_t>(part))});
        if (!more) return more.error();
        body += textOf(*more);
    }
    return body;
}

Result<std::vector<std::string>> KubernetesLedger::statements(const std::string& policy) {
    auto listed = reader_->list(configMaps(), {ns_, fmt::format("{}={}", kPolicyLabel, policy), "", 500});
    if (!listed) return listed.error();
    std::set<std::string> periods;
    for (const Json& object : listed->items) {
        periods.insert(object["metadata"].value("labels", Json::object()).value(kPeriodLabel, ""));
    }
    return std::vector<std::string>{periods.begin(), periods.end()};
}

}  // namespace bursar::ledger
