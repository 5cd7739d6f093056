"""The dashboard's panels as a page: what Prometheus answers to their queries, drawn where Grafana would draw it.

It is no Grafana: it has the panel types the chart uses, enough to look at the figures and take their picture.
"""

import html
import math
import pathlib
import re
import tempfile
import time

from testenv.chromium import Chromium

WIDTH, COLUMN, ROW, GAP = 1680, 70, 34, 8
COLOURS = ["#2f6fb3", "#c8642d", "#3c8f5a", "#8a5ab0", "#b33f62", "#8a7a1f", "#3d8f97", "#6b6b6b"]
SEMANTIC = {"green": "#2e8b57", "orange": "#d97a1c", "red": "#c03030", "blue": "#2f6fb3"}
STYLE = """
body{margin:0;background:#f2f3f5;font:13px/1.35 "DejaVu Sans",system-ui,sans-serif;color:#22252b}
.page{position:relative;width:%dpx}
.panel{position:absolute;box-sizing:border-box;background:#fff;border:1px solid #dcdfe4;border-radius:4px;padding:8px 10px;overflow:hidden}
.row{position:absolute;font-weight:600;font-size:15px;padding:6px 2px}
h2{font-size:13px;margin:0 0 4px;font-weight:600}
.stat{display:flex;height:72%%;align-items:center;justify-content:center;font-size:34px;font-weight:600}
.stat small{font-size:17px;margin-left:6px}
table{border-collapse:collapse;width:100%%}td,th{text-align:left;padding:4px 8px;border-bottom:1px solid #eceef1}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}th{color:#5b616b;font-weight:600}
.bar{display:grid;grid-template-columns:38%% 1fr 62px;gap:8px;align-items:center;margin:5px 0}
.bar div{background:#eceef1;border-radius:2px;height:16px}.bar i{display:block;height:16px;border-radius:2px}
.bar span:last-child{text-align:right;font-variant-numeric:tabular-nums}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:12px;color:#3b4049}.legend b{display:inline-block;width:12px;height:3px;margin-right:5px;vertical-align:middle}
text{font-size:11px;fill:#5b616b}.none{color:#8a8f98;padding:14px 0}
""" % WIDTH


def number(value, unit, decimals=None):
    if unit == "percent":
        return f"{value:.0f} %"
    if unit == "s":
        return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.3g} ms"
    if unit == "bytes":
        return f"{value / 1e6:.0f} MB"
    if unit == "none":
        return f"{value:,.{decimals if decimals is not None else 0}f}"
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{mark}"
    return f"{value:.3g}" + (" /s" if unit in ("reqps", "ops") else "")


def name(target, metric):
    text = re.sub(r"{{(\w+)}}", lambda match: metric.get(match[1], ""), target["legendFormat"])
    return html.escape(text.strip())


def colour(panel, value):
    """By the panel's thresholds."""
    chosen = "blue"
    for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", []):
        if step["value"] is None or value >= step["value"]:
            chosen = step["color"]
    return SEMANTIC[chosen]


def unit_of(panel):
    defaults = panel["fieldConfig"]["defaults"]
    return defaults.get("unit", "short"), defaults.get("decimals")


def stat(panel, answers):
    parts = []
    for target, result in answers:
        for series in result:
            value = float(series["value"][1])
            label = name(target, series["metric"])
            parts.append(f'<span style="color:{colour(panel, value)}">{number(value, *unit_of(panel))}<small>{label}</small></span>')
    return f'<div class="stat">{"".join(parts)}</div>'


def bars(panel, answers):
    found = [(name(target, series["metric"]), float(series["value"][1])) for target, result in answers for series in result]
    largest = panel["fieldConfig"]["defaults"].get("max") or max((value for _, value in found), default=1) or 1
    return "".join(
        f'<div class="bar"><span>{label}</span><div><i style="width:{min(100, 100 * value / largest):.1f}%;background:{colour(panel, value)}"></i></div>'
        f"<span>{number(value, *unit_of(panel))}</span></div>" for label, value in found)


