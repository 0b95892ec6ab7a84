// What Pulumi loads. TypeScript is read as it is, without a build and whatever host starts the pack. The SDK comes
// first: loaded through tsx, its many files would double the time to start.
require('@pulumi/policy');
require('./once.js');
require('tsx/cjs');
require('./index.ts');
