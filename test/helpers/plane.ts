import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deletePlane, ensurePlane, PLANE_TOOLS, type Plane } from '../../sandbox/plane/plane';
import { obtainToolchain, type Tool, type ToolName } from '../../sandbox/toolchain/obtain';

/** Time for a test that starts a plane; a build of the toolchain is not in it (see `test/run.ts`). */
export const PLANE_TIMEOUT = 120_000;

/** A plane in a temporary folder, for one test file. */
export class TestPlane {
  private constructor(
    readonly folder: string,
    readonly tools: Map<ToolName, Tool>,
    public plane: Plane,
  ) {}

  static async start(): Promise<TestPlane> {
    const folder = mkdtempSync(join(tmpdir(), 'platform-plane-'));
    const tools = await obtainToolchain({ names: [...PLANE_TOOLS, 'kubectl'] });
    return new TestPlane(folder, tools, await ensurePlane(folder, tools));
  }

  /** The plane again, started anew if it does not run. */
  async ensure(): Promise<Plane> {
    this.plane.api.close();
    this.plane = await ensurePlane(this.folder, this.tools);
    return this.plane;
  }

  async delete(): Promise<void> {
    this.plane.api.close();
    await deletePlane(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until `check` gives something else than undefined or false. */
export async function eventually<T>(
  check: () => Promise<T | undefined | false>,
  what: string,
  patience = 30_000,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await check().catch(() => undefined);
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`not seen in ${patience} ms: ${what}`);
    await sleep(100);
  }
}
