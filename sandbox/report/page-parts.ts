import { html, type Markup } from './markup';
import type { Status } from './model';

export const LABELS: Readonly<Record<Status, string>> = {
  violations: 'violations',
  warnings: 'warnings',
  exempt: 'exempt',
  pass: 'pass',
  'no-objects': 'no objects',
  off: 'switched off',
  'not-judged': 'not judged',
};

export function statusText(status: Status): Markup {
  return html`<span class="status ${status}">${LABELS[status]}</span>`;
}

/** What a row is found by. */
export function find(...texts: readonly string[]): string {
  return texts.join(' ').toLowerCase();
}

/** Columns of numbers. */
const NUMBERS = ['Judged', 'Violations', 'Warnings', 'Exempt', 'Days left'];

/** A table whose rows become blocks on a narrow screen. */
export function headed(caption: string, columns: readonly string[], rows: readonly Markup[]): Markup {
  const head = columns.map((column) =>
    NUMBERS.includes(column)
      ? html`<th scope="col" class="number">${column}</th>`
      : html`<th scope="col">${column}</th>`,
  );
  return html`<div class="scroll">
    <table class="rows">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** Days that an exemption still holds, in words where it does not. */
export function ended(daysLeft: number): Markup {
  if (daysLeft < 0) return html`<strong class="violations">ended</strong>`;
  return daysLeft <= 30 ? html`<strong class="warnings">${daysLeft}</strong>` : html`${daysLeft}`;
}
