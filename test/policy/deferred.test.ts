import {
  AnalyzeDiagnostic,
  AnalyzerInfo,
  AnalyzeRequest,
  AnalyzeResponse,
  AnalyzerStackConfigureRequest,
  AnalyzeStackRequest,
  ConfigureAnalyzerRequest,
  EnforcementLevel,
  PolicyConfig,
  PolicyInfo,
  RemediateResponse,
} from '@pulumi/pulumi/proto/analyzer_pb';

interface Message {
  serializeBinary: () => Uint8Array;
}
type Handler = (call: { request: unknown }, answer: (error: unknown, response?: unknown) => void) => void;
type Handlers = Record<string, Handler>;

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { deferring } = require('../../policy/deferred.js') as { deferring: (handlers: Handlers) => Handlers };

/** Names of the resources that were judged, in their order; a name that is waited for is judged when it is let go. */
let judged: string[];
let mended: string[];
let held: Map<string, () => void>;
let level: EnforcementLevel;

const urnOf = (name: string): string => `urn:pulumi:test::platform::kubernetes:core/v1:Pod::${name}`;

const pack: Handlers = {
  getAnalyzerInfo: (_, answer) => {
    const policy = new PolicyInfo();
    policy.setName('rule');
    policy.setEnforcementlevel(level);
    const info = new AnalyzerInfo();
    info.addPolicies(policy);
    answer(null, info);
  },
  configure: (_, answer) => {
    answer(null, undefined);
  },
  configureStack: (_, answer) => {
    answer(null, undefined);
  },
  analyze: ({ request }, answer) => {
    const name = (request as AnalyzeRequest).getName();
    const judge = (): void => {
      judged.push(name);
      if (name === 'broken') answer(new Error('it broke'));
      else answer(null, withFinding(`${name} is bad`));
    };
    if (held.has(name)) held.set(name, judge);
    else judge();
  },
  analyzeStack: (_, answer) => {
    answer(null, withFinding('the stack is bad'));
  },
  remediate: ({ request }, answer) => {
    mended.push((request as AnalyzeRequest).getName());
    answer(null, new RemediateResponse());
  },
};

function withFinding(message: string): AnalyzeResponse {
  const diagnostic = new AnalyzeDiagnostic();
  diagnostic.setMessage(message);
  const response = new AnalyzeResponse();
  response.addDiagnostics(diagnostic);
  return response;
}

function ask(handlers: Handlers, name: string, request: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    handlers[name]!({ request }, (error, response) => {
      if (error instanceof Error) reject(error);
      else resolve(response);
    });
  });
}

/** The request about the stack, as it comes. */
const STACK = (new AnalyzeStackRequest() as Message).serializeBinary();

/** A request about one resource, as it comes: in bytes. */
function about(name: string): Uint8Array {
  const request = new AnalyzeRequest();
  request.setName(name);
  request.setUrn(urnOf(name));
  return (request as Message).serializeBinary();
}

async function started(isPreview: boolean): Promise<Handlers> {
  const handlers = deferring(pack);
  const request = new AnalyzerStackConfigureRequest();
  request.setDryRun(isPreview);
  await ask(handlers, 'configureStack', request);
  return handlers;
}

async function foundBy(answer: Promise<unknown>): Promise<string[][]> {
  const response = (await answer) as AnalyzeResponse;
  return response.getDiagnosticsList().map((each) => [each.getMessage(), each.getUrn()]);
}

beforeEach(() => {
  judged = [];
  mended = [];
  held = new Map();
  level = EnforcementLevel.MANDATORY;
});

describe('in a preview', () => {
  it('a resource is answered before it is judged, as one that has passed nothing yet', async () => {
    held.set('one', () => undefined);
    const handlers = await started(true);
    const answer = AnalyzeResponse.deserializeBinary(
      (await ask(handlers, 'analyze', about('one'))) as Uint8Array,
    );
    expect(judged).toEqual([]);
    expect(answer.getDiagnosticsList()).toEqual([]);
    expect(answer.getNotApplicableList().map((each) => each.getPolicyName())).toEqual(['rule']);
  });

  it('the answer on the stack waits for them all, and has what was found in the order of asking', async () => {
    held.set('one', () => undefined);
    const handlers = await started(true);
    for (const name of ['one', 'two']) await ask(handlers, 'analyze', about(name));
    const whole = foundBy(ask(handlers, 'analyzeStack', STACK));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    // One at a time: what a release serves, those after it may ask for.
    expect(judged).toEqual([]);
    held.get('one')!();
    expect(await whole).toEqual([
      ['one is bad', urnOf('one')],
      ['two is bad', urnOf('two')],
      ['the stack is bad', ''],
    ]);
  });

  it('one that can’t be judged fails the stack, and is not passed over', async () => {
    const handlers = await started(true);
    for (const name of ['one', 'broken', 'two']) await ask(handlers, 'analyze', about(name));
    await expect(ask(handlers, 'analyzeStack', STACK)).rejects.toThrow(`${urnOf('broken')}: it broke`);
  });
});

it('in an update a resource is judged before it is answered', async () => {
  const handlers = await started(false);
  expect(await foundBy(ask(handlers, 'analyze', about('one')))).toEqual([['one is bad', '']]);
  await expect(ask(handlers, 'analyze', about('broken'))).rejects.toThrow('it broke');
  expect(await foundBy(ask(handlers, 'analyzeStack', STACK))).toEqual([['the stack is bad', '']]);
});

describe('mending is asked for', () => {
  it('where a policy of the pack mends', async () => {
    const handlers = await started(true);
    const answer = RemediateResponse.deserializeBinary(
      (await ask(handlers, 'remediate', about('one'))) as Uint8Array,
    );
    expect(mended).toEqual([]);
    expect(answer.getNotApplicableList().map((each) => each.getPolicyName())).toEqual(['rule']);
    level = EnforcementLevel.REMEDIATE;
    await ask(await started(true), 'remediate', about('two'));
    expect(mended).toEqual(['two']);
  });

  it('where the run says that one does', async () => {
    const handlers = await started(false);
    const config = new PolicyConfig();
    config.setEnforcementlevel(EnforcementLevel.REMEDIATE);
    const request = new ConfigureAnalyzerRequest();
    request.getPolicyconfigMap().set('rule', config);
    await ask(handlers, 'configure', request);
    await ask(handlers, 'remediate', about('one'));
    expect(mended).toEqual(['one']);
  });
});
