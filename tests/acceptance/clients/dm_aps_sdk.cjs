// npm @aps_sdk/data-management with @aps_sdk/oss: a drawing into Plans, its pages out, and every call around them.
'use strict';

const { ApsConfiguration, SdkManagerBuilder } = require('@aps_sdk/autodesk-sdkmanager');
const { AuthenticationClient } = require('@aps_sdk/authentication');
const { DataManagementClient, FilterType } = require('@aps_sdk/data-management');
const { OssClient } = require('@aps_sdk/oss');
const { address, clientId, clientSecret, content, file, SCOPES, refusal, tell } = require('./common.cjs');
const given = require('./dm_common.cjs');

const { BUCKET, keyOf, names } = given;

const configuration = new ApsConfiguration({});
configuration.BaseAddress = address;
const newManager = () => {
  const sdkManager = SdkManagerBuilder.create().addApsConfiguration(configuration).build();
  sdkManager.toggleLogging(false);
  return sdkManager;
};
const authentication = new AuthenticationClient({ sdkManager: newManager() });
const authenticationProvider = {
  getAccessToken: async () => (await authentication.getTwoLeggedToken(clientId, clientSecret, SCOPES)).access_token,
};
const dm = new DataManagementClient({ sdkManager: newManager(), authenticationProvider });
const oss = new OssClient({ sdkManager: newManager(), authenticationProvider });

const statusOf = async (promise) => (await refusal(promise)).httpStatusCode();

async function find() {
  const [hub] = (await dm.getHubs()).data;
  const { data } = await dm.getHubProjects(hub.id);
  const project = data.find((one) => one.attributes.name === given.projectName);
  const alone = await dm.getProject(hub.id, project.id);
  const folders = (await dm.getProjectTopFolders(hub.id, project.id)).data;
  const root = await dm.getFolder(project.id, alone.data.relationships.rootFolder.data.id);
  return {
    project: project.id,
    plans: folders.find((one) => one.attributes.extension.data.actions.includes('SPLIT')),
    told: {
      sameHub: (await dm.getHub(hub.id)).data.id === (await dm.getProjectHub(hub.id, project.id)).data.id,
      type: alone.data.attributes.extension.data.projectType,
      folders: names(folders),
      root: root.data.attributes.name,
      strangers: (await dm.getHubProjects(hub.id, { xUserId: given.stranger })).data.length,
      strangersProject: await statusOf(dm.getProject(hub.id, project.id, { xUserId: given.stranger })),
    },
  };
}

/** Uploads the drawing to a new storage and returns its URN. */
async function upload(project, type, id) {
  const storage = (await dm.createStorage(project, given.storageBody('set.pdf', type, id))).data.id;
  await oss.uploadObject(BUCKET, keyOf(storage), file);
  return storage;
}

const sheetsIn = (project, folder, versionNumber) =>
  given.until(
    ({ included }) => included.filter((one) => one.attributes.versionNumber === versionNumber).length === 12,
    () =>
      dm.getFolderContents(project, folder, {
        filterType: [FilterType.Items],
        filterExtensionType: ['items:autodesk.bim360:Document'],
      }),
  );

async function look(project, folder, sheets, item) {
  const [first] = sheets.data;
  const tip = (await dm.getItemTip(project, first.id)).data;
  const file = (await dm.getItem(project, item, { includePathInProject: true })).data;
  const [source] = (await dm.getVersionRefs(project, tip.id)).data;
  const down = await dm.getVersionRelationshipsRefs(project, source.id, { filterDirection: 'from' });
  const page = await dm.getFolderContents(project, folder, { pageLimit: 5, pageNumber: 2 });
  const [download] = (await dm.getVersionDownloads(project, source.id)).data;
  const { url } = await oss.signedS3Download(BUCKET, keyOf(source.relationships.storage.data.id));
  const search = await dm.getFolderSearch(project, folder, { filterFieldName: 'fileType', filterValue: ['pdf'] });
  return {
    names: names(sheets.included),
    sourceFileNames: [...new Set(sheets.data.map((one) => one.attributes.extension.data.sourceFileName))],
    split: source.attributes.extension.data.splittingState,
    path: file.attributes.pathInProject,
    page: [page.data.length, Boolean(page.links.prev), Boolean(page.links.next)],
    same: [
      (await dm.getVersion(project, tip.id)).data.id === tip.id,
      (await dm.getVersionItem(project, tip.id)).data.id === first.id,
      (await dm.getItemVersions(project, first.id)).data[0].id === tip.id,
      (await dm.getItemParentFolder(project, first.id)).data.id === folder,
      (await dm.getItemRefs(project, first.id)).data[0].id === source.id,
      (await dm.getItemRelationshipsRefs(project, first.id)).data[0].meta.fromId === source.id,
      download.relationships.storage.data.id === source.relationships.storage.data.id,
      content.equals(Buffer.from(await (await fetch(url)).arrayBuffer())),
    ],
    down: [down.data.length, down.included.length, down.data[0].meta.extension.type],
    links: (await dm.getItemRelationshipsLinks(project, item)).data,
    formats: (await dm.getVersionDownloadFormats(project, source.id)).data.attributes.formats,
    found: names(search.data),
  };
}

