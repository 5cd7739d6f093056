#include "operator/runtime/kube/clock_skew.hpp"

namespace bursar::kube {

Duration skewOf(const DatedAnswer& answer) {
    constexpr Duration kResolution = std::chrono::seconds{1};
    if (answer.answeredAt < answer.sentAt) return Duration{0};  // our clock was set in between; the next answer counts
    const Duration ahead = answer.sentAt - (answer.date + kResolution);
    const Duration behind = answer.date - answer.answeredAt;
    if (ahead > Duration{0}) return ahead;
    return behind > Duration{0} ? -behind : Duration{0};
}

void ClockJudge::note(const DatedAnswer& answer, Steady at) {
    const Duration skew = skewOf(answer);
    const MutexLock lock{mutex_};
    isKnown_ = true;
    lastAgreed_ = std::chrono::abs(skew) <= kMostSkew;
    if (lastAgreed_) {
        apartSince_.reset();
        if (isSynchronized_) worst_ = Duration{0};
        return;
    }
    if (!apartSince_) apartSince_ = at;
    lastApart_ = at;
    if (std::chrono::abs(skew) > std::chrono::abs(worst_)) worst_ = skew;
}

ClockVerdict ClockJudge::verdict(Steady at) {
    const MutexLock lock{mutex_};
    if (isSynchronized_) {
        isSynchronized_ = !apartSince_ || at - *apartSince_ < kSkewGrace;
    } else if (lastAgreed_ && at - *lastApart_ >= kSkewRecovery) {
        isSynchronized_ = true;
        worst_ = Duration{0};
    }
    return {isKnown_, isSynchronized_, isSynchronized_ ? Duration{0} : worst_};
}

}  // namespace bursar::kube
