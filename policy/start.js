// What Pulumi loads. TypeScript is read as it is, without a build and whatever host starts the pack.
require('@pulumi/policy');
require('./once.js');
require('./deferred.js');
require('./typescript.js');
require('./index.ts');
