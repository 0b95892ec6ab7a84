import type { Exemption } from '../exemption';

const OWNER = 'platform';
/** The next review of what charts leave no choice in. */
const REVIEW = '2027-05-31';

/** Objects of a component that share what they are exempt from, and why. */
interface Entry extends Pick<Exemption, 'controls' | 'component' | 'optional' | 'reason'> {
  /** Each as `Kind name` or `Kind namespace/name`. */
  objects: readonly string[];
}

/** One exemption for each object. */
export function exemptions({ objects, ...rest }: Entry): Exemption[] {
  return objects.map((text) => ({ ...rest, object: objectOf(text), owner: OWNER, expires: REVIEW }));
}

function objectOf(text: string): Exemption['object'] {
  const [kind = '', path = ''] = text.split(' ');
  const [name = '', namespace] = path.split('/').reverse();
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}
