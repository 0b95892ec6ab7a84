import { isRecord, type KubernetesObject } from './objects';

/** An object that a control does not judge, for a while. Each is data in `exemptions.ts`. */
export interface Exemption {
  /** Ids of the controls that it is exempt from. */
  controls: readonly string[];
  /** Exactly one object. */
  object: { kind: string; namespace?: string; name: string };
  /** The area of settings whose component makes the object, such as "runtimeSecurity". */
  component: string;
  /** Why a stack may have the component and not the object; without it, that is an error: nothing needs the exemption. */
  optional?: string;
  /** What the object could not do if it kept to the control. */
  reason: string;
  /** Who answers for it. */
  owner: string;
  /** The last day that it holds, such as "2027-05-31"; then it is renewed with a reason, or gone. */
  expires: string;
}

/** Objects of a component that share what they are exempt from, and why. */
export interface Entry
  extends Omit<Exemption, 'object' | 'owner' | 'expires'>, Partial<Pick<Exemption, 'owner' | 'expires'>> {
  /** Each as `Kind name` or `Kind namespace/name`. */
  objects: readonly string[];
}

/** One exemption for each object. */
export function exemptionsOf({
  objects,
  ...rest
}: Entry & Pick<Exemption, 'owner' | 'expires'>): Exemption[] {
  return objects.map((text) => ({ ...rest, object: objectOf(text) }));
}

function objectOf(text: string): Exemption['object'] {
  const [kind = '', path = ''] = text.split(' ');
  const [name = '', namespace] = path.split('/').reverse();
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}

export type Standing =
  | { state: 'none' }
  | { state: 'exempt' | 'ending'; exemption: Exemption; days: number }
  /** `warns`: the stack is told of it, and goes on. */
  | { state: 'expired'; exemption: Exemption; days: number; warns: boolean };

const DAY = 24 * 60 * 60 * 1000;
/** Days before the end in which an exemption is warned of. */
export const NOTICE = 30;

/** Looks exemptions up, at one time. */
export class Exemptions {
  private readonly byKey = new Map<string, Exemption>();

  private readonly now: number;
  private readonly warns: boolean;

  /**
   * @param options.now the clock, in milliseconds since 1970
   * @param options.expired what a violation is whose exemption is over: refused as any, or warned of
   */
  constructor(
    private readonly exemptions: readonly Exemption[],
    { now = Date.now(), expired = 'refuse' }: { now?: number; expired?: 'refuse' | 'warn' } = {},
  ) {
    this.now = now;
    this.warns = expired === 'warn';
    for (const exemption of exemptions) {
      for (const control of exemption.controls) this.byKey.set(keyOf(control, exemption.object), exemption);
    }
  }

  /** Whether a control leaves an object alone, and for how many days still: 0 on the last one. */
  standing(control: string, object: KubernetesObject): Standing {
    const exemption = this.byKey.get(keyOf(control, identityOf(object)));
    if (!exemption) return { state: 'none' };
    const days = Math.ceil((Date.parse(`${exemption.expires}T00:00:00Z`) + DAY - this.now) / DAY) - 1;
    if (days < 0) return { state: 'expired', exemption, days, warns: this.warns };
    return { state: days <= NOTICE ? 'ending' : 'exempt', exemption, days };
  }

  /**
   * Exemptions that nothing needs: their object is not among these.
   * @param objects all of a stack
   * @param manages whether the stack makes a component's objects itself
   */
  unused(objects: readonly KubernetesObject[], manages: (component: string) => boolean): Exemption[] {
    const there = new Set(objects.map((object) => keyOf('', identityOf(object))));
    return this.exemptions.filter(
      ({ component, object, optional }) =>
        optional === undefined && manages(component) && !there.has(keyOf('', object)),
    );
  }
}

function identityOf({ kind, metadata }: KubernetesObject): Exemption['object'] {
  const { name, namespace } = isRecord(metadata) ? metadata : {};
  return {
    kind,
    name: typeof name === 'string' ? name : '',
    ...(typeof namespace === 'string' ? { namespace } : {}),
  };
}

function keyOf(control: string, { kind, namespace, name }: Exemption['object']): string {
  return [control, kind, namespace ?? '', name].join('\n');
}
