// npm @aps_sdk/model-derivative, with @aps_sdk/oss for the upload: translation, manifest, thumbnails, and download
// addresses that the client makes of three cookies.
'use strict';

const { ApsConfiguration, SdkManagerBuilder } = require('@aps_sdk/autodesk-sdkmanager');
const { AuthenticationClient } = require('@aps_sdk/authentication');
const { OssClient } = require('@aps_sdk/oss');
const { ModelDerivativeClient, OutputType } = require('@aps_sdk/model-derivative');
const { address, clientId, clientSecret, file, SCOPES, tell } = require('./common.cjs');
const { OUTPUTS, base64, childrenOf, drawing, fileOf, finished, statusOf, urnOf } = require('./md_common.cjs');

const configuration = new ApsConfiguration({});
configuration.BaseAddress = address;
const sdkManager = SdkManagerBuilder.create().addApsConfiguration(configuration).build();
sdkManager.toggleLogging(false);
const authentication = new AuthenticationClient({ sdkManager });
const authenticationProvider = {
  getAccessToken: async () => (await authentication.getTwoLeggedToken(clientId, clientSecret, SCOPES)).access_token,
};
const oss = new OssClient({ sdkManager, authenticationProvider });
const derivatives = new ModelDerivativeClient({ sdkManager, authenticationProvider });
const bucket = 'aps-sdk-derivatives';

const jobOf = (urn, ...types) => ({ input: { urn }, output: { formats: types.map((type) => ({ type })) } });

/** Returns the bytes of a file, from the address that the client makes. */
async function downloaded(urn, derivativeUrn) {
  const { url, size } = await derivatives.getDerivativeUrl(derivativeUrn, urn);
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  if (bytes.length !== size) throw new Error(`${bytes.length} of ${size} bytes`);
  return base64(bytes);
}

/** Looks at one file in every way. */
async function lookAt(urn, derivativeUrn) {
  const head = await derivatives.headCheckDerivative(urn, derivativeUrn);
  const { url, size, expiration } = await derivatives.getDerivativeUrl(derivativeUrn, urn, { minutesExpiration: 10 });
  const part = await fetch(url, { headers: { Range: 'bytes=80-83' } });
  const tampered = new URL(url);
  tampered.searchParams.set('Signature', '0'.repeat(64));
  return {
    head: [head.response.status, Number(head.response.headers['content-length']) === size],
    policy: [Math.abs(expiration - Date.now() - 600000) < 60000, part.status, (await part.arrayBuffer()).byteLength],
    tampered: (await fetch(tampered)).status,
  };
}

/** Returns the PDF of a drawing's only sheet. */
async function plan() {
  const { objectId } = await oss.uploadObject(bucket, 'plan 1.dxf', drawing);
  const urn = urnOf(objectId);
  await derivatives.startJob(jobOf(urn, 'pdf'));
  const manifest = await finished(() => derivatives.getManifest(urn));
  return downloaded(urn, fileOf(manifest, 'pdf'));
}

async function pictures(urn, manifest) {
  const large = childrenOf(manifest, 'thumbnail').find((one) => one.resolution[0] === 400);
  const options = { responseType: 'arraybuffer' };
  return [base64(await derivatives.getThumbnail(urn, { options })), await downloaded(urn, large.urn)];
}

async function remove(urn) {
  const [first, second] = [await derivatives.deleteManifest(urn), await derivatives.deleteManifest(urn)];
  return [first.result, second.result, await statusOf(derivatives.getManifest(urn))];
}

tell(async () => {
  await oss.createBucket('US', { bucketKey: bucket, policyKey: 'transient' });
  const { objectId } = await oss.uploadObject(bucket, 'a part.stl', file);
  const urn = urnOf(objectId);
  const nothingYet = await statusOf(derivatives.getManifest(urn));
  const job = await derivatives.startJob(jobOf(urn, ...OUTPUTS, OutputType.Thumbnail));
  const manifest = await finished(() => derivatives.getManifest(urn));
  const meshes = {};
  for (const type of OUTPUTS) meshes[type] = await downloaded(urn, fileOf(manifest, type));
  const looked = await lookAt(urn, fileOf(manifest, 'stl'));
  const again = await derivatives.startJob(jobOf(urn, 'stl'));
  const refused = jobOf(urn, OutputType.Svf2);
  return {
    formats: Object.keys((await derivatives.getFormats()).formats),
    nothingYet,
    job: [job.result, job.urn === urn, job.acceptedJobs.output.formats.length],
    manifest: [
      manifest.type,
      manifest.status,
      manifest.progress,
      manifest.hasThumbnail,
      manifest.derivatives.map((one) => one.outputType),
    ],
    meshes,
    ...looked,
    again: again.result,
    refused: [
      await statusOf(derivatives.startJob(refused)),
      (await derivatives.startJob(refused).catch((error) => error.message)).includes('diagnostic'),
    ],
    pictures: await pictures(urn, manifest),
    plan: await plan(),
    metadata: await statusOf(derivatives.getModelViews(urn)),
    forced: (await derivatives.startJob(jobOf(urn, 'stl'), { xAdsForce: true })).result,
    deleted: await remove(urn),
  };
});
