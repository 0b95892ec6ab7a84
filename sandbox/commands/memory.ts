import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { planePaths } from '../plane/config';
import type { ProcessRecord } from '../plane/processes';

interface Row {
  pid: number;
  parent: number;
  /** Of its resident memory. */
  kibibytes: number;
  command: string;
}

/** Samples, once a second (to look costs what is measured beside it some time), the resident memory of some processes. */
export class MemorySampler {
  private peak = 0;
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly chosen: (table: readonly Row[]) => readonly Row[]) {
    this.timer = setInterval(() => {
      try {
        this.sample();
      } catch {
        // The plane's record is being written: the next sample reads it.
      }
    }, 1000);
  }

  /** Of a plane's processes, and of all that this process started. */
  static ofPlane(folder: string): MemorySampler {
    return new MemorySampler((table) => {
      const { processes } = JSON.parse(readFileSync(planePaths(folder).record, 'utf8')) as {
        processes: ProcessRecord[];
      };
      const own = new Set([...processes, ...started(table)].map(({ pid }) => pid));
      return table.filter(({ pid }) => own.has(pid));
    });
  }

  /** Of what this process started that has such a command. */
  static ofCommand(command: RegExp): MemorySampler {
    return new MemorySampler((table) => started(table).filter((row) => command.test(row.command)));
  }

  /** The highest sum so far, in bytes. */
  stop(): number {
    clearInterval(this.timer);
    return this.peak;
  }

  private sample(): void {
    const table = execFileSync('ps', ['-axww', '-o', 'pid=,ppid=,rss=,args='], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line): Row => {
        const [pid, parent, kibibytes, ...command] = line.trim().split(/\s+/);
        return {
          pid: Number(pid),
          parent: Number(parent),
          kibibytes: Number(kibibytes),
          command: command.join(' '),
        };
      });
    const sum = this.chosen(table).reduce((total, { kibibytes }) => total + kibibytes, 0);
    this.peak = Math.max(this.peak, sum * 1024);
  }
}

/** What a process has started, and what that has. */
function started(table: readonly Row[], by = process.pid): Row[] {
  return table.flatMap((row) => (row.parent === by ? [row, ...started(table, row.pid)] : []));
}
