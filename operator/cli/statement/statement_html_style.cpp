#include "operator/cli/statement/statement_html.hpp"

namespace bursar::cli::html {

const std::string_view kStatementStyle = R"css(
.team th,.team td{background:var(--wash);font-weight:600}
.team th{padding-left:.5rem}
.lines{table-layout:fixed}
.lines tbody td:first-child{padding-left:1rem}
.lines thead th:nth-child(1){width:32%}.lines thead th:nth-child(2){width:20%}.lines thead th:nth-child(3){width:19%}.lines thead th:nth-child(4){width:13%}
.lines thead th:first-child,.lines tfoot th:first-child{padding-left:.5rem}
.lines tbody th[rowspan],.lines .adjustments th[scope=row]{padding-left:.5rem}
.lines td:last-child,.lines th:last-child{padding-right:.5rem}
.unpriced{color:var(--warn)}
@media (max-width:40rem){.scroll .team th:first-child{padding-left:.4rem}.lines{table-layout:auto}.lines thead th:nth-child(n){width:auto}.lines th,.lines td{padding-left:.4rem}.lines tbody td:first-child{padding-left:.4rem}}
@media print{.team th,.team td{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";

}  // namespace bursar::cli::html
