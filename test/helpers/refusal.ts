import { describeFailure, type Failure } from '../../sandbox/engine/errors';

/** How `work` is refused, as a command would tell it. */
export function refusalOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    return describeFailure(error);
  }
  throw new Error('expected a refusal');
}

/** A line of a stack trace, Node's or Go's, or what Node says of an error that nobody caught. */
export const STACK_TRACE =
  /^\s+at .+(:\d+:\d+|\(<anonymous>\))|^Uncaught|^node:internal|UnhandledPromise|^goroutine \d|"stacktrace"/m;

/** Requires that a failure is told once, whole and for people: what is wrong, what to do, no stack trace. */
export function expectClear({ message, cure }: Failure): void {
  expect(message.trim()).not.toBe('');
  expect(cure.trim()).not.toBe('');
  expect(`${message}\n${cure}`).not.toMatch(STACK_TRACE);
  expect(`${message}\n${cure}`).not.toMatch(/undefined|\[object|NaN/);
  const lines = message.split('\n');
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.filter((line) => line.length >= 1000)).toEqual([]);
}
