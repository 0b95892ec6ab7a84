import {
  unknownCheckingProxy,
  type ResourceValidation,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from '@pulumi/policy';
import type { Parameters } from '../../policy/control';
import type { Reported } from '../../policy/report';

/** The engine's stand-in for a text that is not known before the update. */
export const UNKNOWN_TEXT = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** The SDK exports it without its type. */
const guard = unknownCheckingProxy as unknown as (inputs: object) => Record<string, unknown>;

/** What a policy reports of these inputs, each of a resource of its own, asked as the SDK would. */
export async function asked(
  policy: ResourceValidationPolicy | StackValidationPolicy,
  inputs: readonly object[],
  { parameters = {}, type = 'kubernetes:core/v1:Pod' }: { parameters?: Parameters; type?: string } = {},
): Promise<Reported[]> {
  const found: Reported[] = [];
  const getConfig = (): Parameters => parameters;
  const resources = inputs.map((props, index) => ({
    type,
    urn: `urn:pulumi:test::platform::${type}::${index}`,
    name: `${index}`,
    props: guard(props),
    opts: { protect: false, ignoreChanges: [] },
    getConfig,
  }));
  const report = (violation: unknown): void => void found.push(violation as Reported);
  if ('validateStack' in policy) await policy.validateStack({ resources, getConfig } as never, report);
  else
    for (const resource of resources)
      await (policy.validateResource as ResourceValidation)(resource as never, report);
  return found;
}
