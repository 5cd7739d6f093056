#include "operator/cli/review/review_html.hpp"

namespace bursar::cli::html {

const std::string_view kReviewStyle = R"css(
:root{--asked:#5f93c4;--granted:#1d5c9e;--used:#4a5560;--cut:#b0501a;--rise:#2c7a58;--kept:#7c8691;--left:#5f93c4}
@media (prefers-color-scheme:dark){:root{--asked:#4d83b8;--granted:#8cc0f2;--used:#c3cad1;--cut:#e59c68;--rise:#6fc29a;--kept:#78838e;--left:#4d83b8}}
rect.asked{fill:var(--asked)}rect.granted{fill:var(--granted)}rect.used{fill:var(--used)}rect.cut{fill:var(--cut)}rect.rise{fill:var(--rise)}rect.kept{fill:var(--kept)}rect.left{fill:var(--left)}
a{color:inherit;text-decoration-color:var(--muted);text-underline-offset:.15em}
code{font-size:.9em}
.short{margin:0;padding-left:1.1rem;max-width:44rem}
.short li+li{margin-top:.35rem}
section>h3{display:block;margin:1.75rem 0 .5rem}
section>h3:first-of-type{margin-top:0}
.whole .bar{height:1.1rem}
.whole{margin-bottom:.6rem}
.chart .bar{height:1rem}
.grants th[scope=row],.forecasts th[scope=row]{width:22%}
.scroll+.scroll,.scroll+.facts,.waterfall+.periods{margin-top:1.5rem}
.in{color:var(--muted);font-weight:400}
.sentence{margin:.75rem 0 .35rem;max-width:none}
.words{color:var(--muted);font-size:.9375rem;max-width:none}
.waterfall{table-layout:fixed;margin-top:.75rem}
.waterfall thead th:first-child{width:38%}.waterfall thead th:last-child{width:20%}
.waterfall th[scope=row]{width:auto}
.waterfall .drawn{position:relative;padding:0;width:auto}
.waterfall tbody th,.waterfall tbody td{border-bottom:0}
.waterfall .sum th,.waterfall .sum td{font-weight:600}
.waterfall .sum small{font-weight:400}
.waterfall .idle td,.waterfall .idle th{color:var(--muted)}
.waterfall .last th,.waterfall .last td{border-top:1px solid var(--rule);border-bottom:1px solid var(--rule)}
.step{position:absolute;left:1rem;top:0;width:calc(100% - 1rem);height:100%;overflow:visible}
.connector{stroke:var(--muted);stroke-width:1}
.would{fill:none;stroke:var(--cut);stroke-width:1.5;stroke-dasharray:4 3}
.loans tbody tr:first-child>*{border-bottom:0;padding-bottom:0}
.loans .answer{padding-left:0;padding-top:.15rem}
.denied{font-weight:600;color:var(--warn)}
.phase{font-weight:600}
@media (max-width:40rem){.waterfall thead th:first-child{width:44%}.waterfall thead th:last-child{width:31%}.step{left:.6rem;width:calc(100% - .6rem)}.loans .answer{padding-left:0}}
@media print{:root{--asked:#5f93c4;--granted:#1d5c9e;--used:#333;--cut:#a9541f;--rise:#2c7a58;--kept:#7c8691;--left:#5f93c4}
section[aria-labelledby=why],section[aria-labelledby^=pool],section[aria-labelledby=loans],section[aria-labelledby=cost],section[aria-labelledby=forecasts],section[aria-labelledby=haircuts],section[aria-labelledby=changes]{break-inside:auto}
.words{font-size:inherit}.waterfall,.periods,.loans tbody{break-inside:avoid}.sentence,.words{break-after:avoid}}
)css";

}  // namespace bursar::cli::html
