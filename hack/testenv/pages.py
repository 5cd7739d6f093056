"""Requirements for every page that bursar writes, checked in a real browser."""

# The contrast of every text with its background, by WCAG 2: at least 4.5; for large text and bars at least 3.
CONTRASTS = """(() => {
  const channel = value => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || element.closest('svg')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(numbers(style.color)), luminance(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) poor.push(`${text}: ${contrast.toFixed(2)}`);
  }
  for (const bar of document.querySelectorAll('rect')) {
    if (getComputedStyle(bar).fill === 'none') continue;
    const [a, b] = [luminance(numbers(getComputedStyle(bar).fill)), luminance(ground(bar))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 3) poor.push(`bar ${bar.className.baseVal}: ${contrast.toFixed(2)}`);
  }
  return poor;
})()"""

LEVELS = "[...document.querySelectorAll('h1,h2,h3')].map(heading => Number(heading.tagName[1]))"

# Tables and pictures without a name for readers who cannot see the page.
UNNAMED = """[...document.querySelectorAll('table')].filter(table => !table.caption || !table.caption.textContent.trim())
  .map(table => table.outerHTML.slice(0, 80))
  .concat([...document.querySelectorAll('th')].filter(cell => !cell.scope).map(cell => cell.outerHTML))
  .concat([...document.querySelectorAll('svg')].filter(picture => !picture.closest('[aria-hidden=true]') &&
    !(picture.getAttribute('role') === 'img' && (picture.getAttribute('aria-label') ||
      picture.querySelector(':scope > title')?.textContent))).map(picture => picture.outerHTML))"""


def open_alone(test, browser, file):
    """Opens a page. It must load nothing else and cause no complaint of the browser."""
    browser.show(1280)
    browser.open(file.as_uri())
    told = [event for event in browser.events
            if event["method"] in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                                   "Page.javascriptDialogOpening")]
    test.assertEqual(told, [], "the browser complains of nothing")
    asked = [event["params"]["request"]["url"] for event in browser.events
             if event["method"] == "Network.requestWillBeSent"]
    test.assertEqual(asked, [file.as_uri()], "nothing else is loaded")


def check_for_everybody(test, browser):
    """The open page has a language, headings in order, names for tables and pictures, and enough contrast."""
    test.assertEqual(browser.evaluate("document.documentElement.lang"), "en")
    levels = browser.evaluate(LEVELS)
    test.assertEqual(levels[0], 1)
    test.assertEqual(levels.count(1), 1)
    test.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels)
    test.assertEqual(browser.evaluate(UNNAMED), [])
    grounds = set()
    for scheme in ("light", "dark"):
        browser.show(1280, scheme)
        grounds.add(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        test.assertEqual(browser.evaluate(CONTRASTS), [], scheme)
    test.assertEqual(len(grounds), 2, "dark is not light")
