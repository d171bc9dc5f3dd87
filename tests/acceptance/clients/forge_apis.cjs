// npm forge-apis: sign-in (both versions), buckets, transfers in one piece, in parts and in chunks, copies, signed resources,
// then an export.
'use strict';

const forge = require('forge-apis');
const {
  address,
  clientId,
  clientSecret,
  content,
  SCOPES,
  sha1,
  refusal,
  fetched,
  idOf,
  exportAll,
  tell,
} = require('./common.cjs');

forge.ApiClient.instance.switchServerPath(address);
const bucket = 'forge-apis-bucket';

async function signIn() {
  const first = new forge.AuthClientTwoLegged(clientId, clientSecret, SCOPES, true);
  const second = new forge.AuthClientTwoLeggedV2(clientId, clientSecret, SCOPES, true);
  const wrong = new forge.AuthClientTwoLegged(clientId, 'not the secret', SCOPES, true);
  const wrongSecond = new forge.AuthClientTwoLeggedV2(clientId, 'not the secret', SCOPES, true);
  const credentials = await second.authenticate();
  second.setCredentials(credentials);
  return {
    client: second,
    credentials,
    told: {
      v1: (await first.authenticate()).token_type,
      v2: credentials.token_type,
      verified: (await second.verifyToken(credentials.access_token)).client_id === clientId,
      refused: (await refusal(wrong.authenticate())).response.status,
      refusedV2: (await refusal(wrongSecond.authenticate())).response.status,
    },
  };
}

async function transferInOnePiece(objects, auth) {
  const put = await objects.uploadObject(bucket, 'a part.stl', content.length, content, {}, ...auth);
  const details = await objects.getObjectDetails(bucket, 'a part.stl', {}, ...auth);
  const got = await objects.getObject(bucket, 'a part.stl', {}, ...auth, 'arraybuffer');
  const signed = await objects.getS3DownloadURL(bucket, 'a part.stl', {}, ...auth);
  return {
    urn: put.body.objectId,
    sameDetails: details.body.sha1 === sha1(content) && details.body.size === content.length,
    sameBytes: Buffer.from(got.body).equals(content),
    sameSigned: content.equals(Buffer.from(await (await fetch(signed.body.url)).arrayBuffer())),
  };
}

async function transferInParts(objects, auth) {
  const large = Buffer.alloc(11 << 20, content);
  const [up] = await objects.uploadResources(bucket, [{ objectKey: 'large.bin', data: large }], { chunkSize: 5 }, ...auth);
  const asked = [{ objectKey: 'large.bin', responseType: 'arraybuffer' }];
  const [down] = await objects.downloadResources(bucket, asked, {}, ...auth);
  return {
    failed: Boolean(up.error || down.error),
    parts: up.eTags.length,
    sameSha1: up.completed.sha1 === sha1(large),
    sameBytes: Buffer.from(down.data).equals(large),
  };
}

/** Sends three chunks, the last one first, and asks in between what has arrived. */
async function transferInChunks(objects, auth) {
  const size = content.length;
  const send = (start, end) => {
    const chunk = content.subarray(start, end);
    const place = `bytes ${start}-${end - 1}/${size}`;
    return objects.uploadChunk(bucket, 'chunks.stl', chunk.length, place, '-811577637', chunk, {}, ...auth);
  };
  const first = await send(2000, size);
  await send(0, 1000);
  const status = await objects.getStatusBySessionId(bucket, 'chunks.stl', '-811577637', ...auth);
  const again = await send(0, 1000);
  const last = await send(1000, 2000);
  const got = await objects.getObject(bucket, 'chunks.stl', {}, ...auth, 'arraybuffer');
  return {
    statuses: [first.statusCode, again.statusCode, status.statusCode, last.statusCode],
    arrived: status.headers.range === `bytes=0-999,2000-${size - 1}`,
    sameSha1: last.body.sha1 === sha1(content),
    sameBytes: Buffer.from(got.body).equals(content),
  };
}

async function copyAndTell(objects, auth) {
  const copied = await objects.copyTo(bucket, 'a part.stl', 'a/copy.stl', ...auth);
  const asked = { with: ['createdDate', 'lastAccessedDate', 'lastModifiedDate'] };
  const details = await objects.getObjectDetails(bucket, 'a/copy.stl', asked, ...auth);
  await objects.deleteObject(bucket, 'a/copy.stl', ...auth);
  return {
    name: copied.body.objectKey,
    sameSha1: copied.body.sha1 === sha1(content),
    dates: asked.with.map((name) => Date.now() - details.body[name] < 60000),
  };
}

/** Reads, replaces and reads again without a token; then ends the address. */
async function share(objects, auth) {
  const opts = { access: 'readwrite' };
  const made = await objects.createSignedResource(bucket, 'chunks.stl', { minutesExpiration: 5 }, opts, ...auth);
  const id = idOf(made.body.signedUrl);
  const before = await fetched(made.body.signedUrl);
  const stale = { 'If-Match': sha1(Buffer.from('something else')) };
  const refused = await refusal(objects.uploadSignedResource(id, 3, Buffer.from('new'), stale, ...auth));
  const replaced = await objects.uploadSignedResource(id, 3, Buffer.from('new'), { 'If-Match': sha1(content) }, ...auth);
  const got = await objects.getSignedResource(id, {}, ...auth);
  const ended = await objects.deleteSignedResource(id, {}, ...auth);
  await objects.deleteObject(bucket, 'chunks.stl', ...auth);
  return {
    life: Math.round((made.body.expiration - Date.now()) / 60000),
    sameBytes: before.bytes.equals(content),
    refused: refused.statusCode,
    replaced: [replaced.statusCode, replaced.body.size, got.body],
    ended: [ended.statusCode, (await fetched(made.body.signedUrl)).status],
  };
}

async function remove(objects, buckets, auth) {
  await objects.deleteObject(bucket, 'large.bin', ...auth);
  const left = await objects.getObjects(bucket, {}, ...auth);
  const gone = await refusal(objects.getObjectDetails(bucket, 'large.bin', {}, ...auth));
  await buckets.deleteBucket(bucket, ...auth);
  const bucketGone = await refusal(buckets.getBucketDetails(bucket, ...auth));
  return { left: left.body.items.map((item) => item.objectKey), gone: gone.statusCode, bucketGone: bucketGone.statusCode };
}

tell(async () => {
  const { client, credentials, told } = await signIn();
  const auth = [client, credentials];
  const buckets = new forge.BucketsApi();
  const objects = new forge.ObjectsApi();
  const made = await buckets.createBucket({ bucketKey: bucket, policyKey: 'transient' }, {}, ...auth);
  const listed = await buckets.getBuckets({}, ...auth);
  const details = await buckets.getBucketDetails(bucket, ...auth);
  const onePiece = await transferInOnePiece(objects, auth);
  const inParts = await transferInParts(objects, auth);
  const inChunks = await transferInChunks(objects, auth);
  const copied = await copyAndTell(objects, auth);
  const shared = await share(objects, auth);
  const mesh = await exportAll(credentials.access_token, onePiece.urn);
  return {
    signIn: told,
    buckets: [made.statusCode, listed.body.items.map((item) => item.bucketKey), details.body.bucketOwner === clientId],
    onePiece,
    inParts,
    inChunks,
    copied,
    shared,
    mesh,
    removed: await remove(objects, buckets, auth),
  };
});
