// Everything that the pack is made of. It starts when it is told in which environment: see `index.ts`.
require('@pulumi/policy');
require('./once.js');
require('./deferred.js');
require('./typescript.js');

module.exports = require('./index.ts');
