// The SDK reads a resource's properties anew for each policy: with two hundred of them that is most of what the pack does.
// Here they are read once for all; no policy of the pack changes what it is given. (What is mended is read by another way.)
const deserialize = require('@pulumi/policy/deserialize');
const proxy = require('@pulumi/policy/proxy');

/** @param {Record<string, Function>} of what has the function @param {string} name */
function once(of, name) {
  const original = of[name];
  const known = new WeakMap();
  of[name] = (value, forMending) => {
    if (forMending) return original(value, forMending);
    if (!known.has(value)) known.set(value, original(value, forMending));
    return known.get(value);
  };
}

once(deserialize, 'deserializeProperties');
once(proxy, 'unknownCheckingProxy');
