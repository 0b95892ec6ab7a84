// The engine asks of one resource after the other, and does nothing else until it has the answer. In an update that is as
// it must be. A preview creates nothing, and a verdict stops nothing before its end: here the engine is answered at once,
// goes on, and is told what was found when it asks of the whole stack, which it does last. With two hundred controls and
// as many resources that is much of the time that a pack takes. What nothing would mend is not even read.
const {
  AnalyzeRequest,
  AnalyzeResponse,
  EnforcementLevel,
  PolicyNotApplicable,
  RemediateResponse,
} = require('@pulumi/pulumi/proto/analyzer_pb');
const { AnalyzerService } = require('@pulumi/pulumi/proto/analyzer_grpc_pb');
const { bareRequest } = require('./bare.js');
const { knows, narrowed } = require('./narrowed.js');
const { Server } = require(require.resolve('@grpc/grpc-js', { paths: [require.resolve('@pulumi/policy')] }));

/**
 * @typedef {(error: unknown, response?: any) => void} Answer
 * @typedef {Record<string, (call: { request: any }, answer: Answer) => unknown>} Handlers
 */

/** The service, but some of its questions come as bytes, and may be answered by some. */
const unread = (method) => ({
  ...method,
  requestDeserialize: (bytes) => bytes,
  responseSerialize: (response) =>
    Buffer.isBuffer(response) ? response : method.responseSerialize(response),
});
const SERVICE = {
  ...AnalyzerService,
  analyze: unread(AnalyzerService.analyze),
  analyzeStack: unread(AnalyzerService.analyzeStack),
  getAnalyzerInfo: unread(AnalyzerService.getAnalyzerInfo),
  remediate: unread(AnalyzerService.remediate),
};

/**
 * A policy pack's handlers, as they are in an update; in a preview resources are judged in the order in which they are
 * asked of, while others are.
 * @param {Handlers} handlers of the service `pulumirpc.Analyzer`
 * @returns {Handlers} of `SERVICE`
 */
function deferring(handlers) {
  let isPreview = false;
  let mends = false;
  let known;
  let judged = Promise.resolve([]);
  const ask = (name, request) =>
    new Promise((resolve, reject) => {
      void handlers[name]({ request }, (error, response) => (error ? reject(error) : resolve(response)));
    });
  /** What is true of all requests: which policies there are, and whether one of them mends what it finds. */
  const facts = () => (known ??= ask('getAnalyzerInfo').then(factsOf));
  const found = async (bytes) => {
    // Whatever the engine asks meanwhile comes first.
    await new Promise(setImmediate);
    const request = AnalyzeRequest.deserializeBinary(bytes);
    const response = await ask('analyze', request).catch((error) => {
      // The engine asks about the stack by now, and can't tell of which resource this is.
      throw new Error(`${request.getUrn()}: ${error.message}`);
    });
    const diagnostics = response.getDiagnosticsList();
    for (const diagnostic of diagnostics) if (!diagnostic.getUrn()) diagnostic.setUrn(request.getUrn());
    return diagnostics;
  };
  /** @param {(request: any) => Promise<any>} handle */
  const answering = (handle) => (call, answer) => {
    handle(call.request).then((response) => answer(null, response), answer);
  };
  return {
    ...handlers,
    getAnalyzerInfo: answering(async () => (await facts()).info),
    configure: (call, answer) => {
      const levels = [...call.request.getPolicyconfigMap().entries()].map(([, each]) =>
        each.getEnforcementlevel(),
      );
      mends = levels.includes(EnforcementLevel.REMEDIATE);
      return handlers.configure(call, answer);
    },
    configureStack: (call, answer) => {
      isPreview = call.request.getDryRun();
      return handlers.configureStack(call, answer);
    },
    remediate: answering(async (bytes) =>
      mends || (await facts()).mends
        ? ask('remediate', AnalyzeRequest.deserializeBinary(bytes))
        : (await facts()).nothingMended,
    ),
    analyze: answering(async (bytes) => {
      if (!isPreview) return ask('analyze', AnalyzeRequest.deserializeBinary(bytes));
      judged = judged.then(async (before) => [...before, ...(await found(bytes))]);
      // Told when the stack is asked of.
      judged.catch(() => undefined);
      return (await facts()).yetToCome;
    }),
    analyzeStack: answering(async (bytes) => {
      const before = await judged;
      const response = await ask('analyzeStack', bareRequest(bytes, knows));
      response.setDiagnosticsList([...before, ...response.getDiagnosticsList()]);
      return response;
    }),
  };
}

/** @param {any} info what the pack says of itself */
function factsOf(info) {
  const policies = info.getPoliciesList();
  // Of no policy may it be said that it has passed, or that it had nothing to mend.
  const none = policies.map((policy) => {
    const one = new PolicyNotApplicable();
    one.setPolicyName(policy.getName());
    return one;
  });
  const answer = (response) => {
    response.setNotApplicableList(none);
    return Buffer.from(response.serializeBinary());
  };
  return {
    info: Buffer.from(info.serializeBinary()),
    yetToCome: answer(new AnalyzeResponse()),
    nothingMended: answer(new RemediateResponse()),
    mends: policies.some((policy) => policy.getEnforcementlevel() === EnforcementLevel.REMEDIATE),
  };
}

const { addService } = Server.prototype;
Server.prototype.addService = function (service, handlers) {
  if (service !== AnalyzerService) {
    addService.call(this, service, handlers);
    return;
  }
  const deferred = deferring(narrowed(handlers));
  addService.call(this, SERVICE, deferred);
  // What the engine asks first is ready by then.
  setImmediate(() => void deferred.getAnalyzerInfo({ request: undefined }, () => undefined));
};

module.exports = { deferring };
