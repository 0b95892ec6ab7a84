import { isDeepStrictEqual } from 'node:util';
import { admissionPolicies, hasAdmissionTwin, isJudged } from '../../policy/admission';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { compile, type Judge, type Verdict } from '../../policy/cel';
import type { ObjectControl, Parameters } from '../../policy/control';
import { KIND_BY_KEY } from '../../policy/kinds';
import { groupOf, matches, podSpecOf, type KubernetesObject } from '../../policy/objects';
import { Subject } from '../../policy/subject';
import { parameterSets } from '../../policy/suites';
import { eventually, TestPlane } from '../helpers/plane';
import { isNamespacedKind, namespaceOf, pathOf, resourceOf } from './api-paths';

/** Controls that kube-apiserver and Gatekeeper judge as the pack does. */
export const ADMITTED = OBJECT_CONTROLS.filter(hasAdmissionTwin);

/** A control with parameters that some of its samples have. */
export interface Variant {
  control: ObjectControl;
  parameters?: Parameters;
  /** Of its policy, and value of the label `LABEL` of the objects that it alone judges. */
  key: string;
  judge: Judge;
}

export const LABEL = 'test/variant';

const judges = new Map(ADMITTED.map((control) => [control.id, compile(control)] as const));

/** Each control with each set of parameters in its samples; the one with its defaults first. */
export const VARIANTS: readonly Variant[] = ADMITTED.flatMap((control) => {
  return parameterSets(control).map((parameters, index) => ({
    control,
    ...(parameters ? { parameters } : {}),
    key: `${control.id}.${index}`,
    judge: judges.get(control.id)!,
  }));
});

/** The variant that a sample of a control is for. */
export function variantOf({ id }: ObjectControl, parameters?: Parameters): Variant {
  return VARIANTS.find(
    ({ control, parameters: own }) => control.id === id && isDeepStrictEqual(own, parameters),
  )!;
}

/** What the pack says of an object: ids of the controls that deny it. @throws where a control is broken */
export function deniedBy(object: KubernetesObject): string[] {
  const subject = new Subject(object);
  return ADMITTED.filter(({ id, match }) => {
    if (!matches(object, match)) return false;
    const verdict = judges.get(id)!(subject);
    if (verdict.kind !== 'allowed' && verdict.kind !== 'denied') throw new Error(verdict.message);
    return verdict.kind === 'denied';
  }).map(({ id }) => id);
}

/** Whether the API server asks its policies about objects of this kind. */
export function reachesPolicies({ apiVersion, kind }: KubernetesObject): boolean {
  const known = KIND_BY_KEY.get(`${groupOf(apiVersion)}/${kind}`);
  return !known || isJudged(known);
}

export function verdictOf({ judge, parameters }: Variant, object: KubernetesObject): Verdict {
  return judge(new Subject(object), parameters);
}

/** What the API server says of an object that it was asked to create. */
export type Answer =
  /** Refused before any policy, or by something else. */
  | { kind: 'refused'; message: string }
  | { kind: 'denied'; policy: string; message: string }
  | { kind: 'taken'; stored: KubernetesObject; warned: string[] };

/** A plane with the kinds, the namespaces and the accounts that objects need to be judged there. */
export class AdmissionPlane {
  private constructor(readonly cluster: TestPlane) {}

  static async start(objects: readonly KubernetesObject[]): Promise<AdmissionPlane> {
    const plane = new AdmissionPlane(await TestPlane.start());
    await plane.prepare(objects);
    return plane;
  }

  delete(): Promise<void> {
    return this.cluster.delete();
  }

  /** Creates objects, and waits until what was created last is enforced. */
  async install(policies: readonly KubernetesObject[]): Promise<void> {
    for (const object of policies) await this.create(object);
    // The API server takes up policies in rounds. One that has seen the first marker may have missed a policy before it,
    // which its cache learned of meanwhile; the next one, which sees the second marker, has not.
    for (const turn of ['first', 'second']) await this.mark(`${turn}-marker-${policies.length}`);
  }

