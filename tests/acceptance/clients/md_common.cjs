// What the scripts of Model Derivative share.
'use strict';

const { readFileSync } = require('node:fs');

const PATIENCE_MS = 60000;
const OUTPUTS = ['stl', 'obj', 'glb'];

/** Where the drawing is: behind what all scripts are given. */
const drawing = process.argv[6];

/** Returns the name of an object as paths have it. */
const urnOf = (objectId) => Buffer.from(objectId).toString('base64url');

const base64 = (bytes) => Buffer.from(bytes).toString('base64');

/** Asks for a manifest until nothing goes on, and returns it. */
async function finished(ask) {
  const giveUp = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUp) {
    const manifest = await ask();
    if (!['pending', 'inprogress'].includes(manifest.status)) return manifest;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the translation took too long');
}

/** Returns the files of an output. */
const childrenOf = (manifest, type) => manifest.derivatives.find((one) => one.outputType === type).children;

/** Returns the URN of the only file of an output. */
function fileOf(manifest, type) {
  const children = childrenOf(manifest, type);
  if (children.length !== 1) throw new Error(`${type}: ${JSON.stringify(children)}`);
  return children[0].urn;
}

/** Returns what a promise was refused with, as a status, whichever client it is. */
async function statusOf(promise) {
  try {
    await promise;
  } catch (error) {
    if (error.httpStatusCode) return error.httpStatusCode();
    const answer = error.axiosError || error;
    return (answer.response && answer.response.status) || error.statusCode;
  }
  throw new Error('this should have been refused');
}

module.exports = { OUTPUTS, drawing, drawingBytes: () => readFileSync(drawing), urnOf, base64, finished, childrenOf, fileOf, statusOf };
