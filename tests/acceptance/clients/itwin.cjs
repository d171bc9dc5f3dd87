// Signs in, makes an iTwin, fills iModels and removes all of it, with the vendor's own clients.
'use strict';

const { createReadStream } = require('node:fs');
const { address, clientId, clientSecret, content, sha1, fetched, refusal, tell } = require('./common.cjs');
const { ServiceAuthorizationClient } = require('@itwin/service-authorization');
const { ITwinsAccessClient } = require('@itwin/itwins-client');
const management = require('@itwin/imodels-client-management');
const { IModelsClient } = require('@itwin/imodels-client-authoring');
const { StrategyClientStorage } = require('@itwin/object-storage-core');
const { AzureClientStorage, BlockBlobClientWrapperFactory } = require('@itwin/object-storage-azure');

const file = process.argv[5];
const NOBODY = '00000000-0000-4000-8000-000000000000';
const storage = new StrategyClientStorage([
  { instanceName: 'azure', instance: new AzureClientStorage(new BlockBlobClientWrapperFactory()) },
]);
const api = { baseUrl: `${address}/imodels` };
const viewer = new management.IModelsClient({ api });
const author = new IModelsClient({ api, cloudStorage: storage });

async function all(iterator) {
  const found = [];
  for await (const one of iterator) found.push(one);
  return found;
}

/** Makes an iTwin and finds it in every list. */
async function itwins(token) {
  const client = new ITwinsAccessClient(`${address}/itwins`);
  const fields = { displayName: 'White River', number: 'WR-1', class: 'Endeavor', subClass: 'Project' };
  const made = await client.createiTwin(token, fields);
  const id = made.data.id;
  const lists = await Promise.all([
    client.queryAsync(token, 'Project'),
    client.queryAsync(token, undefined, { top: 5, displayName: 'White River' }),
    client.queryRecentsAsync(token, 'Project'),
    client.queryFavoritesAsync(token),
  ]);
  const again = await client.createiTwin(token, fields);
  const wrong = await client.createiTwin(token, { displayName: 'x' });
  const changed = await client.updateiTwin(token, id, { displayName: 'Black River' });
  return {
    client,
    id,
    told: {
      made: [made.status, made.data.displayName, made.data.status],
      lists: lists.map((list) => [list.status, list.data.map((itwin) => itwin.id === id)]),
      again: [again.status, again.error.code, again.error.details[0].target],
      wrong: [wrong.status, wrong.error.code, wrong.error.details.map((detail) => detail.target)],
      changed: [changed.status, changed.data.displayName],
      one: (await client.getAsync(token, id, 'representation')).data.createdBy === changed.data.createdBy,
      account: (await client.getAccountAsync(token, id)).data.class,
      missing: (await client.getAsync(token, NOBODY)).error.code,
    },
  };
}

/** Makes an iModel from a file, in one piece, and gets the file back. */
async function filled(authorization, iTwinId) {
  const iModelProperties = { iTwinId, name: 'Plant', description: 'All of it', filePath: file };
  const made = await author.iModels.createFromBaseline({ authorization, iModelProperties });
  const baseline = await author.baselineFiles.getSingle({ authorization, iModelId: made.id });
  const back = await fetched(baseline._links.download.href);
  const creator = await made.getCreator();
  const again = await refusal(author.iModels.createFromBaseline({ authorization, iModelProperties }));
  return {
    id: made.id,
    told: {
      state: made.state,
      name: baseline.displayName,
      sameBytes: back.status === 200 && sha1(back.bytes) === sha1(content),
      creator: creator.email.split('@')[1],
      again: again.code,
    },
  };
}

/** Sends a file in blocks with the same storage library, several at once. */
async function inBlocks(token, iTwinId) {
  const headers = { Authorization: token, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ iTwinId, name: 'Blocks', baselineFile: { size: content.length } });
  const response = await fetch(`${address}/imodels/`, { method: 'POST', headers, body });
  const { upload, complete } = (await response.json()).iModel._links;
  const options = { partSize: 1024, queueSize: 4 };
  await storage.uploadInMultipleParts({ url: upload.href, storageType: 'azure', data: createReadStream(file), options });
  const completed = await fetch(complete.href, { method: 'POST', headers, body: '{}' });
  const back = await fetched((await completed.json()).baselineFile._links.download.href);
  return { blocks: Math.ceil(content.length / 1024) > 4, sameBytes: sha1(back.bytes) === sha1(content) };
}

/** Lists and changes iModels with the client for viewers. */
async function managed(authorization, iTwinId, iModelId) {
  const empty = await viewer.iModels.createEmpty({ authorization, iModelProperties: { iTwinId, name: 'Empty' } });
  const urlParams = { iTwinId, $top: 2, $orderBy: { property: 'name', operator: 'desc' } };
  const pages = await all(viewer.iModels.getRepresentationList({ authorization, urlParams }));
  const named = await viewer.namedVersions.create({
    authorization,
    iModelId,
    namedVersionProperties: { name: 'Start' },
  });
  const update = { authorization, iModelId: empty.id, iModelProperties: { description: 'nothing yet' } };
  return {
    empty: empty.state,
    pages: pages.map((model) => model.name),
    minimal: (await all(viewer.iModels.getMinimalList({ authorization, urlParams: { iTwinId, name: 'Plant' } }))).length,
    changesets: (await all(viewer.changesets.getRepresentationList({ authorization, iModelId }))).length,
    named: [named.name, named.changesetId, named.changesetIndex],
    names: (await all(viewer.namedVersions.getMinimalList({ authorization, iModelId }))).length,
    users: (await all(viewer.users.getMinimalList({ authorization, iModelId }))).length,
    updated: (await viewer.iModels.update(update)).description,
    missing: (await refusal(viewer.iModels.getSingle({ authorization, iModelId: NOBODY }))).code,
    foreign: (await refusal(all(viewer.iModels.getMinimalList({ authorization, urlParams: { iTwinId: NOBODY } })))).code,
    checkpoint: (
      await refusal(author.checkpoints.getSingle({ authorization, iModelId, changesetId: 'a'.repeat(40) }))
    ).code,
  };
}

tell(async () => {
  const signIn = { authority: address, clientId, clientSecret, scope: 'itwin-platform' };
  const token = await new ServiceAuthorizationClient(signIn).getAccessToken();
  const authorization = async () => ({ scheme: 'Bearer', token: token.replace('Bearer ', '') });
  const { client, id, told } = await itwins(token);
  const plant = await filled(authorization, id);
  const blocks = await inBlocks(token, id);
  const listed = await managed(authorization, id, plant.id);
  const full = await client.deleteiTwin(token, id);
  for (const model of await all(viewer.iModels.getMinimalList({ authorization, urlParams: { iTwinId: id } }))) {
    await viewer.iModels.delete({ authorization, iModelId: model.id });
  }
  const left = await all(viewer.iModels.getMinimalList({ authorization, urlParams: { iTwinId: id } }));
  const emptied = await client.deleteiTwin(token, id);
  return {
    scheme: token.split(' ')[0],
    itwins: told,
    filled: plant.told,
    blocks,
    listed,
    removed: [full.status, left.length, emptied.status],
  };
});
