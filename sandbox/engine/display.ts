import type { ChartSource } from '../../components/charts/resolve';
import type { Changes, EventLog, Step } from './events';
import type { ComponentSummary } from './summary';

/** Between two signs of life where lines can't be rewritten, in ms. */
const HEARTBEAT = 10_000;
/** Names in one sign of life. */
const MOST_NAMES = 5;
const SIGNS: Record<string, string> = { create: '+', update: '~', replace: '±', delete: '-', refresh: '~' };
const SHOWN = ['kubernetes:helm.sh/v3:Release', 'kubernetes:apps/v1:Deployment', 'command:local:Command'];

/**
 * Shows what goes on. On a terminal the last line is rewritten with what is under way; elsewhere plain lines, and
 * one every ten seconds while nothing else is said.
 */
export class Display {
  private readonly start = Date.now();
  private lastLine = Date.now();
  private timer: NodeJS.Timeout | undefined;
  private hasStatus = false;

  constructor(
    private readonly output: NodeJS.WriteStream,
    private readonly columns = (): number => output.columns || 80,
  ) {}

  /** One line of progress, with the time so far. */
  line(text: string): void {
    this.write(`${this.elapsed()}  ${text}`);
  }

  /** Text as it is. */
  write(text: string): void {
    this.clearStatus();
    this.output.write(`${text}\n`);
    this.lastLine = Date.now();
  }

  /** Follows an update until the returned function is called. */
  follow(log: () => EventLog | undefined, waiting: string): () => void {
    const tick = (): void => {
      const active =
        log()
          ?.active()
          .filter(({ type }) => type.startsWith('kubernetes:') || type.startsWith('command:')) ?? [];
      const text = active.length > 0 ? `${active.length} under way: ${names(active)}` : waiting;
      if (this.output.isTTY) this.status(text);
      else if (Date.now() - this.lastLine > HEARTBEAT) this.line(text);
    };
    this.timer = setInterval(tick, this.output.isTTY ? 200 : 1000);
    return () => {
      clearInterval(this.timer);
      this.clearStatus();
    };
  }

  /** Says when a release, a workload or the check has changed. */
  step(step: Step): void {
    if (step.endedAt === undefined || !SHOWN.includes(step.type) || step.op === 'same') return;
    const seconds = ((step.endedAt - step.startedAt) / 1000).toFixed(1);
    const verb = step.failed ? 'failed' : (DONE[step.op] ?? step.op);
    this.line(`${step.component.padEnd(16)} ${step.name} ${verb} in ${seconds} s`);
  }

  private status(text: string): void {
    const line = `${this.elapsed()}  ${text}`;
    this.output.write(`\r\u001b[2K${line.slice(0, Math.max(10, this.columns() - 1))}`);
    this.hasStatus = true;
  }

  private clearStatus(): void {
    if (this.hasStatus) this.output.write('\r\u001b[2K');
    this.hasStatus = false;
  }

  private elapsed(): string {
    return `${((Date.now() - this.start) / 1000).toFixed(1).padStart(6)} s`;
  }
}

const DONE: Record<string, string> = {
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
  'create-replacement': 'replaced',
  'delete-replaced': 'old one deleted',
};

/** The first names, and how many more there are. */
function names(steps: Step[]): string {
  const shown = steps.slice(0, MOST_NAMES).map(({ name }) => name);
  return `${shown.join(', ')}${steps.length > MOST_NAMES ? ` and ${steps.length - MOST_NAMES} more` : ''}`;
}

/** The table that ends an `up`; columns as wide as they need to be. */
export function formatTable(components: ComponentSummary[]): string {
  const header = ['COMPONENT', 'CHART', 'VERSION', 'SOURCE', 'NAMESPACE', 'OBJECTS', 'SECONDS'];
  const rows = components.map(({ name, chart, version, source, namespace, objects, seconds }) => [
    name,
    chart ?? '(own objects)',
    version ?? '-',
    source ? sourceLabel(source) : '-',
    namespace ?? '-',
    String(objects),
    seconds > 0 ? seconds.toFixed(1) : '-',
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          column >= 5 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** How a source is called in the output: a stand-in is called one loudly. */
export function sourceLabel(source: ChartSource): string {
  return source === 'stand-in' ? 'STAND-IN' : source;
}

/** "12 created, 3 updated; 200 unchanged". */
export function formatChanges(changes: Changes, conditional = false): string {
  const { same, create, update, replace, delete: deleted } = changes;
  const parts = Object.entries({ create, update, replace, delete: deleted })
    .filter(([, count]) => count > 0)
    .map(([op, count]) => (conditional ? `${count} to ${op}` : `${count} ${DONE[op] ?? op}`));
  return `${parts.length > 0 ? parts.join(', ') : '0 changes'}; ${same} unchanged`;
}

/** What a preview would change, a line each. */
export function formatPlan(steps: Iterable<Step>): string {
  return [...steps]
    .filter(({ op }) => op !== 'same' && !op.startsWith('read'))
    .map(({ op, component, type, name, diffs }) => {
      const sign = SIGNS[op] ?? SIGNS[op.split('-')[0] ?? ''] ?? '?';
      return `  ${sign} ${component.padEnd(16)} ${kindOf(type)} ${name}${diffs.length > 0 ? ` [${diffs.join(', ')}]` : ''}`;
    })
    .join('\n');
}

function kindOf(type: string): string {
  return type.split(':').at(-1) ?? type;
}
