// npm @aps_sdk/authentication and @aps_sdk/oss: sign-in, buckets, transfers in parts, a token that is refreshed, an export.
'use strict';

const { ApsConfiguration, SdkManagerBuilder } = require('@aps_sdk/autodesk-sdkmanager');
const { AuthenticationClient } = require('@aps_sdk/authentication');
const { OssClient } = require('@aps_sdk/oss');
const { address, clientId, clientSecret, content, file, SCOPES, sha1, refusal, exportAll, tell } = require('./common.cjs');

const configuration = new ApsConfiguration({});
configuration.BaseAddress = address;
const newManager = () => {
  const sdkManager = SdkManagerBuilder.create().addApsConfiguration(configuration).build();
  sdkManager.toggleLogging(false);
  return sdkManager;
};
const authentication = new AuthenticationClient({ sdkManager: newManager() });
const bucket = 'aps-sdk-bucket';

const signIn = async () => (await authentication.getTwoLeggedToken(clientId, clientSecret, SCOPES)).access_token;

/** Signs in again each time that it is asked, and counts how often. */
const renewing = (first) => ({
  asked: 0,
  async getAccessToken() {
    this.asked += 1;
    return this.asked === 1 && first ? first : signIn();
  },
});

const newClient = (authenticationProvider) => new OssClient({ sdkManager: newManager(), authenticationProvider });

async function bytesOf(stream, length) {
  const chunks = [];
  let total = 0;
  // The client never ends the stream that it returns.
  for await (const chunk of stream) {
    chunks.push(chunk);
    total += chunk.length;
    if (total >= length) break;
  }
  return Buffer.concat(chunks);
}

async function transfer(oss) {
  const stored = await oss.uploadObject(bucket, 'a part.stl', file);
  const details = await oss.getObjectDetails(bucket, 'a part.stl');
  const signed = await oss.signedS3Download(bucket, 'a part.stl');
  const downloaded = await bytesOf(await oss.downloadObject(bucket, 'a part.stl'), content.length);
  return {
    urn: stored.objectId,
    sameDetails: details.sha1 === sha1(content) && details.size === content.length,
    signedStatus: signed.status,
    sameSigned: content.equals(Buffer.from(await (await fetch(signed.url)).arrayBuffer())),
    sameBytes: content.equals(downloaded),
  };
}

/** Asks for the ranges that the client asks for, one after the other: it pipes them side by side and mixes them up. */
async function inRanges(url, size) {
  const step = 5 << 20;
  const found = [];
  for (let start = 0, end = step; start < size; start = end + 1, end = Math.min(end + step, size)) {
    const response = await fetch(url, { headers: { Range: `bytes=${start}-${end}` } });
    if (response.status !== 206) throw new Error(`range: ${response.status}`);
    found.push(Buffer.from(await response.arrayBuffer()));
  }
  return Buffer.concat(found);
}

async function transferInParts(oss) {
  const large = Buffer.alloc(11 << 20, content);
  const steps = [];
  const stored = await oss.uploadObject(bucket, 'large.bin', large, { onProgress: (percent) => steps.push(percent) });
  const { url } = await oss.signedS3Download(bucket, 'large.bin');
  return {
    parts: steps.filter((percent) => percent > 1).length - 1,
    sameSha1: stored.sha1 === sha1(large),
    sameBytes: large.equals(Buffer.from(await (await fetch(url)).arrayBuffer())),
    sameRanges: large.equals(await inRanges(url, large.length)),
  };
}

/** With a dead token the client asks for another one only if the error has the sentence that it looks for. */
async function refresh(expired) {
  const provider = renewing(expired);
  const stored = await newClient(provider).uploadObject(bucket, 'refreshed.bin', content);
  return { asked: provider.asked, size: stored.size };
}

async function remove(oss) {
  await oss.deleteObject(bucket, 'large.bin');
  const left = await oss.getObjects(bucket);
  const gone = await refusal(oss.getObjectDetails(bucket, 'large.bin'));
  await oss.deleteBucket(bucket);
  const bucketGone = await refusal(oss.getBucketDetails(bucket));
  return {
    left: left.items.map((item) => item.objectKey),
    gone: gone.httpStatusCode(),
    bucketGone: bucketGone.httpStatusCode(),
  };
}

tell(async () => {
  const token = await signIn();
  const wrong = await refusal(authentication.getTwoLeggedToken(clientId, 'not the secret', SCOPES));
  const oss = newClient(renewing());
  const made = await oss.createBucket('US', { bucketKey: bucket, policyKey: 'transient' });
  const listed = await oss.getBuckets();
  const details = await oss.getBucketDetails(bucket);
  const small = await transfer(oss);
  const inParts = await transferInParts(oss);
  const refreshed = await refresh(process.argv[6]);
  const said = await authentication.introspectToken(token, clientId, { clientSecret });
  const { keys } = await authentication.getKeys();
  return {
    token: [said.active, said.client_id === clientId, said.scope, keys.length],
    wrongSecret: [wrong.constructor.name, wrong.httpStatusCode(), wrong.message.includes('invalid_client')],
    buckets: [made.bucketKey, listed.items.map((item) => item.bucketKey), details.policyKey],
    small,
    inParts,
    refreshed,
    mesh: await exportAll(token, small.urn),
    removed: await remove(oss),
  };
});
