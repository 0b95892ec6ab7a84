// What Pulumi loads.
require('./load.js').startPack(process.env);
