// How far our clock is from the API server's, judged by the Date header of its answers.
#pragma once

#include <chrono>
#include <optional>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/base/mutex.hpp"

namespace bursar::kube {

struct DatedAnswer {
    Instant sentAt;      // by our clock
    Instant answeredAt;  // by our clock
    Instant date;        // by the server's clock, truncated to whole seconds
};

// The smallest skew that explains the answer: 0 if both clocks may be right, positive if ours is ahead. A slow answer
// alone is not skew. Pure.
Duration skewOf(const DatedAnswer& answer);

inline constexpr Duration kMostSkew = std::chrono::seconds{5};       // a larger one means that the clocks differ
inline constexpr Duration kSkewGrace = std::chrono::seconds{5};      // all answers differ this long: not synchronized
inline constexpr Duration kSkewRecovery = std::chrono::seconds{30};  // no answer differs this long: synchronized again

struct ClockVerdict {
    bool isKnown = false;  // at least one answer had a date
    bool isSynchronized = true;
    Duration skew{0};  // while not synchronized: the largest since then
};

// The verdict over many answers. It does not flap if the servers behind one address differ. Thread-safe; `at` is steady
// time.
class ClockJudge {
  public:
    using Steady = std::chrono::steady_clock::time_point;

    void note(const DatedAnswer& answer, Steady at);
    ClockVerdict verdict(Steady at);

  private:
    Mutex mutex_;
    bool isKnown_ GUARDED_BY(mutex_) = false;
    bool isSynchronized_ GUARDED_BY(mutex_) = true;
    bool lastAgreed_ GUARDED_BY(mutex_) = true;
    std::optional<Steady> apartSince_ GUARDED_BY(mutex_);  // since when no answer agreed
    std::optional<Steady> lastApart_ GUARDED_BY(mutex_);
    Duration worst_ GUARDED_BY(mutex_){0};
};

}  // namespace bursar::kube
