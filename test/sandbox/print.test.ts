import type { CommandContext } from '../../sandbox/cli';
import type { Failure } from '../../sandbox/engine/errors';
import { NO_CHANGES, printFailure, printJson } from '../../sandbox/engine/print';

describe('OUTPUT=json', () => {
  const context = {
    command: 'up',
    stack: 'local',
    mirror: undefined,
    json: true,
  } as unknown as CommandContext;
  const error: Failure = { message: 'two\nlines', cure: 'mend it' };
  let out: string[];
  let err: string[];

  beforeEach(() => {
    [out, err] = [[], []];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  });
  afterEach(() => jest.restoreAllMocks());

  test('is one object on one line, with every field', () => {
    printJson(context, Date.now() - 1234, {
      changes: { ...NO_CHANGES, create: 2 },
      outputs: { url: 'a\nb' },
    });
    expect(out).toHaveLength(1);
    expect(out[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(out[0] ?? '')).toEqual({
      command: 'up',
      stack: 'local',
      result: 'succeeded',
      changes: { same: 0, create: 2, update: 0, replace: 0, delete: 0 },
      durationSeconds: expect.closeTo(1.2, 0) as unknown,
      components: [],
      error: null,
      outputs: { url: 'a\nb' },
    });
  });

  test('is the same on failure, and the only thing on standard output', () => {
    printFailure(context, error, Date.now(), { changes: { ...NO_CHANGES, same: 4 } });
    expect(out.join('').split('\n')).toHaveLength(2);
    expect(JSON.parse(out.join(''))).toMatchObject({ result: 'failed', error, changes: { same: 4 } });
    expect(err).toEqual([]);
  });

  test('unset: a failure is on standard error, with what to do', () => {
    printFailure({ ...context, json: false }, error, Date.now());
    expect(out).toEqual([]);
    expect(err.join('')).toBe('\nup of local failed: two\nlines\nTo do: mend it\n');
  });
});
