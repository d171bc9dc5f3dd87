// npm forge-apis: a drawing into Plans, its pages out, and the calls around them.
'use strict';

const forge = require('forge-apis');
const { address, clientId, clientSecret, content, SCOPES, refusal, tell } = require('./common.cjs');
const given = require('./dm_common.cjs');

const { BUCKET, keyOf, names } = given;

forge.ApiClient.instance.switchServerPath(address);
const client = new forge.AuthClientTwoLeggedV2(clientId, clientSecret, SCOPES, true);
const hubs = new forge.HubsApi();
const projects = new forge.ProjectsApi();
const folders = new forge.FoldersApi();
const items = new forge.ItemsApi();
const versions = new forge.VersionsApi();
const commands = new forge.CommandsApi();
const objects = new forge.ObjectsApi();
let auth;

const bodyOf = async (promise) => (await promise).body;
const dataOf = async (promise) => (await bodyOf(promise)).data;
const statusOf = async (promise) => (await refusal(promise)).response.status;

async function find() {
  const [hub] = await dataOf(hubs.getHubs({}, ...auth));
  const listed = await dataOf(projects.getHubProjects(hub.id, { 'filter[name]': [given.projectName] }, ...auth));
  const project = await dataOf(projects.getProject(hub.id, listed[0].id, ...auth));
  const top = await dataOf(projects.getProjectTopFolders(hub.id, project.id, ...auth));
  const strangers = await dataOf(projects.getHubProjects(hub.id, { xuserid: given.stranger }, ...auth));
  const sameHub = (await dataOf(projects.getProjectHub(hub.id, project.id, ...auth))).id === hub.id;
  return {
    project: project.id,
    plans: top[0].id,
    told: { listed: listed.length, sameHub, folders: names(top), strangers: strangers.length },
  };
}

async function upload(project, type, id) {
  const storage = (await dataOf(projects.postStorage(project, given.storageBody('set.pdf', type, id), ...auth))).id;
  const asked = [{ objectKey: keyOf(storage), data: content }];
  const [up] = await objects.uploadResources(BUCKET, asked, {}, ...auth);
  if (up.error) throw new Error(JSON.stringify(up));
  return storage;
}

const documents = { filterType: ['items'], filterExtensionType: ['items:autodesk.bim360:Document'] };

async function look(project, plans, sheets, item) {
  const [first] = sheets.data;
  const tip = await dataOf(items.getItemTip(project, first.id, ...auth));
  const refs = await bodyOf(versions.getVersionRelationshipsRefs(project, tip.id, {}, ...auth));
  const source = refs.data[0].id;
  const page = await bodyOf(folders.getFolderContents(project, plans, { pageLimit: [5], pageNumber: [2] }, ...auth));
  const got = await objects.getObject(BUCKET, keyOf(refs.included[0].relationships.storage.data.id), {}, ...auth, 'arraybuffer');
  const found = await dataOf(folders.search(project, plans, { 'filter[attributes.displayName]': ['set.pdf'] }, ...auth));
  return {
    names: names(sheets.included),
    direction: refs.data[0].meta.direction,
    page: [page.data.length, Boolean(page.links.prev), Boolean(page.links.next)],
    same: [
      (await dataOf(versions.getVersion(project, source, ...auth))).id === source,
      (await dataOf(versions.getVersionItem(project, source, ...auth))).id === item,
      (await dataOf(versions.getVersionRefs(project, source, {}, ...auth))).length === 12,
      (await dataOf(items.getItem(project, item, ...auth))).id === item,
      (await dataOf(items.getItemVersions(project, item, {}, ...auth)))[0].id === source,
      (await dataOf(items.getItemParentFolder(project, item, ...auth))).id === plans,
      (await dataOf(items.getItemRefs(project, first.id, {}, ...auth)))[0].id === source,
      (await dataOf(folders.getFolder(project, plans, ...auth))).id === plans,
      Buffer.from(got.body).equals(content),
    ],
    formats: (await dataOf(versions.getVersionDownloadFormats(project, source, {}, ...auth))).attributes.formats,
    downloads: (await dataOf(versions.getVersionDownloads(project, source, {}, ...auth))).length,
    found: found.length,
  };
}

async function change(project, plans, item, version) {
  const made = (await dataOf(folders.postFolder(project, given.folderBody('Floors', plans), ...auth))).id;
  const renamed = given.changeBody('folders', made, { name: 'Levels' });
  const folder = await dataOf(folders.patchFolder(project, made, renamed, {}, ...auth));
  const check = given.commandBody('', [{ type: 'folders', id: made }], { requiredActions: ['view'] });
  const allowed = await dataOf(commands.checkPermission(project, check, {}, ...auth));
  const refs = given.commandBody('', [{ type: 'versions', id: version }]);
  const publish = given.commandBody('', [{ type: 'items', id: item }]);
  const named = given.changeBody('items', item, { displayName: 'plan.pdf' });
  return {
    folder: folder.attributes.name,
    allowed: allowed.attributes.extension.data.permissions[0].permission,
    refs: (await dataOf(commands.listRefs(project, refs, {}, ...auth))).relationships.resources.data.length,
    publish: await statusOf(commands.publishModel(project, publish, {}, ...auth)),
    renamed: (await dataOf(items.patchItem(project, item, named, {}, ...auth))).attributes.displayName,
    missing: await statusOf(items.getItem(project, 'urn:adsk.wipprod:dm.lineage:AAAAAAAAAAAAAAAAAAAAAA', ...auth)),
  };
}

tell(async () => {
  client.setCredentials(await client.authenticate());
  auth = [client, client.getCredentials()];
  const { project, plans, told } = await find();
  const body = given.itemBody('set.pdf', plans, await upload(project, 'folders', plans));
  const made = await bodyOf(items.postItem(project, body, ...auth));
  const sheets = await given.until(
    ({ data }) => data.length === 12,
    () => bodyOf(folders.getFolderContents(project, plans, documents, ...auth)),
  );
  const looked = await look(project, plans, sheets, made.data.id);
  const changed = await change(project, plans, made.data.id, made.included[0].id);
  const next = given.versionBody('new.pdf', made.data.id, await upload(project, 'items', made.data.id));
  const version = await dataOf(versions.postVersion(project, next, ...auth));
  return { found: told, looked, changed, next: version.attributes.versionNumber };
});