def table(panel, answers):
    organised = panel["transformations"][1]["options"]
    rows, columns = {}, []
    for target, result in answers:
        column = "Value" if len(answers) == 1 else f"Value #{target['refId']}"
        columns.append(column)
        for series in result:
            key = tuple(sorted(series["metric"].items()))
            rows.setdefault(key, {})[column] = float(series["value"][1])
    labels = [label for label in organised["renameByName"] if not label.startswith("Value")]
    columns = [column for column in columns if column not in organised["excludeByName"]]
    units = {rule["matcher"]["options"]: rule["properties"][0]["value"] for rule in panel["fieldConfig"]["overrides"]}
    unit, decimals = unit_of(panel)
    titles = [organised["renameByName"].get(column, column) for column in columns]
    head = "".join(f"<th>{organised['renameByName'][label]}</th>" for label in labels) + "".join(f'<th class="n">{title}</th>' for title in titles)
    body = ""
    for key, values in sorted(rows.items()):
        metric = dict(key)
        cells = [f"<td>{html.escape(metric.get(label, ''))}</td>" for label in labels]
        for column, title in zip(columns, titles):
            shown = number(values[column], units.get(title, unit), decimals) if column in values else ""
            cells.append(f'<td class="n">{shown}</td>')
        body += f"<tr>{''.join(cells)}</tr>"
    return f"<table><tr>{head}</tr>{body}</table>"


def ticks(largest):
    """Round numbers from 0 to the first that is not below the largest value."""
    step = 10 ** math.floor(math.log10(largest / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if step * factor * 4 >= largest)
    return [step * index for index in range(math.ceil(largest / step - 1e-9) + 1)]


def curve(points, x, y):
    return " ".join(f"{'M' if index == 0 else 'L'}{x(when):.1f},{y(value):.1f}" for index, (when, value) in enumerate(points))


def series(panel, answers):
    found = [(name(target, line["metric"]), [(float(when), float(value)) for when, value in line["values"] if value not in ("NaN", "+Inf")])
             for target, result in answers for line in result]
    grid, unit = panel["gridPos"], unit_of(panel)[0]
    width, height, left, bottom = grid["w"] * COLUMN - GAP - 22, grid["h"] * ROW - 84, 52, 18
    times = [when for _, points in found for when, _ in points]
    largest = max((value for _, points in found for _, value in points), default=1) or 1
    begin, end, marks = min(times), max(times), ticks(largest)

    def x(when):
        return left + (width - left - 6) * (when - begin) / max(1, end - begin)

    def y(value):
        return 4 + (height - bottom - 8) * (1 - value / marks[-1])

    parts = []
    for value in marks:
        parts.append(f'<path d="M{left},{y(value):.1f}H{width}" stroke="#eceef1"/><text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{number(value, unit)}</text>')
    for step in range(4):
        when = begin + (end - begin) * (step + 0.5) / 4
        parts.append(f'<text x="{x(when):.0f}" y="{height - 3}" text-anchor="middle">{time.strftime("%H:%M:%S", time.gmtime(when))}</text>')
    for index, (_, points) in enumerate(found):
        parts.append(f'<path d="{curve(points, x, y)}" fill="none" stroke="{COLOURS[index % len(COLOURS)]}" stroke-width="2"/>')
    legend = "".join(f'<span><b style="background:{COLOURS[index % len(COLOURS)]}"></b>{label}</span>' for index, (label, _) in enumerate(found))
    return f'<svg width="{width}" height="{height}">{"".join(parts)}</svg><div class="legend">{legend}</div>'


KINDS = {"stat": stat, "bargauge": bars, "table": table, "timeseries": series}


def page(scenario, panels, seconds):
    parts, bottom = [], 0
    for panel in panels:
        grid = panel["gridPos"]
        box = f'left:{grid["x"] * COLUMN}px;top:{grid["y"] * ROW}px;width:{grid["w"] * COLUMN - GAP}px;height:{grid["h"] * ROW - GAP}px'
        bottom = max(bottom, (grid["y"] + grid["h"]) * ROW)
        if panel["type"] == "row":
            parts.append(f'<div class="row" style="{box}">{html.escape(panel["title"])}</div>')
            continue
        answers = [(target, scenario.answer(target, seconds)) for target in panel["targets"]]
        drawn = KINDS[panel["type"]](panel, answers) if any(result for _, result in answers) else '<div class="none">No data</div>'
        parts.append(f'<div class="panel" style="{box}"><h2>{html.escape(panel["title"])}</h2>{drawn}</div>')
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><div class="page" style="height:{bottom}px">{"".join(parts)}</div>'


def picture(scenario, panels, seconds):
    """PNG."""
    with tempfile.TemporaryDirectory() as folder, Chromium() as browser:
        file = pathlib.Path(folder) / "dashboard.html"
        file.write_text(page(scenario, panels, seconds))
        browser.show(WIDTH)
        browser.open(file.as_uri())
        return browser.picture()
