import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { planePaths } from '../plane/config';
import type { ProcessRecord } from '../plane/processes';

/** Samples, once a second (to look costs what is measured beside it some time), the resident memory of a plane's processes and of all that this process started. */
export class MemorySampler {
  private peak = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly planeFolder: string) {
    this.timer = setInterval(() => {
      try {
        this.sample();
      } catch {
        // The plane's record is being written: the next sample reads it.
      }
    }, 1000);
  }

  /** The highest sum so far, in bytes. */
  stop(): number {
    clearInterval(this.timer);
    return this.peak;
  }

  private sample(): void {
    const record = JSON.parse(readFileSync(planePaths(this.planeFolder).record, 'utf8')) as {
      processes: ProcessRecord[];
    };
    const table = execFileSync('ps', ['-axo', 'pid=,ppid=,rss='], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number));
    const counted = new Set(record.processes.map(({ pid }) => pid));
    const children = (parent: number): number[] =>
      table.flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid, ...children(pid)] : []));
    children(process.pid).forEach((pid) => counted.add(pid));
    const kibibytes = table.reduce((sum, [pid = 0, , rss = 0]) => sum + (counted.has(pid) ? rss : 0), 0);
    this.peak = Math.max(this.peak, kibibytes * 1024);
  }
}
