import { html, type Markup } from './markup';
import type { ControlReport, FindingReport, FrameworkReport, Report, SectionReport } from './model';
import { ended, find, headed, LABELS, statusText } from './page-parts';

/** The frameworks with what came of each section, and every control with what it found. */
export function controlSections({ controls, frameworks }: Report): Markup {
  const byId = new Map(controls.map((control) => [control.id, control]));
  return html`${frameworks.map((framework, index) => frameworkSection(framework, index, byId))}
    <section id="controls" aria-labelledby="controls-title">
      <h2 id="controls-title">Controls</h2>
      ${controls.map(controlDetails)}
    </section>`;
}

const COLUMNS = [
  'Section',
  'What it asks',
  'Status',
  'Control',
  'Judged',
  'Violations',
  'Warnings',
  'Exempt',
];

function frameworkSection(
  { name, sections, version }: FrameworkReport,
  index: number,
  byId: ReadonlyMap<string, ControlReport>,
): Markup {
  const chapters = [...new Set(sections.map(({ chapter }) => chapter))];
  const tables = chapters.map((chapter) => {
    const own = sections.filter((section) => section.chapter === chapter);
    const rows = own.flatMap((section) => sectionRows(section, byId));
    return html`${chapter ? html`<h3>${chapter}</h3>` : undefined}
    ${headed(`${own.length} ${own.length === 1 ? 'section' : 'sections'}`, COLUMNS, rows)}`;
  });
  return html`<section id="framework-${index}" aria-labelledby="framework-${index}-title">
    <h2 id="framework-${index}-title">${name} ${version}</h2>
    ${tables}
  </section>`;
}

/** A row for each control of a section; one row for a section without any. */
function sectionRows(section: SectionReport, byId: ReadonlyMap<string, ControlReport>): Markup[] {
  if (section.controls.length === 0) {
    const none = Array.from({ length: COLUMNS.length - 3 }, () => html`<td></td>`);
    return [row(section, section.status, section.title, [], none)];
  }
  return section.controls.map((id) => {
    const control = byId.get(id);
    // Where a section is but a name, its controls say what it asks.
    const asks = section.title === section.section ? (control?.title ?? '') : section.title;
    const words = [id, ...(control?.findings ?? []).map(({ object }) => object)];
    return row(section, control?.status ?? 'no-objects', asks, words, controlCells(id, control));
  });
}

function row(
  { chapter, note, section, title }: SectionReport,
  status: SectionReport['status'],
  asks: string,
  words: readonly string[],
  cells: Markup | Markup[],
): Markup {
  const found = find(section, title, chapter, note ?? '', asks, LABELS[status], ...words);
  return html`<tr data-status="${status}" data-find="${found}">
    <th scope="row">${section}</th>
    <td>${asks}${note ? html`<br /><small class="soft">${note}</small>` : undefined}</td>
    <td class="status" data-label="Status">${statusText(status)}</td>
    ${cells}
  </tr>`;
}

function controlCells(id: string, control: ControlReport | undefined): Markup {
  const count = (kind: FindingReport['kind']): Markup => {
    const found = (control?.findings ?? []).filter((finding) => finding.kind === kind);
    if (found.length === 0) return html``;
    return kind === 'exempt' ? html`${found.length}, ${daysOf(found)}` : html`${found.length}`;
  };
  return html`<td class="id" data-label="Control"><a href="#control-${id}">${id}</a></td>
    <td class="number" data-label="Judged">${control?.judged}</td>
    <td class="number" data-label="Violations">${count('violation')}</td>
    <td class="number" data-label="Warnings">${count('warning')}</td>
    <td class="number" data-label="Exempt">${count('exempt')}</td>`;
}

/** "185 days left", of the exemption that ends first. */
function daysOf(findings: readonly FindingReport[]): string {
  const days = findings.flatMap(({ daysLeft }) => (daysLeft === undefined ? [] : [daysLeft]));
  return `${Math.min(...days)} days left`;
}

const KINDS = { violation: 'Violations', warning: 'Warnings', exempt: 'Exempt' } as const;
const JUDGES = {
  object: 'objects',
  stack: 'objects together',
  resource: 'resources of the program',
} as const;

function controlDetails(control: ControlReport): Markup {
  const { cis, cure, findings, id, judged, judges, level, nsa, pss, severity, status, title, why } = control;
  const sections = [
    ...cis.map((each) => `CIS ${each}`),
    ...(pss ? [`PSS ${pss}`] : []),
    ...(nsa ? [`NSA/CISA: ${nsa}`] : []),
  ];
  const words = [id, title, severity, ...sections, ...findings.map(({ object }) => object)];
  return html`<details
    id="control-${id}"
    data-status="${status}"
    data-find="${find(...words, LABELS[status])}"
  >
    <summary>${statusText(status)} <strong>${id}</strong> ${title} <small>${judged} judged</small></summary>
    <p>${why}</p>
    <dl>
      <dt>Severity</dt>
      <dd>${severity}</dd>
      <dt>Level in this stack</dt>
      <dd>${level}</dd>
      <dt>Judged</dt>
      <dd>${judged} ${JUDGES[judges]}</dd>
      ${
        sections.length > 0
          ? html`<dt>Asked for by</dt>
              <dd>${sections.join('; ')}</dd>`
          : undefined
      }
      <dt>Cure</dt>
      <dd>${cure}</dd>
    </dl>
    ${(['violation', 'warning', 'exempt'] as const).map((kind) => findingList(kind, findings))}
  </details> `;
}

function findingList(kind: FindingReport['kind'], findings: readonly FindingReport[]): Markup | undefined {
  const own = findings.filter((finding) => finding.kind === kind);
  if (own.length === 0) return undefined;
  const items = own.map(
    ({ daysLeft, found, object }) =>
      html`<li>
        <strong>${object}</strong>:
        ${found}${daysLeft === undefined ? undefined : html` (${ended(daysLeft)}${daysLeft < 0 ? ' exemption' : ' days left'})`}
      </li>`,
  );
  return html`<h3>${KINDS[kind]} (${own.length})</h3>
    <ul>
      ${items}
    </ul>`;
}
