import { nearest, quoted } from '../stacks/problems';
import { CONTROLS } from './catalogue';
import { parametersOf, type Control, type Parameters } from './control';
import { OWN_POLICIES } from './own-policies';
import { parameterFaults } from './parameters';
import { ROLLOUT } from './rollout';

/** What a control does where it is violated. */
export const LEVELS = ['advisory', 'mandatory', 'remediate', 'disabled'] as const;

/**
 * `remediate` mends typed resources before they are made, by the control's own cure. Where there is none, and inside
 * Helm releases, it is as `mandatory` is.
 */
export type Level = (typeof LEVELS)[number];

/** What a stack says of its controls: `platform:security`. */
export interface Levels {
  enforcement?: Level;
  controls?: Readonly<Record<string, Level>>;
}

/** What of a stack's settings its controls hear; what is left out has its default. */
export interface PolicySettings {
  security?: Levels & {
    parameters?: Readonly<Record<string, Parameters>>;
    expiredExemptions?: 'refuse' | 'warn';
  };
  images?: { registry?: string | undefined; pullSecret?: string | undefined };
  /** Areas of the platform by name, as in `component` of an exemption. */
  [area: string]: unknown;
}

/**
 * The level of a control: the stack's own of it; else `advisory` where the stack's enforcement is that, or while the
 * control is rolled out; else `mandatory`.
 */
export function levelIn({ controls = {}, enforcement }: Levels, id: string): Level {
  return controls[id] ?? (enforcement === 'advisory' || ROLLOUT.includes(id) ? 'advisory' : 'mandatory');
}

/**
 * A control as a stack has it: what the stack says of its parameters are their defaults, so that all who judge have the
 * same.
 */
export function tuned<C extends Control>(control: C, { images, security }: PolicySettings): C {
  const { parameters } = control;
  if (!parameters) return control;
  const own = { ...impliedBy(control, images), ...security?.parameters?.[control.id] };
  const tunedParameters = Object.entries(parameters).map(([name, schema]) => [
    name,
    name in own ? { ...schema, default: own[name] } : schema,
  ]);
  return { ...control, parameters: Object.fromEntries(tunedParameters) as C['parameters'] };
}

/** What other settings say: whoever names a private registry allows it, and brings its pull Secret to each namespace. */
function impliedBy(
  control: Control,
  { pullSecret, registry }: NonNullable<PolicySettings['images']> = {},
): Parameters {
  const defaults = parametersOf(control);
  if (control.id === 'allowed-registries' && registry !== undefined)
    return { registries: [registry, ...(defaults.registries as string[])] };
  if (control.id === 'missing-references' && pullSecret !== undefined)
    return { external: [`Secret */${pullSecret}`, ...(defaults.external as string[])] };
  return {};
}

/** Whether the stack has the component that makes an exempt object, itself. Without a domain it is no platform. */
export function manages(settings: PolicySettings, component: string): boolean {
  if (settings.domain === undefined) return false;
  const { mode = 'managed' } = (settings[component] ?? {}) as { mode?: string };
  return mode === 'managed';
}

/** Everything that is wrong with what a stack says of controls, each a message with what to do. */
export function settingsFaults({ security = {} }: PolicySettings): string[] {
  const { controls = {}, parameters = {} } = security;
  const say = (setting: string, found: string, expected: string, cure: string): string =>
    `platform:security.${setting}: found ${found}; expected ${expected.replace(/[^?]$/, '$&.')} ${cure}.`;
  const ids = [...CONTROLS, ...OWN_POLICIES].map(({ id }) => id);
  const unknown = (setting: string, id: string): string =>
    say(
      setting,
      `the control ${quoted(id)}`,
      `the id of a control${near(id, ids)}`,
      'docs/controls has them',
    );
  return [
    ...Object.keys(controls)
      .filter((id) => !ids.includes(id))
      .map((id) => unknown('controls', id)),
    ...Object.entries(parameters).flatMap(([id, given]) => {
      const control = CONTROLS.find((each) => each.id === id);
      if (!control) return [unknown('parameters', id)];
      return parameterFaults(control, given).map(({ found, expected, cure }) =>
        say('parameters', found, expected, cure),
      );
    }),
  ];
}

/** The id meant, where one is near: all two hundred would be no help. */
function near(id: string, ids: readonly string[]): string {
  const said = nearest(id, ids);
  return said.includes('did you mean') ? said : '';
}
