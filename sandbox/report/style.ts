/** The looks of a report: light and dark as the reader has it, narrow screens, and paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --panel: #f6f8fa;
  --link: #0550ae; --bad: #a40e26; --warn: #7d4e00; --good: #116329; --exempt: #5a32a3; --mark: #0969da; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --paper: #0d1117;
  --panel: #161b22; --link: #79b8ff; --bad: #ff8f8a; --warn: #e8b339; --good: #6fdd8b; --exempt: #cdb2ff;
  --mark: #58a6ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.75rem; margin: 0.5rem 0; } h2 { font-size: 1.35rem; margin: 2.5rem 0 0.5rem; }
h3:has(+ .scroll[hidden]) { display: none; } h3 { font-size: 1.1rem; margin: 1.5rem 0 0.5rem; }
[id] { scroll-margin-top: 5rem; } a { color: var(--link); } :focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; background: var(--paper); padding: 0.5rem; }
nav ul, .tiles { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; list-style: none; padding: 0; margin: 1rem 0; }
.tiles li { flex: 1 1 9rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--panel);
  padding: 0.75rem 1rem; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; }
.soft, caption, summary small { color: var(--soft); } caption { text-align: left; padding: 0 0 0.5rem; }
.note { border-left: 4px solid var(--warn); background: var(--panel); padding: 0.75rem 1rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 0.925rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
thead th { white-space: nowrap; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tbody th { font-weight: 600; overflow-wrap: break-word; } td.id, td.status { overflow-wrap: normal; }
td.day { white-space: nowrap; }
code { font: 0.875em ui-monospace, monospace; overflow-wrap: anywhere; }
.status { font-weight: 600; white-space: nowrap; }
.violations { color: var(--bad); } .warnings { color: var(--warn); } .pass { color: var(--good); }
.exempt { color: var(--exempt); } .no-objects, .off, .not-judged { color: var(--soft); }
details { border: 1px solid var(--line); border-radius: 0.5rem; margin: 0.5rem 0; padding: 0.5rem 0.75rem; }
summary { cursor: pointer; } details[open] > summary { margin-bottom: 0.5rem; }
details p, details ul, details dl { margin: 0.5rem 0; } details ul { padding-left: 1.25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; } dt { color: var(--soft); } dd { margin: 0; }
td details { border: 0; padding: 0; margin: 0; }
form { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: end; position: sticky; top: 0; z-index: 1;
  background: var(--paper); border-bottom: 1px solid var(--line); padding: 0.5rem 0; }
form[hidden] { display: none; } label { display: grid; font-size: 0.875rem; color: var(--soft); }
input, select { font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--soft);
  border-radius: 0.375rem; padding: 0.35rem 0.5rem; max-width: 100%; }
output { font-size: 0.875rem; }
@media (max-width: 40rem) { .rows thead { position: absolute; left: -99rem; }
  .rows tr { display: block; border-bottom: 1px solid var(--line); padding: 0.5rem 0; }
  .rows th, .rows td { display: block; border: 0; padding: 0.1rem 0; text-align: left; }
  .rows td:empty { display: none; }
  .rows td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); font-weight: 400; }
  dl { grid-template-columns: 1fr; } form { position: static; } }
@media print { :root { --ink: #000; --soft: #444; --line: #999; --paper: #fff; --panel: #fff; --link: #000;
  --bad: #a40e26; --warn: #7d4e00; --good: #116329; --exempt: #5a32a3; } body { max-width: none; font-size: 9pt; padding: 0; }
  form, nav, .skip { display: none !important; } details { break-inside: avoid; border-color: #ccc; }
  details::details-content { content-visibility: visible; height: auto; display: block; }
  thead { display: table-header-group; } tr { break-inside: avoid; } h2, h3 { break-after: avoid; } a { text-decoration: none; } }
`;

/** Filters what has \`data-find\` by words and by status; without it everything is shown. */
export const SCRIPT = `
(function () {
  var form = document.getElementById('filter'), count = document.getElementById('count');
  var rows = Array.prototype.slice.call(document.querySelectorAll('[data-find]'));
  function apply() {
    var words = form.text.value.toLowerCase().split(/\\s+/).filter(Boolean), status = form.status.value, shown = 0;
    rows.forEach(function (row) {
      var text = row.dataset.find, fits = (!status || row.dataset.status === status) &&
        words.every(function (word) { return text.indexOf(word) >= 0; });
      row.hidden = !fits;
      if (fits) shown += 1;
    });
    document.querySelectorAll('main section, .scroll').forEach(function (part) {
      var own = part.querySelectorAll('[data-find]');
      part.hidden = own.length > 0 && !part.querySelector('[data-find]:not([hidden])');
    });
    count.value = words.length || status ? shown + ' of ' + rows.length + ' rows' : '';
  }
  function openTarget() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden) { form.reset(); apply(); }
    if (target.tagName === 'DETAILS') { target.open = true; target.scrollIntoView(); }
  }
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  window.addEventListener('hashchange', openTarget);
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details').forEach(function (each) { each.open = true; });
  });
  openTarget();
})();
`;
