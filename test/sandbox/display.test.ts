import { Display, formatChanges, formatPlan, formatTable } from '../../sandbox/engine/display';
import { NO_CHANGES } from '../../sandbox/engine/print';
import type { ComponentSummary } from '../../sandbox/engine/summary';
import { APP, begin, end, ISTIOD, logOf, RELEASE, step, urn } from './engine-events';

const ESCAPE = '\u001b';
const CLEAR = `\r${ESCAPE}[2K`;

/** A stream that keeps what is written to it. */
class Output {
  readonly written: string[] = [];
  constructor(
    readonly isTTY: boolean,
    readonly columns?: number,
  ) {}
  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

describe('where lines cannot be rewritten', () => {
  test('each line has the time so far', () => {
    const output = new Output(false);
    const display = new Display(output.stream);
    jest.advanceTimersByTime(1500);
    display.line('toolchain ready');
    expect(output.written).toEqual(['   1.5 s  toolchain ready\n']);
  });

  test('a sign of life comes every ten seconds, but only while nothing else is said', () => {
    const output = new Output(false);
    const display = new Display(output.stream);
    const log = logOf(begin(ISTIOD, 'create'), begin(APP, 'create'), end(APP));
    const stop = display.follow(() => log, 'up of local');
    jest.advanceTimersByTime(10_000);
    expect(output.written).toEqual([]);
    jest.advanceTimersByTime(1000);
    expect(output.written).toEqual(['  11.0 s  1 under way: istiod\n']);
    jest.advanceTimersByTime(5000);
    display.line('something');
    jest.advanceTimersByTime(9000);
    expect(output.written).toHaveLength(2);
    jest.advanceTimersByTime(2000);
    expect(output.written).toHaveLength(3);
    stop();
    jest.advanceTimersByTime(60_000);
    expect(output.written).toHaveLength(3);
  });

  test.each([
    [5, 'r1, r2, r3, r4, r5'],
    [50, 'r1, r2, r3, r4, r5 and 45 more'],
  ])('a sign of life names the first of %i under way', (count, names) => {
    const output = new Output(false);
    const many = Array.from({ length: count }, (_, index) => begin(urn(`r${index + 1}`, RELEASE), 'create'));
    const stop = new Display(output.stream).follow(() => logOf(...many), 'up');
    jest.advanceTimersByTime(11_000);
    stop();
    expect(output.written).toEqual([`  11.0 s  ${count} under way: ${names}\n`]);
  });

  test('what is waited for is said while nothing is under way, and before there is a log', () => {
    const output = new Output(false);
    const stop = new Display(output.stream).follow(() => undefined, 'getting ready');
    jest.advanceTimersByTime(11_000);
    stop();
    expect(output.written).toEqual(['  11.0 s  getting ready\n']);
  });

  test('no escape code is written', () => {
    const output = new Output(false);
    const display = new Display(output.stream);
    const stop = display.follow(() => logOf(begin(ISTIOD, 'create')), 'up');
    jest.advanceTimersByTime(30_000);
    display.step(step(ISTIOD, 'create'));
    stop();
    expect(output.written.length).toBeGreaterThan(2);
    expect(output.written.join('')).not.toMatch(/[\r\u001b]/);
  });
});

describe('on a terminal', () => {
  test('the last line is rewritten with what is under way, and taken away at the end', () => {
    const output = new Output(true, 80);
    const display = new Display(output.stream);
    const stop = display.follow(() => logOf(begin(ISTIOD, 'create')), 'up of local');
    jest.advanceTimersByTime(400);
    expect(output.written).toEqual([
      `${CLEAR}   0.2 s  1 under way: istiod`,
      `${CLEAR}   0.4 s  1 under way: istiod`,
    ]);
    stop();
    expect(output.written.at(-1)).toBe(CLEAR);
    stop();
    expect(output.written).toHaveLength(3);
  });

  test('a line takes the place of the status, which comes back below it', () => {
    const output = new Output(true, 80);
    const display = new Display(output.stream);
    const stop = display.follow(() => undefined, 'getting ready');
    jest.advanceTimersByTime(200);
    display.write('said');
    expect(output.written.slice(1)).toEqual([CLEAR, 'said\n']);
    jest.advanceTimersByTime(200);
    expect(output.written.at(-1)).toBe(`${CLEAR}   0.4 s  getting ready`);
    stop();
  });

  test.each([
    [40, 39],
    [4, 10],
    [undefined, 79],
  ])('of %p columns the status is cut, so that it stays one line', (columns, length) => {
    const output = new Output(true, columns);
    const many = Array.from({ length: 50 }, (_, index) =>
      begin(urn(`release-${index}`, 'kubernetes:helm.sh/v3:Release'), 'create'),
    );
    const stop = new Display(output.stream).follow(() => logOf(...many), 'up');
    jest.advanceTimersByTime(200);
    stop();
    expect(output.written[0]?.slice(CLEAR.length)).toHaveLength(length);
  });

  test('components and passwords are not named as under way: they take no time', () => {
    const output = new Output(true, 80);
    const log = logOf(
      begin(urn('mesh', 'platform:mesh:Component'), 'create'),
      begin(urn('secret', 'random:index/randomPassword:RandomPassword'), 'create'),
    );
    const stop = new Display(output.stream).follow(() => log, 'waiting');
    jest.advanceTimersByTime(200);
    stop();
    expect(output.written[0]).toContain('waiting');
  });
});

describe('a step', () => {
  test.each([
    ['create', undefined, 'istiod created in 2.5 s'],
    ['update', undefined, 'istiod updated in 2.5 s'],
    ['delete', undefined, 'istiod deleted in 2.5 s'],
    ['create', true, 'istiod failed in 2.5 s'],
  ])('is told when it has ended: %s', (op, failed, text) => {
    const output = new Output(false);
    new Display(output.stream).step({ ...step(ISTIOD, op, 0, 2.5), ...(failed ? { failed } : {}) });
    expect(output.written).toEqual([`   0.0 s  ${'mesh'.padEnd(16)} ${text}\n`]);
  });

  test('is not told while it lasts, when nothing changed, or of a small object', () => {
    const output = new Output(false);
    const display = new Display(output.stream);
    const { endedAt, ...begun } = step(ISTIOD, 'create');
    expect(endedAt).toBeDefined();
    display.step(begun);
    display.step(step(ISTIOD, 'same'));
    display.step(step(urn('quota', 'kubernetes:core/v1:ResourceQuota'), 'create'));
    expect(output.written).toEqual([]);
  });
});

describe('the table', () => {
  const line = (part: Partial<ComponentSummary>): ComponentSummary => ({
    name: 'mesh',
    chart: null,
    version: null,
    source: null,
    namespace: null,
    objects: 1,
    seconds: 0,
    ...part,
  });

  test('has columns as wide as they must be, numbers to the right, and a dash for what is not', () => {
    const table = formatTable([
      line({
        chart: 'istiod',
        version: '1.2.3',
        source: 'stand-in',
        namespace: 'istio-system',
        objects: 17,
        seconds: 12.34,
      }),
      line({ name: 'runtime-security', objects: 3 }),
    ]);
    expect(table.split('\n')).toEqual([
      'COMPONENT         CHART          VERSION  SOURCE    NAMESPACE     OBJECTS  SECONDS',
      'mesh              istiod         1.2.3    STAND-IN  istio-system       17     12.3',
      'runtime-security  (own objects)  -        -         -                   3        -',
    ]);
  });

  test('names a stand-in loudly and the real ones by where they came from', () => {
    const sources = (['mirror', 'cache', 'upstream', 'stand-in'] as const).map((source) =>
      line({ chart: 'istiod', source }),
    );
    const cells = formatTable(sources)
      .split('\n')
      .slice(1)
      .map((row) => row.split(/\s+/)[3]);
    expect(cells).toEqual(['mirror', 'cache', 'upstream', 'STAND-IN']);
  });

  test('of nothing is its head', () => {
    expect(formatTable([]).split('\n')).toHaveLength(1);
  });
});

test('changes are told in words, and that there are none as such', () => {
  expect(formatChanges({ ...NO_CHANGES, same: 7 })).toBe('0 changes; 7 unchanged');
  expect(formatChanges({ same: 7, create: 1, update: 2, replace: 3, delete: 4 })).toBe(
    '1 created, 2 updated, 3 replaced, 4 deleted; 7 unchanged',
  );
  expect(formatChanges({ ...NO_CHANGES, create: 1, delete: 4 }, true)).toBe(
    '1 to create, 4 to delete; 0 unchanged',
  );
});

test('a plan has a line for what would change, with the properties, and none for what stays', () => {
  const update = { ...step(APP, 'update'), diffs: ['spec', 'metadata'] };
  const steps = [
    step(ISTIOD, 'create'),
    update,
    step(urn('a', 'x:y:Old'), 'delete'),
    step(urn('b', 'x:y:Same'), 'same'),
    step(urn('c', 'x:y:New'), 'replace'),
  ];
  expect(formatPlan(steps).split('\n')).toEqual([
    `  + ${'mesh'.padEnd(16)} Release istiod`,
    `  ~ ${'workload'.padEnd(16)} Deployment app [spec, metadata]`,
    `  - ${'platform'.padEnd(16)} Old a`,
    `  ± ${'platform'.padEnd(16)} New c`,
  ]);
});
