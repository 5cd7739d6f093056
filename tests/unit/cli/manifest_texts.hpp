// Manifests for the tests of verbs, as people write them.
#pragma once

#include <string>

namespace bursar::testing {

inline const std::string kGroup = "apiVersion: bursar.dev/v1alpha1\n";

// Policy `main`: one pool `chat` of 1,000 tokens a day, 20 % of them for loans; `more` is added to the spec.
inline std::string policyText(const std::string& more = "") {
    return "---\n" + kGroup +
           "kind: AllocationPolicy\nmetadata: {name: main}\nspec:\n  period: Quarter\n"
           "  pools: [{name: chat, models: [gpt], window: Day, tokensPerWindow: 1000, burstPercent: 20}]\n" +
           more;
}

// TeamQuota `quota` in the namespace of the team.
inline std::string quotaText(const std::string& team, const std::string& forecast, const std::string& pool = "chat") {
    return "---\n" + kGroup + "kind: TeamQuota\nmetadata: {name: quota, namespace: " + team +
           "}\nspec: {policy: main, team: " + team + ", requests: [{pool: " + pool + ", forecast: " + forecast + "}]}\n";
}

// BurstLoan `loan` for 10 o'clock to noon on the day after the tests' now.
inline std::string loanText(const std::string& team, const std::string& tokens, const std::string& day = "2026-11-25") {
    return "---\n" + kGroup + "kind: BurstLoan\nmetadata: {name: loan, namespace: " + team +
           "}\nspec: {teamQuota: quota, pool: chat, tokens: " + tokens + ", start: \"" + day + "T10:00:00Z\", end: \"" +
           day + "T12:00:00Z\", reason: The launch of the new page}\n";
}

}  // namespace bursar::testing
