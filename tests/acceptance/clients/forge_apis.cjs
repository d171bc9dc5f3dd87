// npm forge-apis: sign-in (both versions), buckets, transfers in one piece and in parts, then an export.
'use strict';

const forge = require('forge-apis');
const { address, clientId, clientSecret, content, SCOPES, sha1, refusal, exportAll, tell } = require('./common.cjs');

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
  const mesh = await exportAll(credentials.access_token, onePiece.urn);
  return {
    signIn: told,
    buckets: [made.statusCode, listed.body.items.map((item) => item.bucketKey), details.body.bucketOwner === clientId],
    onePiece,
    inParts,
    mesh,
    removed: await remove(objects, buckets, auth),
  };
});
