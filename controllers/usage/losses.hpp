// The gaps of one day: spans of time in which unmetered tokens may have been served, each with its reason as a sentence
// for a statement. Pure.
//
// Gaps that touch are joined. A day holds a bounded number of gaps: beyond it, the latest are joined.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controllers/treasury/chargeback/metering.hpp"

namespace bursar::usage {

// A loss and its reasons, at least one.
struct Loss {
    Instant from;
    Instant until;
    std::set<std::string> restarted;  // targets whose process was replaced
    std::set<std::string> gone;       // targets that were not seen again
    api::Tokens undated;              // counted at an unknown time before their target's first scrape
    api::Tokens untyped;              // of a token type that has no price
    bool unread = false;              // the source has no samples of this time
};

class Losses {
  public:
    void add(Loss loss);

    // In order of time; no two touch.
    [[nodiscard]] std::vector<treasury::MeteringGap> gaps() const;

  private:
    std::vector<Loss> losses_;
};

}  // namespace bursar::usage
