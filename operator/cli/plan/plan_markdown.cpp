#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "operator/cli/plan/plan_report.hpp"
#include "operator/cli/text/change_text.hpp"
#include "operator/cli/text/printable.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;

// Limits for a comment that fits a screen (GitHub takes 65,536 characters).
constexpr std::size_t kMostRows = 10;
constexpr std::size_t kMostSentences = 30;
constexpr std::size_t kMostLines = 10;
constexpr std::size_t kMostCharacters = 600;  // of one message

struct Entry {
    const PlanPolicy* policy = nullptr;
    const PlanPool* pool = nullptr;
    const PlanGrant* grant = nullptr;
};

std::string message(std::string_view text) { return codeSpan(shortened(text, kMostCharacters)); }

std::string nameOf(const Entry& entry) { return fmt::format("{}/{}", entry.policy->name, entry.pool->name); }

// Largest change first; the order of the plan if nothing is compared.
std::vector<Entry> entriesOf(const Plan& plan) {
    std::vector<Entry> entries;
    for (const PlanPolicy& policy : plan.policies) {
        for (const PlanPool& pool : policy.pools) {
            for (const PlanGrant& grant : pool.grants) {
                if (plan.explains(grant)) entries.push_back({&policy, &pool, &grant});
            }
        }
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::abs(a.grant->change()) > std::abs(b.grant->change());
    });
    return entries;
}

std::string counted(std::int64_t count, const char* one, const char* many) {
    return count == 0 ? std::string{} : fmt::format("{} {}", formatThousands(count), count == 1 ? one : many);
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
    }
    return text;
}

std::string headline(const Plan& plan, const std::vector<Entry>& entries) {
    std::int64_t gain = 0;
    std::int64_t lose = 0;
    std::int64_t join = 0;
    std::int64_t leave = 0;
    for (const Entry& entry : entries) {
        const PlanGrant& grant = *entry.grant;
        ++(!grant.rationale ? leave : !grant.before ? join : grant.change() > 0 ? gain : lose);
    }
    if (!plan.compared) return counted(join, "grant", "grants");
    const std::string text = joined({counted(gain, "gains", "gain"), counted(lose, "loses", "lose"),
                                     counted(join, "joins", "join"), counted(leave, "leaves", "leave")});
    return text.empty() ? "no grant changes" : text;
}

std::string utilisation(const Plan& plan) {
    std::vector<std::string> pools;
    std::size_t more = 0;
    constexpr std::size_t kMostPools = 4;
    for (const PlanPolicy& policy : plan.policies) {
        for (const PlanPool& pool : policy.pools) {
            if (!pool.decision) continue;
            if (pools.size() == kMostPools) {
                ++more;
                continue;
            }
            pools.push_back(
                fmt::format("{} {} % granted{}", codeSpan(policy.name + "/" + pool.name),
                            percentOfWhole(pool.decision->granted.value(), pool.decision->distributable.value()),
                            pool.decision->overcommitted ? " (**overcommitted**)" : ""));
        }
    }
    if (more > 0) pools.push_back(fmt::format("and {} more pools", more));
    return joined(pools);
}

std::string amount(const std::optional<std::int64_t>& value) { return value ? formatThousands(*value) : "–"; }

std::string changeOf(const PlanGrant& grant) {
    if (!grant.rationale) return "leaves";
    if (!grant.before) return "joins";
    return changeText(grant.change());
}

std::string andMore(std::size_t all, std::size_t shown) {
    return all > shown ? fmt::format("\nand {} more\n", formatThousands(static_cast<std::int64_t>(all - shown)))
                       : std::string{};
}

