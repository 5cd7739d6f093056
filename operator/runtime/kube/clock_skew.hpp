// How far our clock is from the API server's, judged by the Date header of its answers.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "operator/runtime/base/instant.hpp"

namespace bursar::kube {

struct DatedAnswer {
    Instant sentAt;      // by our clock
    Instant answeredAt;  // likewise
    Instant date;        // by the server's, which tells whole seconds and cuts off the rest
};

// The least that explains the answer: 0 where both clocks may be right, positive where ours is ahead. However long the
// answer took, that alone is no skew. Pure.
Duration skewOf(const DatedAnswer& answer);

inline constexpr Duration kMostSkew = std::chrono::seconds{5};       // beyond it the clocks are told apart
inline constexpr Duration kSkewGrace = std::chrono::seconds{5};      // so long no answer may say that they agree
inline constexpr Duration kSkewRecovery = std::chrono::seconds{30};  // so long no answer may say that they do not

struct ClockVerdict {
    bool isKnown = false;  // an answer was dated
    bool isSynchronized = true;
    Duration skew{0};  // the largest of this spell where they are not
};

// The verdict over many answers, which does not flap where servers behind one address differ. Thread-safe; `at` is
// steady time.
class ClockJudge {
  public:
    using Steady = std::chrono::steady_clock::time_point;

    void note(const DatedAnswer& answer, Steady at);
    ClockVerdict verdict(Steady at);

  private:
    std::mutex mutex_;
    bool isKnown_ = false;
    bool isSynchronized_ = true;
    bool lastAgreed_ = true;
    std::optional<Steady> apartSince_;  // since when no answer agreed
    std::optional<Steady> lastApart_;
    Duration worst_{0};
};

}  // namespace bursar::kube
