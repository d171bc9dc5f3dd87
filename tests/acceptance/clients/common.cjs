// What all client scripts share: what to talk to, what to say, and plain requests where no client has a call.
'use strict';

const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

const [address, clientId, clientSecret, file] = process.argv.slice(2);
const content = file ? readFileSync(file) : Buffer.alloc(0);

const SCOPES = ['data:read', 'data:write', 'data:create', 'bucket:create', 'bucket:read', 'bucket:delete'];
const FILE_TYPES = ['obj', 'stl_ascii', 'stl_binary', 'glb'];
const PATIENCE_MS = 60000;

const sha1 = (bytes) => createHash('sha1').update(bytes).digest('hex');

/** Returns what a promise was refused with; a promise that is kept is an error here. */
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('this should have been refused');
}

async function ask(token, method, path, body) {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

/** Returns the status and the bytes of an address, asked for without a token. */
async function fetched(url, options) {
  const response = await fetch(url, options);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Returns a signed resource's id. */
const idOf = (url) => new URL(url).pathname.split('/').pop();

/** Polls a task as the vendor's own scripts do and returns its result. */
async function finished(token, task) {
  const giveUp = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUp) {
    const now = await (await ask(token, 'GET', `/ps/v1/print/tasks/${task.id}`)).json();
    if (now.status === 'done') return now.result;
    if (now.status === 'error') throw new Error(JSON.stringify(now.error));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`task ${task.id} took too long`);
}

async function start(token, call, body) {
  const response = await ask(token, 'POST', `/ps/v1/geom/meshes/${call}`, body);
  if (response.status !== 202) throw new Error(`${call}: ${response.status}`);
  return finished(token, await response.json());
}

/** Returns where a result is downloaded: an object's URN is split at "/", as the vendor's sample app does. */
function addressOf(id) {
  const [first, name] = id.split('/');
  return name ? `/oss/v2/buckets/${first.split(':').pop()}/objects/${name}` : `/ps/v1/files/${id}`;
}

/** Imports a file, exports it in every type, and downloads each. */
async function exportAll(token, source) {
  const mesh = await start(token, 'import', { file_id: source, name: 'part' });
  const exported = {};
  for (const type of FILE_TYPES) {
    const { file_id: id } = await start(token, 'export', { id: mesh.id, file_type: type });
    const response = await ask(token, 'GET', addressOf(id));
    exported[type] = Buffer.from(await response.arrayBuffer()).toString('base64');
  }
  return { triangles: mesh.geom.num_triangles, vertices: mesh.geom.num_vertices, exported };
}

/** Runs a script's story and prints what it tells as JSON. */
function tell(story) {
  story().then(
    (told) => process.stdout.write(JSON.stringify(told)),
    (error) => {
      process.stderr.write(`${error && error.stack}\n${JSON.stringify(error && error.response && error.response.data)}\n`);
      process.exitCode = 1;
    },
  );
}

module.exports = {
  address,
  clientId,
  clientSecret,
  content,
  file,
  SCOPES,
  sha1,
  refusal,
  ask,
  fetched,
  idOf,
  exportAll,
  tell,
};
