import { createHash } from 'node:crypto';
import { controlSections } from './page-controls';
import { html, Markup } from './markup';
import { STATUSES, type ChartReport, type ImageReport, type Report } from './model';
import { SCRIPT, STYLE } from './style';
import { ended, find, headed, LABELS } from './page-parts';

/** A report as one page that needs nothing else: no network, no other file, and no script to be read. */
export function reportPage(report: Report): string {
  const title = `Platform report: ${report.stack}`;
  // Nothing but what is in the page may run or be loaded, whatever a text in it holds.
  const policy = `default-src 'none'; style-src 'sha256-${digest(STYLE)}'; script-src 'sha256-${digest(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${new Markup(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        <header>
          <h1>${title}</h1>
          <p>
            Judged for Kubernetes ${report.kubernetesVersion}, from the program alone, without a cluster. Made
            on
            <time datetime="${report.generatedAt}"
              >${report.generatedAt.replace('T', ' at ').replace('Z', ' UTC')}</time
            >.
          </p>
          ${report.standIns ? standInNote(report) : undefined}
          <nav aria-label="Contents">
            <ul>
              <li><a href="#summary">Summary</a></li>
              ${report.frameworks.map(({ name }, index) => html`<li><a href="#framework-${index}">${name}</a></li>`)}
              <li><a href="#controls">Controls</a></li>
              <li><a href="#exemptions">Exemptions</a></li>
              <li><a href="#charts">Charts</a></li>
              <li><a href="#images">Images</a></li>
            </ul>
          </nav>
        </header>
        <main id="main">
          ${summary(report)} ${filter()} ${controlSections(report)} ${exemptions(report)}
          ${charts(report.charts)} ${images(report.images)}
        </main>
        <footer>
          <p class="soft">
            Written by <code>make report STACK=${report.stack}</code>; the same facts are in report.json.
          </p>
        </footer>
        ${new Markup(`<script>${SCRIPT}</script>`)}
      </body>
    </html> `.text;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function standInNote({ charts: all }: Report): Markup {
  const count = all.filter(({ source }) => source === 'stand-in').length;
  return html`<p class="note">
    <strong>${count} of ${all.length} charts are stand-ins.</strong> They have the shape of the real charts
    and exercise wiring and policy; of the real charts’ objects and images nothing certain follows. With
    network access, or <code>CHARTS=</code> and a mirror, the real ones are judged.
  </p>`;
}

function summary({ totals }: Report): Markup {
  const tile = (value: number, what: string, kind = ''): Markup =>
    html`<li><b class="${kind}">${value}</b> ${what}</li>`;
  const ofStatus = STATUSES.filter((status) => totals.controls[status] > 0).map(
    (status) =>
      html`<li><b class="${status}">${totals.controls[status]}</b> controls: ${LABELS[status]}</li>`,
  );
  return html`<section id="summary" aria-labelledby="summary-title">
    <h2 id="summary-title">Summary</h2>
    <ul class="tiles">
      ${tile(totals.violations, 'violations that stop an update', totals.violations > 0 ? 'violations' : 'pass')}
      ${tile(totals.warnings, 'warnings', totals.warnings > 0 ? 'warnings' : 'pass')}
      ${tile(totals.exempt, 'verdicts set aside by exemptions', 'exempt')}
      ${tile(totals.objects, `objects, of ${totals.resources} resources`)}
      ${tile(totals.images, `images, ${totals.pinned} of them by digest`)}
    </ul>
    <ul class="tiles">
      ${ofStatus}
    </ul>
  </section>`;
}

/** Shown by the script alone, which it is of no use without. */
function filter(): Markup {
  const options = STATUSES.map((status) => html`<option value="${status}">${LABELS[status]}</option>`);
  return html`<form id="filter" role="search" aria-label="Filter all tables" hidden>
    <label>Words <input name="text" type="search" placeholder="5.2.2, falco, quay.io" /></label>
    <label
      >Status
      <select name="status">
        <option value="">any</option>
        ${options}
      </select></label
    >
    <output id="count" for="filter"></output>
  </form>`;
}

function exemptions({ exemptions: all, unjudgedNamespaces }: Report): Markup {
  const rows = all.map(
    (each) =>
      html`<tr data-find="${find(each.object, each.owner, each.reason, ...each.controls)}">
        <th scope="row">${each.object}</th>
        <td data-label="Days left" class="number">${ended(each.daysLeft)}</td>
        <td data-label="Last day" class="day">${each.expires}</td>
        <td data-label="Owner" class="id">${each.owner}</td>
        <td data-label="Controls in use">
          ${each.used} of ${each.controls.length}: ${each.controls.join(', ')}
        </td>
        <td data-label="Reason">${each.reason}</td>
      </tr>`,
  );
  return html`<section id="exemptions" aria-labelledby="exemptions-title">
    <h2 id="exemptions-title">Exemptions</h2>
    <p class="soft">
      In use are those that set a verdict aside in this stack; an exemption of an object that it does not have
      is in use nowhere.
    </p>
    ${headed('Every exemption that the platform has', ['Object', 'Days left', 'Last day', 'Owner', 'Controls in use', 'Reason'], rows)}
    ${unjudged(unjudgedNamespaces)}
  </section>`;
}

function unjudged(all: Report['unjudgedNamespaces']): Markup | undefined {
  if (all.length === 0) return undefined;
  const rows = all.map(
    ({ namespace, reason }) =>
      html`<tr data-find="${find(namespace, reason)}">
        <th scope="row">${namespace}</th>
        <td data-label="Reason">${reason}</td>
      </tr>`,
  );
  return headed('Namespaces that the API server’s policies leave alone', ['Namespace', 'Reason'], rows);
}

function charts(all: readonly ChartReport[]): Markup {
  const rows = all.map(
    (each) =>
      html`<tr data-find="${find(each.chart, each.version, each.release, each.namespace, each.source)}">
        <th scope="row">${each.chart}</th>
        <td data-label="Version">${each.version}</td>
        <td data-label="Release">${each.namespace}/${each.release}</td>
        <td data-label="Source">${each.source}</td>
        <td data-label="SHA-256 of the archive"><code>${each.sha256}</code></td>
        <td data-label="charts.lock.json">
          ${each.recorded === null ? 'none recorded' : each.recorded === each.sha256 ? 'the same' : html`<strong class="violations">another: ${each.recorded}</strong>`}
        </td>
        <td data-label="Published at"><code>${each.repository}</code></td>
      </tr>`,
  );
  const columns = [
    'Chart',
    'Version',
    'Release',
    'Source',
    'SHA-256 of the archive',
    'charts.lock.json',
    'Published at',
  ];
  return html`<section id="charts" aria-labelledby="charts-title">
    <h2 id="charts-title">Charts</h2>
    ${headed(`${all.length} charts`, columns, rows)}
  </section>`;
}

function images(all: readonly ImageReport[]): Markup {
  const rows = all.map((each) => {
    const places = each.places.map(
      ({ found, object, path, release }) =>
        html`<li>
          ${object}, <code>${path}</code>
          <small class="soft">(${found}${release ? `, release ${release}` : ''})</small>
        </li>`,
    );
    const inPlaces = each.places.map(({ object, path, release = '' }) => `${object} ${path} ${release}`);
    return html`<tr data-find="${find(each.image, each.certainty, ...inPlaces)}">
      <th scope="row"><code>${each.image}</code></th>
      <td data-label="Tag">${each.tag ?? 'none'}</td>
      <td data-label="Digest">${each.digest ? html`<code>${each.digest}</code>` : 'none'}</td>
      <td data-label="Certainty">${each.certainty}</td>
      <td data-label="Found in">
        <details>
          <summary>${each.places.length} ${each.places.length === 1 ? 'place' : 'places'}</summary>
          <ul>
            ${places}
          </ul>
        </details>
      </td>
    </tr>`;
  });
  return html`<section id="images" aria-labelledby="images-title">
    <h2 id="images-title">Images</h2>
    <p class="soft">
      In pod specs, custom resources, arguments, environment and texts. Derived are those that no object
      names: an operator or injector makes them by rules of its own.
    </p>
    ${headed(`${all.length} images`, ['Image', 'Tag', 'Digest', 'Certainty', 'Found in'], rows)}
  </section>`;
}
