import { request } from 'node:https';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonReport } from '../../sandbox/engine/print';
import { stackPaths } from '../../sandbox/paths';
import { Api, type KubeObject } from '../../sandbox/plane/api';
import { readGatekeeper } from '../../sandbox/plane/gatekeeper';
import { deletePlane } from '../../sandbox/plane/plane';
import { constraintKind } from '../../policy/gatekeeper';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { hasAdmissionTwin } from '../../policy/admission';
import { compile } from '../../policy/cel';
import { Subject } from '../../policy/subject';
import type { KubernetesObject } from '../../policy/objects';
import { Checkout } from '../helpers/checkout';
import { runCli } from '../helpers/cli';
import { eventually } from '../helpers/plane';

/** The real Gatekeeper, on a stack that has it admit and audit: what it says of good and bad objects. */

jest.setTimeout(900_000);

const STACK = 'local';
const ADMITTED = OBJECT_CONTROLS.filter(hasAdmissionTwin);
let state: string;
let checkout: Checkout;
let api: Api;
const planeFolder = (): string => stackPaths(STACK, { PLATFORM_STATE: state }).plane;

async function run(command: string): Promise<JsonReport> {
  const env = { STACK, PLATFORM_STATE: state, OUTPUT: 'json' };
  return JSON.parse((await runCli(command, env, checkout.root)).stdout) as JsonReport;
}

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'platform-gatekeeper-'));
  checkout = new Checkout();
  checkout.set(STACK, 'policy', { admission: 'gatekeeper', action: 'deny', audit: true });
  const { error } = await run('up');
  expect(error).toBeNull();
  api = Api.fromFile(join(planeFolder(), 'kubeconfig'));
});
afterAll(async () => {
  api.close();
  await deletePlane(planeFolder());
  rmSync(state, { recursive: true, force: true });
  checkout.delete();
});

it('has a constraint for each control, and no policy of the API server beside it', async () => {
  const templates = await api.list('/apis/templates.gatekeeper.sh/v1/constrainttemplates');
  expect(templates.map(({ metadata }) => metadata.name).sort()).toEqual(
    ADMITTED.map((control) => constraintKind(control).toLowerCase()).sort(),
  );
  const policies = await api.list('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies');
  expect(policies.filter(({ metadata }) => metadata.name.startsWith('platform-'))).toEqual([]);
});

it('admits what keeps to the controls, and denies what does not, as the pack does', async () => {
  const spec = {
    containers: [
      { name: 'shell', image: 'registry.example.com/shell:1', securityContext: { privileged: true } },
    ],
  };
  const metadata = { name: 'intruder', namespace: 'app' };
  const bad = { apiVersion: 'v1', kind: 'Pod', metadata, spec };
  const expected = ['allowed-registries', 'no-privileged'].map((id) => {
    const control = ADMITTED.find((each) => each.id === id)!;
    return `[${id}] ${(compile(control)(new Subject(bad)) as { message: string }).message}`;
  });
  // It takes constraints in one after the other.
  await eventually(async () => {
    const { allowed, status } = await review(bad);
    return !allowed && expected.every((message) => status?.message.includes(message));
  }, 'a denial by both controls');
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain', namespace: 'app' } };
  expect(await review(config)).toMatchObject({ allowed: true });
});

it('audits what runs: of the platform nothing, of the cluster its own namespace without a level', async () => {
  const audited = await eventually(
    async () => {
      const all = await Promise.all(ADMITTED.map(statusOf));
      return all.every(({ auditTimestamp }) => auditTimestamp !== undefined) && all;
    },
    'an audit of every constraint',
    180_000,
  );
  const errors = audited.flatMap(({ byPod = [] }) => byPod.flatMap((each) => each.errors ?? []));
  expect(errors).toEqual([]);
  const violations = audited.flatMap(({ action, violations: some = [] }) =>
    action === 'deny' ? some.map(({ kind, name }) => `${kind} ${name}`) : [],
  );
  expect(violations).toEqual(['Namespace default']);
});

it('changes nothing the second time, and goes away with every kind that it made', async () => {
  expect((await run('up')).changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  expect((await run('destroy')).error).toBeNull();
  const crds = await api.list('/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
  expect(crds.map(({ metadata }) => metadata.name).filter((name) => name.includes('gatekeeper'))).toEqual([]);
  await eventually(() => Promise.resolve(readGatekeeper(planeFolder()) === undefined), 'its process to end');
});

interface Status {
  action: string;
  auditTimestamp?: string;
  byPod?: { errors?: unknown[] }[];
  violations?: { kind: string; name: string }[];
}

async function statusOf(control: (typeof ADMITTED)[number]): Promise<Status> {
  const path = `/apis/constraints.gatekeeper.sh/v1beta1/${constraintKind(control).toLowerCase()}/${control.id}`;
  const { spec, status } = await api.get<
    KubeObject & { spec: { enforcementAction: string }; status?: object }
  >(path);
  return { action: spec.enforcementAction, ...status };
}

interface Review {
  allowed: boolean;
  status?: { message: string };
}

/** Asks Gatekeeper's webhook, as the API server does. */
function review(object: KubernetesObject): Promise<Review> {
  const kind = { group: '', version: 'v1', kind: object.kind };
  const body = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'test',
      kind,
      resource: { group: '', version: 'v1', resource: `${object.kind.toLowerCase()}s` },
      name: object.metadata?.name,
      namespace: object.metadata?.namespace,
      operation: 'CREATE',
      userInfo: { username: 'jane' },
      object,
    },
  };
  const { port } = readGatekeeper(planeFolder())!;
  const ca = readFileSync(join(planeFolder(), 'pki', 'ca.crt'));
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asked = request(
      { host: '127.0.0.1', port, path: '/v1/admit', method: 'POST', ca, headers },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve((JSON.parse(text) as { response: Review }).response));
      },
    );
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}