async function command(project, folder, item, version) {
  // The client makes the body around what it is given, and answers with what is inside.
  const run = (call, { data }) => dm[call](project, data);
  const folders = [{ type: 'folders', id: folder }];
  const check = given.commandBody('core:CheckPermission', folders, { requiredActions: ['view', 'download'] });
  const listed = await run('executeListItemsCommand', given.commandBody('core:ListItems', [{ type: 'items', id: item }]));
  const refs = await run('executeListRefsCommand', given.commandBody('core:ListRefs', [{ type: 'versions', id: version }]));
  const publish = given.commandBody('bim360:C4RModelPublish', [{ type: 'items', id: item }]);
  return {
    permissions: (await run('executeCheckPermissionCommand', check)).attributes.extension.data.permissions,
    items: listed.relationships.resources.data.map((one) => one.meta.attributes.displayName),
    refs: refs.relationships.resources.data.length,
    publish: await statusOf(run('executePublishModelCommand', publish)),
  };
}

async function change(project, folder, item) {
  const made = (await dm.createFolder(project, given.folderBody('Floors', folder))).data.id;
  const renamed = await dm.patchFolder(project, made, given.changeBody('folders', made, { name: 'Levels' }));
  const again = await statusOf(dm.createFolder(project, given.folderBody('Levels', folder)));
  await dm.patchFolder(project, made, given.changeBody('folders', made, { hidden: true }));
  const source = (await dm.getItemTip(project, item)).data.id;
  const copied = await dm.createItem(project, given.itemBody('copy.pdf', folder), { copyFrom: source });
  const copy = copied.data.id;
  const named = await dm.patchItem(project, copy, given.changeBody('items', copy, { displayName: 'other.pdf' }));
  const tip = copied.included[0].id;
  const version = await dm.patchVersion(project, tip, given.changeBody('versions', tip, { name: 'third.pdf' }));
  await dm.createVersion(project, given.versionBody('third.pdf', copy, undefined, 'core:Deleted'));
  const hidden = (await dm.getItem(project, copy)).data.attributes.hidden;
  return {
    folder: [renamed.data.attributes.name, again, (await dm.getFolderParent(project, made)).data.id === folder],
    references: [
      (await dm.getFolderRefs(project, made)).data,
      (await dm.getFolderRelationshipsRefs(made, project)).data,
      (await dm.getFolderRelationshipsLinks(project, made)).data,
    ],
    names: [named.data.attributes.displayName, version.data.attributes.name],
    hidden,
    shown: names((await dm.getFolderContents(project, folder, { filterType: [FilterType.Folders] })).data),
    missing: await statusOf(dm.getItem(project, 'urn:adsk.wipprod:dm.lineage:AAAAAAAAAAAAAAAAAAAAAA')),
  };
}

tell(async () => {
  const { project, plans, told } = await find();
  const storage = await upload(project, 'folders', plans.id);
  const made = await dm.createItem(project, given.itemBody('set.pdf', plans.id, storage));
  const item = made.data.id;
  const sheets = await sheetsIn(project, plans.id, 1);
  const looked = await look(project, plans.id, sheets, item);
  const commanded = await command(project, plans.id, item, made.included[0].id);
  const next = await dm.createVersion(project, given.versionBody('set.pdf', item, await upload(project, 'items', item)));
  const later = await sheetsIn(project, plans.id, 2);
  return {
    found: told,
    item: [made.included[0].attributes.extension.data.splittingState, made.data.relationships.tip.data.id === made.included[0].id],
    looked,
    commanded,
    next: [next.data.attributes.versionNumber, later.data.length, later.data[0].id === sheets.data[0].id],
    changed: await change(project, plans.id, item),
  };
});
