import { isRecord, type KubernetesObject } from './objects';

/** An object that a control does not judge, for a while. Each is data in `exempt/`. */
export interface Exemption {
  /** Ids of the controls that it is exempt from. */
  controls: readonly string[];
  /** Exactly one object. */
  object: { kind: string; namespace?: string; name: string };
  /** The area of settings whose component makes the object, such as "runtimeSecurity". */
  component: string;
  /** What the object could not do if it kept to the control. */
  reason: string;
  /** Who answers for it. */
  owner: string;
  /** The last day that it holds, such as "2027-05-31"; then it is renewed with a reason, or gone. */
  expires: string;
}

export type Standing =
  { state: 'none' } | { state: 'exempt' | 'ending' | 'expired'; exemption: Exemption; days: number };

const DAY = 24 * 60 * 60 * 1000;
/** Days before the end in which an exemption is warned of. */
export const NOTICE = 30;

/** Looks exemptions up, at one time. */
export class Exemptions {
  private readonly byKey = new Map<string, Exemption>();

  /** @param now the clock, in milliseconds since 1970 */
  constructor(
    exemptions: readonly Exemption[],
    private readonly now: number = Date.now(),
  ) {
    for (const exemption of exemptions) {
      for (const control of exemption.controls) this.byKey.set(keyOf(control, exemption.object), exemption);
    }
  }

  /** Whether a control leaves an object alone, and for how many days still: 0 on the last one. */
  standing(control: string, { kind, metadata }: KubernetesObject): Standing {
    const name = isRecord(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
    const namespace =
      isRecord(metadata) && typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
    const exemption = this.byKey.get(keyOf(control, { kind, name, ...(namespace ? { namespace } : {}) }));
    if (!exemption) return { state: 'none' };
    const days = Math.ceil((Date.parse(`${exemption.expires}T00:00:00Z`) + DAY - this.now) / DAY) - 1;
    return { state: days < 0 ? 'expired' : days <= NOTICE ? 'ending' : 'exempt', exemption, days };
  }
}

function keyOf(control: string, { kind, namespace, name }: Exemption['object']): string {
  return [control, kind, namespace ?? '', name].join('\n');
}
