import { join } from 'node:path';
import { type AdmissionPolicy, admissionPolicies } from '../../policy/admission';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { type Control, parametersOf } from '../../policy/control';
import { manifestPath } from '../../policy/derived';
import type { Settings } from '../../stacks/schema';
import { CONTROLS_CHART, controlsArchiveName } from '../catalogue';
import { packDerived } from '../charts/derived';
import { sha256Of, writeWhole } from '../charts/files';
import type { Archived } from '../foundation/foundation';
import type { Values } from '../foundation/values';
import { admissionOptions, enforced } from './enforced';

/** Hexadecimal digits that tell two rules apart. */
const DIGITS = 12;

/** What the API server is to enforce on a stack's cluster. */
export function platformPolicies(settings: Settings): AdmissionPolicy[] {
  return admissionPolicies(enforced(settings), admissionOptions(settings));
}

/**
 * Makes the chart of a stack's ValidatingAdmissionPolicies and places it where its release looks for it.
 * @param folder The project's folder of charts.
 * @returns undefined where the API server has no part in the stack's policy.
 */
export async function placeControls(
  stack: string,
  settings: Settings,
  folder: string,
): Promise<Archived | undefined> {
  if (settings.policy.admission !== 'kubernetes') return undefined;
  const objects = platformPolicies(settings).flatMap(({ binding, name, policy }) =>
    [policy, binding].map((object) => [manifestPath(object.kind, name), JSON.stringify(object)] as const),
  );
  const bytes = packDerived({
    ...CONTROLS_CHART,
    description: `Controls that the API server enforces for stack ${stack}`,
    manifests: new Map(objects),
  });
  const archive = controlsArchiveName(stack);
  await writeWhole(join(folder, archive), bytes);
  return { ...CONTROLS_CHART, archive, digest: sha256Of(bytes) };
}

/**
 * The release's values, which say in a preview and in `helm get values` what the policies were made from: of each
 * control what happens to a violation, the parameters that the stack sets, and a digest that changes with its rule, any
 * parameter, or who is exempt.
 */
export function controlsValues(settings: Settings): Values {
  const options = admissionOptions(settings);
  const controls = enforced(settings).map((each) => {
    const rule = sha256Of(JSON.stringify(admissionPolicies([each], options))).slice(0, DIGITS);
    return [each.control.id, { action: each.action, ...ownParameters(each.control), rule }];
  });
  return { controls: Object.fromEntries(controls) as Values, exemptNamespaces: options.exemptNamespaces };
}

/** The parameters of a stack's control that are not the catalogue's. */
function ownParameters(control: Control): { parameters?: Values } {
  const usual = OBJECT_CONTROLS.find(({ id }) => id === control.id);
  const defaults = usual ? parametersOf(usual) : {};
  const own = Object.entries(parametersOf(control)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]),
  );
  return own.length > 0 ? { parameters: Object.fromEntries(own) } : {};
}
