// The gaps of one day: stretches of time in which tokens may have been served that no meter tells of any more, with
// what happened in each, in words for a statement. Pure.
//
// Gaps that touch are one, and a day holds a bounded number: beyond it the latest are joined.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controllers/treasury/metering.hpp"

namespace bursar::usage {

// Something that was lost; at least one of the reasons is given.
struct Loss {
    Instant from;
    Instant until;
    std::set<std::string> restarted;  // targets whose process was replaced
    std::set<std::string> gone;       // targets that were not seen again
    api::Tokens undated;              // counted at some time before the first scrape of their target
    api::Tokens untyped;              // of a token type that has no price
    bool unread = false;              // the source has nothing of this time
};

class Losses {
  public:
    void add(Loss loss);

    // In order of time, none touching another.
    [[nodiscard]] std::vector<treasury::MeteringGap> gaps() const;

  private:
    std::vector<Loss> losses_;
};

}  // namespace bursar::usage
