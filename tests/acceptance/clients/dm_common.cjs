// What the scripts of Data Management share: bodies as the vendor's tutorials have them, and waiting for sheets.
'use strict';

const PATIENCE_MS = 60000;
const BUCKET = 'wip.dm.prod';
const FILE = 'bim360:File';

/** The project's name and a user who is no member of it: behind what all scripts are given. */
const [projectName, stranger] = process.argv.slice(6);

const jsonapi = { version: '1.0' };
const extension = (type) => ({ type, version: '1.0' });
const related = (type, id) => ({ data: { type, id } });

const storageBody = (name, type, id) => ({
  jsonapi,
  data: { type: 'objects', attributes: { name }, relationships: { target: related(type, id) } },
});

const itemBody = (name, folder, storage) => ({
  jsonapi,
  data: {
    type: 'items',
    attributes: { displayName: name, extension: extension(`items:autodesk.${FILE}`) },
    relationships: { tip: related('versions', '1'), parent: related('folders', folder) },
  },
  included: [
    {
      type: 'versions',
      id: '1',
      attributes: { name, extension: extension(`versions:autodesk.${FILE}`) },
      relationships: storage ? { storage: related('objects', storage) } : {},
    },
  ],
});

const versionBody = (name, item, storage, type = FILE) => ({
  jsonapi,
  data: {
    type: 'versions',
    attributes: { name, extension: extension(`versions:autodesk.${type}`) },
    relationships: { item: related('items', item), ...(storage ? { storage: related('objects', storage) } : {}) },
  },
});

const folderBody = (name, parent) => ({
  jsonapi,
  data: {
    type: 'folders',
    attributes: { name, extension: extension('folders:autodesk.bim360:Folder') },
    relationships: { parent: related('folders', parent) },
  },
});

const changeBody = (type, id, attributes) => ({ jsonapi, data: { type, id, attributes } });

const commandBody = (type, resources, data = {}) => ({
  jsonapi,
  data: {
    type: 'commands',
    attributes: { extension: { type: `commands:autodesk.${type}`, version: '1.0.0', data } },
    relationships: { resources: { data: resources } },
  },
});

/** Returns the name of an object behind the URN of a storage. */
const keyOf = (urn) => urn.split('/').pop();

/** Asks until what is found is enough. */
async function until(enough, ask) {
  const giveUp = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUp) {
    const found = await ask();
    if (enough(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the sheets took too long');
}

/** Returns the names of resources: of their attributes. */
const names = (resources) => resources.map((one) => one.attributes.name || one.attributes.displayName);

module.exports = {
  BUCKET,
  projectName,
  stranger,
  storageBody,
  itemBody,
  versionBody,
  folderBody,
  changeBody,
  commandBody,
  keyOf,
  until,
  names,
};
