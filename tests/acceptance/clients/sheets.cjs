// npm @aps_sdk/data-management, @aps_sdk/oss, @aps_sdk/model-derivative and forge-apis: a PDF goes into Plans, its pages
// appear, one is exported by plain HTTP (no client has the call), and is downloaded in every way that there is.
'use strict';

const { ApsConfiguration, SdkManagerBuilder } = require('@aps_sdk/autodesk-sdkmanager');
const { AuthenticationClient } = require('@aps_sdk/authentication');
const { DataManagementClient } = require('@aps_sdk/data-management');
const { ModelDerivativeClient } = require('@aps_sdk/model-derivative');
const { OssClient } = require('@aps_sdk/oss');
const forge = require('forge-apis');
const { address, clientId, clientSecret, file, SCOPES, ask, fetched, refusal, tell } = require('./common.cjs');

const PATIENCE_MS = 60000;

const configuration = new ApsConfiguration({});
configuration.BaseAddress = address;
const newManager = () => {
  const sdkManager = SdkManagerBuilder.create().addApsConfiguration(configuration).build();
  sdkManager.toggleLogging(false);
  return sdkManager;
};
const authentication = new AuthenticationClient({ sdkManager: newManager() });
forge.ApiClient.instance.switchServerPath(address);

/** Asks again until the answer is there. */
async function waited(question) {
  const giveUp = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUp) {
    const found = await question();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${question} took too long`);
}

/** Returns the project and its folder of plans, found as the vendor's tutorial finds them. */
async function found(data) {
  const hub = (await data.getHubs()).data[0];
  const project = (await data.getHubProjects(hub.id)).data[0];
  const folders = (await data.getProjectTopFolders(hub.id, project.id)).data;
  return { hub, project, plans: folders.find((folder) => folder.attributes.displayName === 'Plans') };
}

/** Puts the file into a folder: a place for its bytes, the bytes, and the item. */
async function uploaded(data, objects, project, folder, name) {
  const target = { data: { type: 'folders', id: folder.id } };
  const storage = await data.createStorage(project.id, {
    jsonapi: { version: '1.0' },
    data: { type: 'objects', attributes: { name }, relationships: { target } },
  });
  const [bucket, key] = storage.data.id.split(':').pop().split('/');
  await objects.uploadObject(bucket, key, file);
  const extension = (type) => ({ type, version: '1.0' });
  return data.createItem(project.id, {
    jsonapi: { version: '1.0' },
    data: {
      type: 'items',
      attributes: { displayName: name, extension: extension('items:autodesk.bim360:File') },
      relationships: { tip: { data: { type: 'versions', id: '1' } }, parent: target },
    },
    included: [
      {
        type: 'versions',
        id: '1',
        attributes: { name, extension: extension('versions:autodesk.bim360:File') },
        relationships: { storage: { data: { type: 'objects', id: storage.data.id } } },
      },
    ],
  });
}

/** Returns the versions of a folder's sheets, once they are there. */
const pagesOf = (data, project, folder) =>
  waited(async () => {
    const contents = await data.getFolderContents(project.id, folder.id);
    const pages = (contents.included || []).filter(
      (version) => version.attributes.extension.type === 'versions:autodesk.bim360:Document',
    );
    return pages.length > 0 && pages;
  });

/** Exports a page and returns where it is, as a program does that was written against the reference. */
async function exported(token, project, version) {
  const path = `/bim360/docs/v1/projects/${project.id.replace('b.', '')}/versions/${encodeURIComponent(version.id)}/exports`;
  const started = await (await ask(token, 'POST', path, { includeMarkups: true, includeHyperlinks: true })).json();
  const ended = await waited(async () => {
    const now = await (await ask(token, 'GET', `${path}/${started.id}`)).json();
    return now.status !== 'committed' && now;
  });
  return { started, ended };
}

tell(async () => {
  const token = (await authentication.getTwoLeggedToken(clientId, clientSecret, SCOPES)).access_token;
  const authenticationProvider = { getAccessToken: async () => token };
  const options = () => ({ sdkManager: newManager(), authenticationProvider });
  const [data, objects] = [new DataManagementClient(options()), new OssClient(options())];
  const derivatives = new ModelDerivativeClient(options());

  const { hub, project, plans } = await found(data);
  const item = await uploaded(data, objects, project, plans, 'set.pdf');
  const pages = await pagesOf(data, project, plans);
  const { started, ended } = await exported(token, project, pages[1]);

  const { versionUrn, resourceId, link, signedUrl } = ended.data;
  const signed = await fetched(signedUrl);
  const linked = await ask(token, 'GET', link.replace(address, ''));
  const cookies = await derivatives.getDerivativeUrl(resourceId, versionUrn);
  const opened = await fetched(cookies.url);
  const older = await new forge.DerivativesApi().getDerivativeManifest(versionUrn, resourceId, {}, null, {
    access_token: token,
  });
  const manifest = await derivatives.getManifest(versionUrn);
  const outputs = manifest.derivatives.map((derivative) => derivative.outputType);
  const urns = JSON.stringify(manifest);
  const unsigned = await fetched(signedUrl.split('?')[0]);
  return {
    hub: hub.attributes.name.length > 0,
    actions: plans.attributes.extension.data.actions,
    item: item.data.attributes.extension.type,
    pages: pages.map((page) => page.attributes.name),
    status: [started.status, ended.status],
    listed: [outputs.includes('pdf'), urns.includes(resourceId)],
    withoutSignature: unsigned.status,
    notThere: (await refusal(derivatives.getDerivativeUrl(`${resourceId}x`, versionUrn))).axiosError?.response?.status,
    pdf: signed.bytes.toString('base64'),
    same: [
      signed.status === 200,
      Buffer.from(await linked.arrayBuffer()).equals(signed.bytes),
      opened.status === 200 && opened.bytes.equals(signed.bytes),
      // This client reads the bytes as text, whatever they are.
      older.body === signed.bytes.toString('utf8'),
    ],
  };
});
