// `bursar status`: what every team was granted and used, at a glance.
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

// Exit code 0; 1 where nothing can be read, or there is no such policy. What may not be read is told on standard error.
Answer runStatus(kube::Reader& client, const StatusOptions& options, Instant now);

// The view in the form asked for; its notes where that form has no place for them. Pure.
Answer answerWith(const StatusView& view, StatusFormat format, const Paint& paint);

}  // namespace bursar::cli
