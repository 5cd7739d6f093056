// Events about what a status says that it did not say before: every phase of a loan, an object that becomes ready or is
// not any more, and a neighbour of a policy (usage source, ledger, API server, webhook) that fails or is well again.
//
// What was said once is not said again before it has changed, also while its status cannot be written: then an object
// as stored is older than what was said of it. One owner.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "operator/runtime/kube/events.hpp"

namespace bursar::reconcile {

class StatusEvents {
  public:
    // As kube::EventRecorder::record.
    using Record = std::function<void(const nlohmann::json& object, kube::EventType type, const std::string& reason,
                                      const std::string& message)>;

    explicit StatusEvents(Record record) : record_(std::move(record)) {}

    // `status` is about to be written to `object`, which holds the one before.
    void tell(const nlohmann::json& object, const nlohmann::json& status);
    // Of more objects than that nothing is kept: then what is stored counts again.
    void keepAtMost(std::size_t objects);

  private:
    // What events are about.
    struct Said {
        std::string phase;
        std::int64_t curtailed = 0;
        std::string ready;                            // status of the condition
        std::map<std::string, std::string> troubles;  // condition → reason, where one is wrong
    };
    static Said saidBy(const nlohmann::json& status, const Said& before);
    void tellPhase(const nlohmann::json& object, const nlohmann::json& status, const Said& before, const Said& now);
    void tellReadiness(const nlohmann::json& object, const nlohmann::json& status, const Said& before, const Said& now);
    void tellTroubles(const nlohmann::json& object, const nlohmann::json& status, const Said& before, const Said& now);

    const Record record_;
    std::map<std::string, Said> said_;  // by uid
};

}  // namespace bursar::reconcile