std::string table(const Plan& plan, const std::vector<Entry>& entries) {
    if (entries.empty()) return {};
    std::string text = plan.compared ? "| team | pool | before | after | change | set by |\n|---|---|--:|--:|--:|---|\n"
                                     : "| team | pool | grant | set by |\n|---|---|--:|---|\n";
    const std::size_t shown = std::min(entries.size(), kMostRows);
    for (std::size_t i = 0; i < shown; ++i) {
        const PlanGrant& grant = *entries[i].grant;
        const std::string names =
            fmt::format("| {} | {} |", codeSpan(grant.team, true), codeSpan(nameOf(entries[i]), true));
        const auto bound = grant.rationale ? treasury::toString(grant.rationale->bound) : std::string_view{"–"};
        text += plan.compared ? fmt::format("{} {} | {} | {} | {} |\n", names, amount(grant.before),
                                            amount(grant.after()), changeOf(grant), bound)
                              : fmt::format("{} {} | {} |\n", names, amount(grant.after()), bound);
    }
    return text + andMore(entries.size(), shown);
}

std::string why(const std::vector<Entry>& entries) {
    if (entries.empty()) return {};
    std::string text = "<details><summary>why</summary>\n\n";
    const std::size_t shown = std::min(entries.size(), kMostSentences);
    for (std::size_t i = 0; i < shown; ++i) {
        text += fmt::format("- {} in {}: {}\n", codeSpan(entries[i].grant->team), codeSpan(nameOf(entries[i])),
                            entries[i].grant->sentence);
    }
    return text + andMore(entries.size(), shown) + "\n</details>\n";
}

// Lines of text from manifests, each in a code span.
std::string list(const std::string& title, const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    std::string text = fmt::format("**{}**\n\n", title);
    const std::size_t shown = std::min(lines.size(), kMostLines);
    for (std::size_t i = 0; i < shown; ++i) text += "- " + lines[i] + "\n";
    return text + andMore(lines.size(), shown);
}

// Denied loans first: they need action.
std::vector<std::string> loanLines(const std::vector<PlanLoan>& loans) {
    std::vector<const PlanLoan*> order;
    order.reserve(loans.size());
    for (const PlanLoan& loan : loans) order.push_back(&loan);
    std::stable_partition(order.begin(), order.end(), [](const PlanLoan* loan) {
        return loan->decision.outcome.phase == api::LoanPhase::Denied && !loan->over;
    });
    std::vector<std::string> lines;
    for (const PlanLoan* loan : order) {
        const treasury::LoanDecision& decision = loan->decision;
        const auto rule = treasury::toString(decision.outcome.rule);
        lines.push_back(fmt::format("{} in {}: **{}**{}, {} of {} tokens: {}",
                                    codeSpan(decision.ns + "/" + decision.name), codeSpan(decision.pool),
                                    api::toString(decision.outcome.phase),
                                    rule.empty() ? std::string{} : fmt::format(" ({})", rule),
                                    formatThousands(decision.outcome.granted.value()),
                                    formatThousands(loan->requested.value()), message(messageOf(decision.outcome))));
    }
    return lines;
}

std::vector<std::string> problemLines(const Plan& plan) {
    std::vector<std::string> lines;
    for (const PlanPolicy& policy : plan.policies) {
        if (policy.problem.empty()) continue;
        lines.push_back(
            fmt::format("{} decides nothing until it is fixed; the limits in force stay", codeSpan(policy.name)));
    }
    for (const api::ManifestError& error : plan.errors) lines.push_back(message(error.toString()));
    return lines;
}

}  // namespace

std::string renderMarkdown(const Plan& plan) {
    const std::vector<Entry> entries = entriesOf(plan);
    std::vector<std::string> notes;
    for (const std::string& note : plan.notes) notes.push_back(message(note));
    const std::string pools = utilisation(plan);
    const std::vector<std::string> sections = {
        fmt::format("**Bursar plan:** {}{}\n", headline(plan, entries), pools.empty() ? "" : "; " + pools),
        list("Problems", problemLines(plan)),
        table(plan, entries),
        list("Loans", loanLines(plan.loans)),
        why(entries),
        list("Notes", notes)};
    std::string text = "<!-- bursar-plan -->\n";
    for (const std::string& section : sections) {
        if (section.empty()) continue;
        // Without a blank line a list or table would continue the one before it.
        text += (text.ends_with("-->\n") ? "" : "\n") + section;
    }
    return text;
}

}  // namespace bursar::cli
