// The SDK asks every policy of every resource: with two hundred of each, most of what it does is to ask controls of kinds
// that they do not judge. Here only those are asked that may have something to say.
const server = require('@pulumi/policy/server');

const STRING = 3;

/** The handler of requests about one resource, made for the policies of a pack. */
function narrowing(name, version, level, policies) {
  /** Handlers by what they are asked of. */
  const known = new Map();
  const handlerFor = (requested) => {
    const concerned = policies.filter(({ concerns }) => concerns?.(requested) ?? true);
    return server.makeAnalyzeRpcFun(name, version, level, concerned);
  };
  return (call, answer) => {
    const requested = requestedOf(call.request);
    const key = JSON.stringify(Object.values(requested));
    const handler = known.get(key) ?? handlerFor(requested);
    known.set(key, handler);
    return handler(call, answer);
  };
}

/** @returns {import('./crossguard').Requested} */
function requestedOf(request) {
  const fields = request.getProperties()?.getFieldsMap();
  const text = (field) => {
    const value = fields?.get(field);
    return value?.getKindCase() === STRING ? value.getStringValue() : undefined;
  };
  // What is read from a state has what the program declares within.
  const isState = fields?.has('__inputs');
  return {
    type: request.getType(),
    apiVersion: isState ? undefined : text('apiVersion'),
    kind: isState ? undefined : text('kind'),
  };
}

let analyze;
let known = () => false;
const { serve } = server;
server.serve = (name, version, level, pack, ...more) => {
  analyze = narrowing(name, version, level, pack.policies ?? []);
  known = pack.knows ?? known;
  serve(name, version, level, pack, ...more);
};

/** The handlers of the pack that is served, with that of requests about one resource narrowed. */
const narrowed = (handlers) => (analyze ? { ...handlers, analyze } : handlers);

/** Whether the pack that is served has no need to read this resource again. @param {string} urn */
const knows = (urn) => known(urn);

module.exports = { knows, narrowed, narrowing };
