// npm @aps_sdk/authentication and @aps_sdk/oss: sign-in, buckets, transfers in parts, copies, signed resources, a token that
// is refreshed, an export.
'use strict';

const { ApsConfiguration, SdkManagerBuilder } = require('@aps_sdk/autodesk-sdkmanager');
const { AuthenticationClient } = require('@aps_sdk/authentication');
const { Access, OssClient, With } = require('@aps_sdk/oss');
const {
  address,
  clientId,
  clientSecret,
  content,
  file,
  SCOPES,
  sha1,
  refusal,
  fetched,
  idOf,
  exportAll,
  tell,
} = require('./common.cjs');

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

/** Uploads with what downloads shall say, copies that, and asks for all that is known of the copy. */
async function copyAndTell(oss) {
  await oss.uploadObject(bucket, 'said.stl', content, {
    xAdsMetaContentType: 'model/stl',
    xAdsMetaContentDisposition: 'inline; filename="said.stl"',
    xAdsMetaCacheControl: 'max-age=60',
    xAdsUserDefinedMetadata: '{"job":7}',
  });
  const copied = await oss.copyTo(bucket, 'said.stl', 'a/copy.stl');
  const told = await oss.getObjectDetails(bucket, 'a/copy.stl', { _with: Object.values(With) });
  const one = await oss.getObjectDetails(bucket, 'a/copy.stl', { _with: With.CreatedDate });
  const { url } = await oss.signedS3Download(bucket, 'a/copy.stl');
  const { headers } = await fetch(url);
  await oss.deleteObject(bucket, 'said.stl');
  await oss.deleteObject(bucket, 'a/copy.stl');
  return {
    name: copied.objectKey,
    sameSha1: copied.sha1 === sha1(content),
    type: told.contentType,
    dates: ['createdDate', 'lastAccessedDate', 'lastModifiedDate'].map((name) => Date.now() - told[name] < 60000),
    metadata: told.userDefinedMetadata,
    one: Object.keys(one).filter((name) => name.endsWith('Date')),
    said: ['content-type', 'content-disposition', 'cache-control'].map((name) => headers.get(name)),
  };
}

/** Shares an object for one download without a token, and for many. */
async function share(oss) {
  const once = await oss.createSignedResource(bucket, 'a part.stl', {
    access: Access.Read,
    createSignedResource: { minutesExpiration: 5, singleUse: true },
  });
  const many = await oss.createSignedResource(bucket, 'a part.stl', { access: Access.ReadWrite });
  const [first, second] = [await fetched(once.signedUrl), await fetched(once.signedUrl)];
  const part = await fetched(many.signedUrl, { headers: { Range: 'bytes=1-4' } });
  const whole = await oss.getSignedResource(idOf(many.signedUrl), { options: { responseType: 'arraybuffer' } });
  const written = await fetched(many.signedUrl, { method: 'PUT', body: content });
  await oss.deleteSignedResource(idOf(many.signedUrl));
  return {
    once: [once.singleUse, first.status, first.bytes.equals(content), second.status],
    part: [part.status, part.bytes.equals(content.subarray(1, 5))],
    whole: Buffer.from(whole).equals(content),
    written: written.status,
    ended: (await fetched(many.signedUrl)).status,
  };
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
  const copied = await copyAndTell(oss);
  const shared = await share(oss);
  const refreshed = await refresh(process.argv[6]);
  const said = await authentication.introspectToken(token, clientId, { clientSecret });
  const { keys } = await authentication.getKeys();
  return {
    token: [said.active, said.client_id === clientId, said.scope, keys.length],
    wrongSecret: [wrong.constructor.name, wrong.httpStatusCode(), wrong.message.includes('invalid_client')],
    buckets: [made.bucketKey, listed.items.map((item) => item.bucketKey), details.policyKey],
    small,
    inParts,
    copied,
    shared,
    refreshed,
    mesh: await exportAll(token, small.urn),
    removed: await remove(oss),
  };
});
