// Emits events for changes of a status: each phase of a loan, an object that becomes ready or stops being ready, and a
// neighbour of a policy (usage source, ledger, API server, webhook) that fails or recovers.
//
// Each change is emitted once, also while the status cannot be written: then the stored object is older than the last
// event about it. One owner.
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

    // `status` is about to be written to `object`, which holds the one before it.
    void emit(const nlohmann::json& object, const nlohmann::json& status);
    // Beyond `objects` entries, forgets all; stored statuses are the baseline again.
    void keepAtMost(std::size_t objects);

  private:
    // The parts of a status that events are about.
    struct Emitted {
        std::string phase;
        std::int64_t curtailed = 0;
        std::string ready;                            // status of the condition
        std::map<std::string, std::string> troubles;  // condition → reason, of conditions that are False
    };
    static Emitted emittedFor(const nlohmann::json& status, const Emitted& before);
    void emitPhase(const nlohmann::json& object, const nlohmann::json& status, const Emitted& before,
                   const Emitted& now);
    void emitReadiness(const nlohmann::json& object, const nlohmann::json& status, const Emitted& before,
                       const Emitted& now);
    void emitTroubles(const nlohmann::json& object, const nlohmann::json& status, const Emitted& before,
                      const Emitted& now);

    const Record record_;
    std::map<std::string, Emitted> emitted_;  // by uid
};

}  // namespace bursar::reconcile
