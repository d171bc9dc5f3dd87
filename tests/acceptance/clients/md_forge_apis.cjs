// npm forge-apis: translation, manifest, thumbnail, derivatives by their encoded URN, ranges, cookies, and paths with a region.
'use strict';

const forge = require('forge-apis');
const { address, clientId, clientSecret, content, SCOPES, tell } = require('./common.cjs');
const { OUTPUTS, base64, drawingBytes, fileOf, finished, statusOf, urnOf } = require('./md_common.cjs');

forge.ApiClient.instance.switchServerPath(address);
const bucket = 'forge-apis-derivatives';
const derivatives = new forge.DerivativesApi();
const european = new forge.DerivativesApi(undefined, 'EMEA');

const jobOf = (urn, ...types) => ({ input: { urn }, output: { formats: types.map((type) => ({ type })) } });

/** The client gives up the bytes only as text, which is not what they are: they come by the cookies that it gets. */
async function withCookies(urn, derivativeUrn, auth) {
  const answer = await derivatives.getDerivativeDownloadUrl(urn, derivativeUrn, {}, ...auth);
  const cookies = answer.headers['set-cookie'].map((one) => one.split(';')[0]);
  const got = await fetch(answer.body.url, { headers: { Cookie: cookies.join('; ') } });
  return {
    cookies,
    status: got.status,
    bytes: Buffer.from(await got.arrayBuffer()),
    size: answer.body.size,
    without: (await fetch(answer.body.url)).status,
  };
}

async function upload(objects, name, bytes, auth) {
  const put = await objects.uploadObject(bucket, name, bytes.length, bytes, {}, ...auth);
  return urnOf(put.body.objectId);
}

/** Translates, waits, and returns the manifest. */
async function translated(urn, auth, ...types) {
  await derivatives.translate(jobOf(urn, ...types), {}, ...auth);
  return finished(async () => (await derivatives.getManifest(urn, {}, ...auth)).body);
}

async function lookAt(urn, derivativeUrn, auth) {
  const head = await derivatives.getDerivativeManifestInfo(urn, derivativeUrn, {}, ...auth);
  const part = await derivatives.getDerivativeManifest(urn, derivativeUrn, { range: 'bytes=0-63' }, ...auth);
  const found = await withCookies(urn, derivativeUrn, auth);
  return {
    head: [head.statusCode, Number(head.headers['content-length']) === found.size],
    part: [part.statusCode, Number(part.headers['content-length'])],
    cookies: [found.cookies.length, found.status, found.bytes.length === found.size, found.without],
  };
}

tell(async () => {
  const client = new forge.AuthClientTwoLeggedV2(clientId, clientSecret, SCOPES, true);
  const auth = [client, await client.authenticate()];
  const [buckets, objects] = [new forge.BucketsApi(), new forge.ObjectsApi()];
  await buckets.createBucket({ bucketKey: bucket, policyKey: 'transient' }, {}, ...auth);
  const urn = await upload(objects, 'a part.stl', content, auth);
  const job = await derivatives.translate(jobOf(urn, ...OUTPUTS, 'thumbnail'), {}, ...auth);
  const manifest = await translated(urn, auth, 'stl');
  const again = await derivatives.translate(jobOf(urn, 'obj'), {}, ...auth);
  const whole = await derivatives.getManifest(urn, {}, ...auth);
  const meshes = {};
  for (const type of OUTPUTS) meshes[type] = base64((await withCookies(urn, fileOf(manifest, type), auth)).bytes);
  const drawn = await upload(objects, 'plan 1.dxf', drawingBytes(), auth);
  const sheet = fileOf(await translated(drawn, auth, 'pdf'), 'pdf');
  const picture = await derivatives.getThumbnail(urn, { width: 100, height: 100 }, ...auth);
  const looked = await lookAt(urn, fileOf(manifest, 'stl'), auth);
  return {
    formats: Object.keys((await derivatives.getFormats({}, ...auth)).body.formats),
    job: [job.statusCode, job.body.result],
    again: [again.statusCode, again.body.result],
    manifest: [whole.statusCode, whole.body.status, Boolean(whole.body.hasThumbnail)],
    region: (await european.getManifest(urn, {}, ...auth)).body.region,
    ...looked,
    meshes,
    plan: base64((await withCookies(drawn, sheet, auth)).bytes),
    picture: base64(picture.body),
    references: await statusOf(derivatives.setReferences(urn, { urn }, {}, ...auth)),
    deleted: [
      (await derivatives.deleteManifest(urn, ...auth)).statusCode,
      await statusOf(derivatives.getManifest(urn, {}, ...auth)),
    ],
  };
});
