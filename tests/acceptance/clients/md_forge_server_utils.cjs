// npm forge-server-utils: translation, manifest, thumbnail, derivatives by their URN as it is: whole, as a stream, in chunks.
'use strict';

const { DataManagementClient, ManifestHelper, ModelDerivativeClient, urnify } = require('forge-server-utils');
const { address, clientId, clientSecret, content, tell } = require('./common.cjs');
const { OUTPUTS, base64, drawingBytes, fileOf, finished, statusOf } = require('./md_common.cjs');

const credentials = { client_id: clientId, client_secret: clientSecret };
const data = new DataManagementClient(credentials, address);
const derivatives = new ModelDerivativeClient(credentials, address);
const european = new ModelDerivativeClient(credentials, address, 'EMEA');
const bucket = 'forge-server-utils-derivatives';

async function collected(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function upload(name, bytes) {
  return urnify((await data.uploadObject(bucket, name, 'application/octet-stream', bytes)).objectId);
}

async function translated(urn, ...types) {
  const job = await derivatives.submitJob(urn, types.map((type) => ({ type })));
  return { job, manifest: await finished(() => derivatives.getManifest(urn)) };
}

tell(async () => {
  await data.createBucket(bucket, 'transient');
  const urn = await upload('part.stl', content);
  const { job, manifest } = await translated(urn, ...OUTPUTS, 'thumbnail');
  const helper = new ManifestHelper(manifest);
  const meshes = {};
  for (const type of OUTPUTS) meshes[type] = base64(await derivatives.getDerivative(urn, fileOf(manifest, type)));
  const stl = fileOf(manifest, 'stl');
  const drawn = await upload('plan.dxf', drawingBytes());
  const sheet = fileOf((await translated(drawn, 'pdf')).manifest, 'pdf');
  const told = {
    job: [job.result, job.urn === urn],
    found: [helper.search({ role: 'STL' })[0].role, helper.search({ role: 'thumbnail' })[0].role],
    meshes,
    sameStream: base64(await collected(await derivatives.getDerivativeStream(urn, stl))) === meshes.stl,
    sameChunks: base64(await collected(derivatives.getDerivativeChunked(urn, stl, 1000))) === meshes.stl,
    region: (await european.getManifest(urn)).region,
    plan: base64(await european.getDerivative(drawn, sheet)),
    picture: base64(await derivatives.getThumbnail(urn)),
  };
  await derivatives.deleteManifest(urn);
  return { ...told, deleted: await statusOf(derivatives.getManifest(urn)) };
});
