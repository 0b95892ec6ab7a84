// With its last question the engine hands out the stack as a whole, as it is on the cluster: a megabyte, which the SDK makes
// ready for each policy anew. Rules on the stack judge what each resource was when it was asked of (`inventory.ts`), so of
// those that are known only the name is read.
const {
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
} = require('@pulumi/pulumi/proto/analyzer_pb');
const protobuf = { paths: [require.resolve('@pulumi/pulumi')] };
const { BinaryReader } = require(require.resolve('google-protobuf', protobuf));
const { Struct } = require(require.resolve('google-protobuf/google/protobuf/struct_pb.js', protobuf));

/** Numbers of the fields that are read, in `pulumi/analyzer.proto`. */
const RESOURCES = 1;
const READ = {
  1: AnalyzerResource.prototype.setType,
  3: AnalyzerResource.prototype.setUrn,
  4: AnalyzerResource.prototype.setName,
};
/** What the SDK expects of each resource. */
const OPTIONS = new AnalyzerResourceOptions();
const PROPERTIES = new Struct();

/**
 * An `AnalyzeStackRequest`, with no more than type, URN and name of the resources that are known.
 * @param {Uint8Array} bytes @param {(urn: string) => boolean} knows
 */
function bareRequest(bytes, knows) {
  const request = new AnalyzeStackRequest();
  const reader = new BinaryReader(bytes);
  while (reader.nextField()) {
    if (reader.getFieldNumber() === RESOURCES) request.addResources(bareResource(reader.readBytes(), knows));
    else reader.skipField();
  }
  return request;
}

function bareResource(bytes, knows) {
  const resource = new AnalyzerResource();
  const reader = new BinaryReader(bytes);
  while (reader.nextField()) {
    const set = READ[reader.getFieldNumber()];
    if (set) set.call(resource, reader.readString());
    else reader.skipField();
  }
  resource.setOptions(OPTIONS);
  resource.setProperties(PROPERTIES);
  return knows(resource.getUrn()) ? resource : AnalyzerResource.deserializeBinary(bytes);
}

module.exports = { bareRequest };
