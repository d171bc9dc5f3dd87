// The Khronos glTF validator over all files of a folder, in one process: prints each file's errors and warnings.
'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const validator = require('gltf-validator');

(async () => {
  const folder = process.argv[2];
  const told = {};
  for (const name of readdirSync(folder).filter((one) => /\.(glb|gltf)$/.test(one))) {
    const read = (file) => new Uint8Array(readFileSync(join(folder, file)));
    const externalResourceFunction = async (uri) => read(uri);
    const { issues, info } = await validator.validateBytes(read(name), { externalResourceFunction });
    const { totalTriangleCount: triangles = 0 } = info;
    const messages = issues.messages.filter((one) => one.severity < 2).map((one) => `${one.code} ${one.pointer}`);
    told[name] = { errors: issues.numErrors, warnings: issues.numWarnings, messages, triangles };
  }
  process.stdout.write(JSON.stringify(told));
})();
