// npm forge-server-utils: signs in with v1, and moves objects with plain PUT and GET, in chunks, by copies and signed addresses.
'use strict';

const { AuthenticationClient, DataManagementClient } = require('forge-server-utils');
const { address, clientId, clientSecret, content, SCOPES, sha1, refusal, fetched, exportAll, tell } = require('./common.cjs');

const bucket = 'forge-server-utils-bucket';

/** Sends the second half, asks what is there, and sends the first. */
async function transferInChunks(data) {
  const [half, size] = [1000, content.length];
  const send = (start, end) =>
    data.uploadObjectResumable(bucket, 'chunks.stl', content.subarray(start, end), start, size, 'session 1', 'model/stl');
  await send(half, size);
  const [range] = await data.getResumableUploadStatus(bucket, 'chunks.stl', 'session 1');
  const stored = await send(0, half);
  const copied = await data.copyObject(bucket, 'chunks.stl', 'a/copy.stl');
  const { signedUrl } = await data.createSignedUrl(bucket, 'a/copy.stl', 'read');
  const { bytes } = await fetched(signedUrl);
  await data.deleteObject(bucket, 'chunks.stl');
  await data.deleteObject(bucket, 'a/copy.stl');
  return {
    arrived: range.start === half && range.end === size - 1,
    stored: stored.sha1 === sha1(content),
    copied: copied.objectKey,
    signed: bytes.equals(content),
  };
}

tell(async () => {
  const token = await new AuthenticationClient(clientId, clientSecret, address).authenticate(SCOPES);
  const wrong = await refusal(new AuthenticationClient(clientId, 'not the secret', address).authenticate(SCOPES));
  const data = new DataManagementClient({ client_id: clientId, client_secret: clientSecret }, address);
  const made = await data.createBucket(bucket, 'transient');
  const listed = await data.listBuckets();
  const stored = await data.uploadObject(bucket, 'a part.stl', 'model/stl', content);
  for (let number = 0; number < 11; number += 1) await data.uploadObject(bucket, `n${number}`, 'text/plain', 'x');
  const inChunks = await transferInChunks(data);
  const details = await data.getObjectDetails(bucket, 'a part.stl');
  const downloaded = await data.downloadObject(bucket, 'a part.stl');
  const mesh = await exportAll(token.access_token, stored.objectId);
  const names = (await data.listObjects(bucket)).map((item) => item.objectKey);
  await data.deleteObject(bucket, 'a part.stl');
  const gone = await refusal(data.getObjectDetails(bucket, 'a part.stl'));
  await data.deleteBucket(bucket);
  const bucketGone = await refusal(data.getBucketDetails(bucket));
  return {
    wrongSecret: [wrong.response.status, wrong.response.data.errorCode],
    buckets: [made.bucketKey, listed.map((item) => item.bucketKey)],
    contentType: stored.contentType,
    inChunks,
    sameDetails: details.sha1 === sha1(content) && details.size === content.length,
    sameBytes: Buffer.from(downloaded).equals(content),
    listed: names.length,
    mesh,
    removed: { gone: gone.response.status, bucketGone: bucketGone.response.status },
  };
});
