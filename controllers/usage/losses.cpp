#include "controllers/usage/losses.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "operator/runtime/base/utf8.hpp"

namespace bursar::usage {
namespace {

constexpr std::size_t kMostLosses = 20;
constexpr std::size_t kMostNames = 3;
constexpr std::size_t kLongestName = 100;

void join(Loss& into, const Loss& other) {
    into.from = std::min(into.from, other.from);
    into.until = std::max(into.until, other.until);
    into.restarted.insert(other.restarted.begin(), other.restarted.end());
    into.gone.insert(other.gone.begin(), other.gone.end());
    into.undated += other.undated;
    into.untyped += other.untyped;
    into.unread = into.unread || other.unread;
}

std::string named(const std::set<std::string>& targets) {
    std::string names;
    std::size_t count = 0;
    for (const std::string& target : targets) {
        if (count == kMostNames) return names + fmt::format(" and {} more", targets.size() - kMostNames);
        names += (count++ == 0 ? "" : ", ") + boundedText(target, kLongestName);
    }
    return names;
}

std::string sentencesOf(const Loss& loss) {
    std::vector<std::string> sentences;
    if (loss.unread) sentences.push_back("The usage source has no reading of the gateway's meter for this time.");
    if (!loss.restarted.empty()) {
        sentences.push_back(
            fmt::format("The gateway's meter was restarted ({}): the tokens it counted after its last reading are "
                        "lost.",
                        named(loss.restarted)));
    }
    if (!loss.gone.empty()) {
        sentences.push_back(
            fmt::format("The gateway's meter was not seen again that day ({}): the tokens it counted after its last "
                        "reading are not in this day.",
                        named(loss.gone)));
    }
    if (loss.undated > api::Tokens{}) {
        sentences.push_back(fmt::format("{} tokens were counted before the meter's first reading, on an unknown day.",
                                        api::formatThousands(loss.undated.value())));
    }
    if (loss.untyped > api::Tokens{}) {
        sentences.push_back(
            fmt::format("{} tokens are of a type without a price: only input, cached_input and output have one.",
                        api::formatThousands(loss.untyped.value())));
    }
    return fmt::format("{}", fmt::join(sentences, " "));
}

}  // namespace

void Losses::add(Loss loss) {
    const auto touches = [&](const Loss& other) { return loss.from <= other.until && other.from <= loss.until; };
    // Losses that touch are neighbours, and each joined one may make the next one touch.
    auto at = std::find_if(losses_.begin(), losses_.end(), touches);
    while (at != losses_.end() && touches(*at)) {
        join(loss, *at);
        at = losses_.erase(at);
    }
    at = std::find_if(losses_.begin(), losses_.end(), [&](const Loss& other) { return loss.from < other.from; });
    losses_.insert(at, std::move(loss));
    if (losses_.size() <= kMostLosses) return;
    join(*std::prev(losses_.end(), 2), losses_.back());
    losses_.pop_back();
}

std::vector<treasury::MeteringGap> Losses::gaps() const {
    std::vector<treasury::MeteringGap> gaps;
    for (const Loss& loss : losses_) gaps.push_back({loss.from, loss.until, sentencesOf(loss)});
    return gaps;
}

}  // namespace bursar::usage
