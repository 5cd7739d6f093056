#include "operator/cli/plan/plan_command.hpp"

#include <fmt/format.h>

#include <iostream>
#include <map>

#include "operator/cli/plan/plan_report.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/clock.hpp"

namespace bursar::cli {
namespace {

std::string render(const Plan& plan, PlanFormat format) {
    switch (format) {
        case PlanFormat::Table:
            return renderTable(plan);
        case PlanFormat::Json:
            return renderJson(plan);
        case PlanFormat::Markdown:
            return renderMarkdown(plan);
    }
    return {};
}

// Keeps the loans that are in the manifests, and those whose outcome the manifests change.
void keepAffected(std::vector<PlanLoan>& loans, const ManifestWorld& world) {
    std::erase_if(loans, [&](const PlanLoan& loan) {
        return !loan.changed && !world.sources.contains({"BurstLoan", loan.decision.ns, loan.decision.name});
    });
}

}  // namespace

Answer runPlan(const PlanOptions& options, PlanFormat format, const Surroundings& surroundings) {
    auto inputs = readPlanInputs(options, surroundings);
    if (!inputs) return {{}, fmt::format("bursar plan: {}\n", inputs.error().message), kCannotBeDone};
    std::optional<Side> before;
    if (inputs->before) before.emplace(Side{*inputs->before, *inputs->decidedBefore});
    Plan plan = makePlan(inputs->side(), before ? &*before : nullptr, inputs->at);
    keepAffected(plan.loans, inputs->after);
    plan.errors = std::move(inputs->errors);
    plan.notes = std::move(inputs->notes);
    Answer answer;
    answer.out = render(plan, format);
    // The JSON has no place for notes.
    if (format == PlanFormat::Json) {
        for (const std::string& note : plan.notes) answer.err += fmt::format("bursar plan: {}\n", note);
    }
    answer.exitCode = !plan.errors.empty() ? kUnusable : plan.refused() ? kRefused : 0;
    return answer;
}

}  // namespace bursar::cli
