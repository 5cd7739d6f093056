// `bursar status`: the grant and use of every team.
#pragma once

#include <memory>

#include "operator/cli/status/status_source.hpp"
#include "operator/cli/text/terminal.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

enum class StatusFormat { Table, Wide, Json };

struct StatusOptions {
    StatusQuery query;
    StatusFormat format = StatusFormat::Table;
    ColorMode color = ColorMode::Auto;
};

// Exit code 0; 1 if nothing can be read or there is no such policy. Standard error lists what the user may not read.
Answer runStatus(kube::Client& client, const StatusOptions& options, Instant now);

// The view in a form; for tables, the notes go to `err`. Pure.
Answer answerWith(const StatusView& view, StatusFormat format, const Paint& paint);

}  // namespace bursar::cli
