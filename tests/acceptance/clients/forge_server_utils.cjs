// npm forge-server-utils: signs in with v1, and moves objects with plain PUT and GET.
'use strict';

const { AuthenticationClient, DataManagementClient } = require('forge-server-utils');
const { address, clientId, clientSecret, content, SCOPES, sha1, refusal, exportAll, tell } = require('./common.cjs');

const bucket = 'forge-server-utils-bucket';

tell(async () => {
  const token = await new AuthenticationClient(clientId, clientSecret, address).authenticate(SCOPES);
  const wrong = await refusal(new AuthenticationClient(clientId, 'not the secret', address).authenticate(SCOPES));
  const data = new DataManagementClient({ client_id: clientId, client_secret: clientSecret }, address);
  const made = await data.createBucket(bucket, 'transient');
  const listed = await data.listBuckets();
  const stored = await data.uploadObject(bucket, 'a part.stl', 'model/stl', content);
  for (let number = 0; number < 11; number += 1) await data.uploadObject(bucket, `n${number}`, 'text/plain', 'x');
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
    sameDetails: details.sha1 === sha1(content) && details.size === content.length,
    sameBytes: Buffer.from(downloaded).equals(content),
    listed: names.length,
    mesh,
    removed: { gone: gone.response.status, bucketGone: bucketGone.response.status },
  };
});
