#include "operator/cli/status/status_command.hpp"

#include <fmt/format.h>

#include "operator/cli/status/status_report.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {

Answer answerWith(const StatusView& view, StatusFormat format, const Paint& paint) {
    Answer answer;
    if (format == StatusFormat::Json) {
        answer.out = jsonText(describe(view), 2) + "\n";
        return answer;
    }
    answer.out = renderTable(view, {paint, format == StatusFormat::Wide});
    for (const std::string& note : view.notes) answer.err += fmt::format("note: {}\n", printable(note));
    if (view.policies.empty()) answer.err += "there is no AllocationPolicy and no TeamQuota\n";
    return answer;
}

Answer runStatus(kube::Reader& client, const StatusOptions& options, Instant now) {
    const auto failed = [](const Error& error) {
        return Answer{{}, fmt::format("bursar status: {}\n", printable(error.message)), kCannotBeDone};
    };
    const auto reading = readStatus(client, options.query);
    if (!reading) return failed(reading.error());
    const auto view = makeStatusView(reading->objects, reading->scope, options.query, now);
    if (!view) return failed(view.error());
    return answerWith(*view, options.format, paintFor(options.color));
}

}  // namespace bursar::cli