  /** Comes back once a policy that is made now is in force. */
  private async mark(name: string): Promise<void> {
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
    const head = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name } };
    await this.create({
      ...head,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: `object.metadata.name != '${name}'` }],
      },
    });
    await this.create({
      ...head,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: name, validationActions: ['Deny'] },
    });
    // Where the platform's own policies judge nothing: it must be this one that denies.
    const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' } };
    await eventually(async () => {
      const answer = await this.judge(probe);
      return answer.kind === 'denied' && answer.policy === name;
    }, 'the policies in force');
  }

  /** Asks whether the object would be created. */
  async judge(object: KubernetesObject): Promise<Answer> {
    const { status, text, warnings } = isDebugged(object)
      ? await this.debug(object)
      : await this.cluster.plane.api.send('POST', `${pathOf(object)}?dryRun=All`, object);
    const body = JSON.parse(text) as KubernetesObject & { message?: string };
    const { message = '' } = body;
    const [, policy, found] =
      /ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.*)$/s.exec(message) ?? [];
    if (policy !== undefined) return { kind: 'denied', policy, message: found ?? '' };
    // What is there already was judged before that was seen.
    if (status >= 400 && status !== 409) return { kind: 'refused', message };
    delete body.metadata?.managedFields;
    return { kind: 'taken', stored: status === 409 ? object : body, warned: warnings.flatMap(controlIn) };
  }

  /** Asks whether its ephemeral containers would come to the pod, which is there since `prepare`. */
  private debug(pod: KubernetesObject): Promise<{ status: number; text: string; warnings: string[] }> {
    const { ephemeralContainers } = podSpecOf(pod);
    const path = `${pathOf(pod)}/${String(pod.metadata?.name)}/ephemeralcontainers?dryRun=All`;
    const contentType = 'application/strategic-merge-patch+json';
    return this.cluster.plane.api.send('PATCH', path, { spec: { ephemeralContainers } }, { contentType });
  }

  private async create(object: KubernetesObject): Promise<void> {
    const { status, text } = await this.cluster.plane.api.send('POST', pathOf(object), object);
    if (status >= 400 && status !== 409) throw new Error(`${object.kind}: ${text}`);
  }

  private async prepare(objects: readonly KubernetesObject[]): Promise<void> {
    const crds = customResourceDefinitions(objects);
    for (const crd of crds) await this.create(crd);
    const namespaces = [...new Set(objects.map(namespaceOf).filter((name) => name !== ''))];
    for (const name of namespaces)
      await this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const accounts = new Map(
      objects
        .filter(({ kind }) => kind === 'Pod')
        .map((pod) => ({ namespace: namespaceOf(pod), name: accountOf(pod) }))
        .map((account) => [`${account.namespace}/${account.name}`, account]),
    );
    for (const metadata of accounts.values())
      await this.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    for (const pod of objects.filter(isDebugged))
      await this.create({ ...pod, spec: { ...podSpecOf(pod), ephemeralContainers: undefined } });
    for (const crd of crds) {
      const served = pathOf({ ...crd, kind: 'CustomResourceDefinition' });
      await eventually(
        async () => {
          const { status } = await this.cluster.plane.api.get<{
            status?: { conditions?: { type: string; status: string }[] };
          }>(`${served}/${String(crd.metadata?.name)}`);
          return status?.conditions?.some((each) => each.type === 'Established' && each.status === 'True');
        },
        `the kind ${String(crd.metadata?.name)}`,
      );
    }
  }
}

/** Whether it is a pod that debugging has come to. */
export function isDebugged(object: KubernetesObject): boolean {
  return object.kind === 'Pod' && podSpecOf(object).ephemeralContainers !== undefined;
}

/** The real objects of a control, judging only objects with its label. */
export function isolated({ control, key, parameters }: Variant): KubernetesObject[] {
  const only = { objectSelector: { matchLabels: { [LABEL]: key } } };
  return admissionPolicies([{ control, action: 'deny', ...(parameters ? { parameters } : {}) }]).flatMap(
    ({ policy, binding }) => [
      { ...policy, metadata: { name: key } },
      {
        ...binding,
        metadata: { name: key },
        spec: { ...(binding.spec as object), policyName: key, matchResources: only },
      },
    ],
  );
}

/** The object with the label that leaves it to one variant. */
export function leftTo({ key }: Variant, object: KubernetesObject): KubernetesObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...(metadata?.labels as object), [LABEL]: key } } };
}

/**
 * The real policies of all controls, warning of every violation at once, in a few letters: the API server sends back
 * 4096 in all. They judge what no variant has for itself.
 */
export function warnings(): KubernetesObject[] {
  const others = { objectSelector: { matchExpressions: [{ key: LABEL, operator: 'DoesNotExist' }] } };
  const enforced = ADMITTED.map((control) => ({ control, action: 'warn' as const }));
  return admissionPolicies(enforced).flatMap(({ policy, binding }, index) => {
    const spec = policy.spec as { validations: { expression: string; message: string }[] };
    const validations = spec.validations.map(({ expression, message }) => ({
      expression,
      message: `#${ADMITTED.findIndex(({ id }) => message.startsWith(`${id}: `))}`,
    }));
    const metadata = { name: `all-${index}` };
    return [
      { ...policy, metadata, spec: { ...spec, validations } },
      {
        ...binding,
        metadata,
        spec: { ...(binding.spec as object), policyName: metadata.name, matchResources: others },
      },
    ];
  });
}

/** The control that a warning is of. A rule that failed is no verdict. */
function controlIn(text: string): string[] {
  const [, found] =
    /^Validation failed for ValidatingAdmissionPolicy 'all-[^']+' with binding '[^']+': (.*)$/s.exec(text) ??
    [];
  if (found === undefined) return [];
  const control = ADMITTED[Number(/^#(\d+)$/.exec(found)?.[1])];
  if (!control) throw new Error(`a policy that could not be evaluated: ${text}`);
  return [control.id];
}

const KUBERNETES_OWN = /^[a-z]*$|\.k8s\.io$/;

/** CRDs, without a schema, of the kinds of others among these objects. */
function customResourceDefinitions(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const versions = new Map<string, Set<string>>();
  for (const { apiVersion, kind } of objects) {
    const group = groupOf(apiVersion);
    if (KUBERNETES_OWN.test(group) && group !== 'gateway.networking.k8s.io') continue;
    const key = `${group}/${kind}`;
    versions.set(key, (versions.get(key) ?? new Set()).add(apiVersion.slice(group.length + 1)));
  }
  return [...versions].map(([key, served]) => {
    const [group = '', kind = ''] = key.split('/');
    const plural = resourceOf(group, kind);
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: `${plural}.${group}`,
        annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/78458' },
      },
      spec: {
        group,
        scope: isNamespacedKind(group, kind) ? 'Namespaced' : 'Cluster',
        names: { kind, plural },
        versions: [...served].map((name, index) => ({
          name,
          served: true,
          storage: index === 0,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        })),
      },
    };
  });
}

function accountOf(pod: KubernetesObject): string {
  const { serviceAccount, serviceAccountName } = podSpecOf(pod);
  const named = [serviceAccountName, serviceAccount].find((name) => typeof name === 'string' && name !== '');
  return typeof named === 'string' ? named : 'default';
}
