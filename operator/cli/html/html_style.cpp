#include "operator/cli/html/html_page.hpp"

namespace bursar::cli::html {

// In both schemes text has a contrast of at least 4.5 to its background, and bars of at least 3;
// tests/e2e/test_statement.py and test_report.py check this.
const std::string_view kPageStyle = R"css(
:root{color-scheme:light dark;--paper:#fff;--ink:#16191d;--muted:#59616b;--rule:#d9dde2;--wash:#f5f6f8;--plain:#3d5a73;--input:#2563a0;--cached:#5f93c4;--output:#a9541f;--warn:#8a5200;--warn-wash:#fff6e5}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e7eaed;--muted:#a3acb6;--rule:#353b42;--wash:#1c2024;--plain:#8fb0cc;--input:#7db4ea;--cached:#4d83b8;--output:#e59c68;--warn:#f0b45a;--warn-wash:#2a2114}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:60rem;margin:0 auto;padding:3rem 1.5rem}
h1,h2,.total{font-family:ui-serif,"Iowan Old Style",Georgia,"Times New Roman",serif;font-weight:500;line-height:1.15;letter-spacing:-.01em}
h1{font-size:2.6rem;margin:0}
h2{font-size:1.45rem;margin:0 0 .75rem}
h3{display:inline;font-size:1rem;font-weight:600;margin:0}
p{margin:0 0 1rem;max-width:44rem}
section{margin-top:3rem}
bdi{overflow-wrap:anywhere}
.number{text-align:right;font-variant-numeric:tabular-nums lining-nums;white-space:nowrap}
header{display:grid;grid-template-columns:1fr auto;column-gap:2rem;border-bottom:2px solid var(--ink);padding-bottom:1.25rem}
header>*{grid-column:1}
.kind{margin:0 0 .35rem;color:var(--muted);font-size:.875rem}
.draft{margin-left:.5rem;padding:.1rem .45rem;border:1px solid var(--warn);border-radius:3px;color:var(--warn);font-weight:600}
.of{margin:.35rem 0 0;font-size:1.15rem}
.total{grid-column:2;grid-row:1/4;align-self:end;margin:0;font-size:2.6rem;text-align:right;font-variant-numeric:lining-nums tabular-nums}
.total .label,.total .unit{font:400 .875rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--muted);letter-spacing:0}
.total .label{display:block}
.facts{grid-column:1/-1;display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem 1.5rem;margin:1.5rem 0 0;font-size:.875rem}
dt{color:var(--muted)}
dd{margin:0;font-variant-numeric:tabular-nums}
.warnings{margin-top:1.5rem;padding:1rem 1.25rem;background:var(--warn-wash);border-left:3px solid var(--warn)}
.warnings h2{font:600 1rem/1.4 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--warn);margin:0 0 .35rem;letter-spacing:0}
.warnings ul{margin:0;padding-left:1.1rem;font-size:.9375rem}
.warnings li+li{margin-top:.25rem}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
caption{text-align:left;color:var(--muted);font-size:.875rem;padding-bottom:.35rem}
th,td{padding:.4rem 0 .4rem 1rem;text-align:left;vertical-align:top;font-weight:400;border-bottom:1px solid var(--rule)}
th:first-child,td:first-child{padding-left:0}
thead th,thead td{color:var(--muted);font-size:.8125rem;vertical-align:bottom;border-bottom:1px solid var(--ink)}
th.number{text-align:right}
tfoot th,tfoot td{font-weight:600;border-bottom:0;border-top:1px solid var(--ink)}
small{display:block;color:var(--muted);font-size:.8125rem;line-height:1.35}
.chart th[scope=row]{width:24%}
.drawn{width:99%;vertical-align:middle}
.bar{display:block;width:100%;height:.75rem}
rect.plain{fill:var(--plain)}rect.input{fill:var(--input)}rect.cached{fill:var(--cached)}rect.output{fill:var(--output)}
.lead{color:var(--muted);font-size:.875rem;margin:0 0 .35rem}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0 0 .75rem;padding:0;font-size:.8125rem;color:var(--muted)}
.legend svg{width:.7rem;height:.7rem;margin-right:.4rem}
.trend{display:flex;gap:.75rem;list-style:none;margin:0;padding:0;max-width:38rem;font-size:.8125rem;color:var(--muted)}
.trend li{flex:1;min-width:0;display:flex;flex-direction:column;text-align:center}
.trend .number{text-align:center;white-space:normal;overflow-wrap:anywhere}
.trend svg{width:100%;height:9rem;border-bottom:1px solid var(--ink);margin:.25rem 0}
.trend .current{color:var(--ink);font-weight:600}
details{border-top:1px solid var(--rule);padding:.6rem 0}
details:last-of-type{border-bottom:1px solid var(--rule)}
details[open]{padding-bottom:1.5rem}
summary{display:flex;gap:.6rem;align-items:baseline;cursor:pointer}
summary::before{content:"";flex:none;width:.45rem;height:.45rem;border:solid var(--muted);border-width:0 1.5px 1.5px 0;transform:rotate(-45deg) translate(-.1rem,-.1rem)}
details[open] summary::before{transform:rotate(45deg) translate(-.15rem,-.1rem)}
summary::-webkit-details-marker{display:none}
summary .number{margin-left:auto;font-weight:600}
.scroll{overflow-x:auto;position:relative}
.scroll bdi{overflow-wrap:break-word}
details .scroll{margin-top:.75rem}
:focus-visible{outline:2px solid var(--input);outline-offset:2px}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--rule);color:var(--muted);font-size:.875rem}
@media (max-width:40rem){main{padding:1.5rem 1rem}header{display:block}h1{font-size:2rem}.total{margin-top:1rem;font-size:2rem;text-align:left}.facts{grid-template-columns:1fr 1fr}section{margin-top:2.25rem}table{font-size:.8125rem}th,td{padding-left:.6rem}.scroll table{font-size:.75rem}.scroll th,.scroll td{padding-left:.4rem}.scroll :is(th,td):first-child{padding-left:0}small,thead th{font-size:.75rem}.wide{display:none}.chart th[scope=row]{width:38%}.trend{gap:.35rem}.trend{font-size:.6875rem}.trend svg{height:7rem}}
@media print{:root{--paper:#fff;--ink:#000;--muted:#444;--rule:#bbb;--wash:#f2f2f2;--plain:#444;--input:#2563a0;--cached:#5f93c4;--output:#a9541f;--warn:#6b3f00;--warn-wash:#fff}
@page{margin:18mm 15mm}
body{font-size:10pt}main{max-width:none;padding:0}section{margin-top:1.5rem}th,td{padding-top:.3rem;padding-bottom:.3rem}footer{margin-top:1.25rem;break-before:avoid}h2,h3,caption,summary{break-after:avoid}tr,header,section:not([aria-labelledby=lines]){break-inside:avoid}thead{display:table-header-group}tfoot{display:table-row-group;break-before:avoid}
details::details-content{content-visibility:visible;block-size:auto}summary::before{display:none}.scroll{overflow:visible}
svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";

}  // namespace bursar::cli::html
