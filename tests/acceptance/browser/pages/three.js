// A page with three and 3d-tiles-renderer as npm has them: shows one tileset, and tells what lies under a pixel.
import * as THREE from 'three';
import { DRACOLoader } from 'three/addons/loaders/DRACOLoader.js';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { TilesRenderer } from '3d-tiles-renderer/three';
import { GLTFExtensionsPlugin, ReorientationPlugin } from '3d-tiles-renderer/three/plugins';
import { above, camera, hitAt, light, lookAt, renderer, scene, signedLike } from './stage.js';

/** Frames in a row without anything left to load, after which a view is called settled. */
const QUIET_FRAMES = 8;

const sphere = new THREE.Sphere();
const failures = [];
let tiles;

/** Gives each request below the tileset the keys of the tileset's own address, which sign it. */
class SignedPlugin {
  constructor(url) {
    this.preprocessURL = signedLike(url);
  }
}

/** Asks the iTwin API for the address of a model's tileset. */
async function tilesetOf({ endpoint, token, iModelId }) {
  const headers = { Authorization: `Bearer ${token}`, Prefer: 'return=representation' };
  const answer = await fetch(`${endpoint}mesh-export/?iModelId=${iModelId}&exportType=3DTILES`, { headers });
  const { exports } = await answer.json();
  const url = new URL(exports.find(({ status }) => status === 'Complete')._links.mesh.href);
  url.pathname += '/tileset.json';
  return url.toString();
}

window.story = {
  async open(given) {
    light();
    const url = given.url || (await tilesetOf(given));
    tiles = new TilesRenderer(url);
    const dracoLoader = new DRACOLoader().setDecoderPath('/three/examples/jsm/libs/draco/gltf/');
    tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: true, meshoptDecoder: MeshoptDecoder, dracoLoader }));
    tiles.registerPlugin(new ReorientationPlugin());
    tiles.registerPlugin(new SignedPlugin(url));
    if (given.error) tiles.errorTarget = given.error;
    const rooted = new Promise((resolve, reject) => {
      tiles.addEventListener('load-root-tileset', resolve);
      tiles.addEventListener('load-error', ({ url: failed, error }) => {
        failures.push(`${failed}: ${error}`);
        reject(error);
      });
    });
    tiles.setCamera(camera);
    tiles.setResolutionFromRenderer(camera, renderer);
    scene.add(tiles.group);
    tiles.update();
    await rooted;
  },

  /** Turns the camera to the tileset: degrees, and a distance in radii of what it shows. */
  look(view) {
    tiles.group.updateMatrixWorld(true);
    tiles.getBoundingSphere(sphere);
    sphere.applyMatrix4(tiles.group.matrixWorld);
    lookAt(sphere, view);
  },

  /** Waits until nothing is left to load, and tells what failed. */
  async settle() {
    for (let quiet = 0; quiet < QUIET_FRAMES; ) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      tiles.update();
      renderer.render(scene, camera);
      // `loadProgress` is 1 too while a tile has left one queue and is not in the next one.
      const { queued, downloading, parsing } = tiles.stats;
      quiet = queued + downloading + parsing ? 0 : quiet + 1;
    }
    return { failures };
  },

  /** Tells the properties of what lies under each point of the page; null: nothing that is a feature. */
  pick(points) {
    return points.map(propertiesAt);
  },
};

/** Tells the properties of the feature under a point; null: there is none. */
function propertiesAt(point) {
  const hit = hitAt(tiles.group, point);
  return hit ? propertiesOf(hit) : null;
}

function propertiesOf(hit) {
  const metadata = above(hit.object, ({ structuralMetadata }) => structuralMetadata);
  if (!metadata) return null;
  const { table, row } = featureOf(hit);
  return metadata.getPropertyTableData(table, row);
}

/** Returns the table and the row of what was hit. */
function featureOf({ object, face, faceIndex, point, instanceId }) {
  if (object.isInstancedMesh) {
    // The renderer reads no EXT_instance_features; three keeps the rows of the instances as an attribute.
    const [{ propertyTable, attribute }] = above(object, ({ gltfExtensions }) => gltfExtensions?.EXT_instance_features).featureIds;
    return { table: propertyTable, row: object.geometry.getAttribute(`_FEATURE_ID_${attribute}`).getX(instanceId) };
  }
  const { meshFeatures } = object.userData;
  const local = object.worldToLocal(point.clone());
  const corners = [face.a, face.b, face.c].map((corner) => object.getVertexPosition(corner, new THREE.Vector3()));
  const shares = THREE.Triangle.getBarycoord(local, ...corners, new THREE.Vector3()) || new THREE.Vector3(1, 0, 0);
  const [row] = meshFeatures.getFeatures(faceIndex, shares);
  return { table: meshFeatures.getFeatureInfo()[0].propertyTable, row };
}
