// A page with CesiumJS as npm has it: shows one tileset, without a globe, and tells what lies under a pixel.
'use strict';

/** Frames in a row without anything left to load, after which a view is called settled. */
const QUIET_FRAMES = 8;

let viewer;
let tileset;
const failures = [];

/** Opens a tileset by its address, or that of a model by the iTwin API. */
async function opened({ url, endpoint, token, shareKey, iModelId, error }) {
  const options = error ? { maximumScreenSpaceError: error } : {};
  if (url) return Cesium.Cesium3DTileset.fromUrl(url, options);
  Cesium.ITwinPlatform.apiEndpoint = new Cesium.Resource({ url: endpoint });
  Cesium.ITwinPlatform.defaultAccessToken = token;
  Cesium.ITwinPlatform.defaultShareKey = shareKey;
  return Cesium.ITwinData.createTilesetFromIModelId({ iModelId, tilesetOptions: options });
}

function madeViewer() {
  const off = Object.fromEntries(
    ['animation', 'baseLayerPicker', 'fullscreenButton', 'geocoder', 'homeButton', 'infoBox', 'sceneModePicker']
      .concat(['selectionIndicator', 'timeline', 'navigationHelpButton', 'globe', 'baseLayer', 'skyBox'])
      .concat(['skyAtmosphere'])
      .map((name) => [name, false]),
  );
  const creditContainer = document.createElement('div');
  // Each picture is drawn when it is asked for: without a graphics card it takes a while.
  return new Cesium.Viewer('view', { ...off, creditContainer, msaaSamples: 1, useDefaultRenderLoop: false });
}

/** Moves a tileset that does not say where it is from the middle of the earth to its surface. */
function placeOnEarth() {
  const { center } = tileset.boundingSphere;
  if (Cesium.Cartesian3.magnitude(center) > 1e6) return;
  const place = Cesium.Cartesian3.fromDegrees(8.4, 49.0, -center.z);
  tileset.modelMatrix = Cesium.Transforms.eastNorthUpToFixedFrame(place);
}

window.story = {
  async open(given) {
    viewer = madeViewer();
    viewer.scene.backgroundColor = Cesium.Color.fromCssColorString('#d6e0eb');
    tileset = await opened(given);
    if (!tileset) throw new Error('the model has no complete export');
    tileset.tileFailed.addEventListener(({ url, message }) => failures.push(`${url}: ${message}`));
    viewer.scene.primitives.add(tileset);
    placeOnEarth();
  },

  /** Turns the camera to the tileset: degrees, and a distance in radii of what it shows. */
  look({ heading = 30, pitch = -25, distance = 2.2 }) {
    const { toRadians } = Cesium.Math;
    const range = distance * tileset.boundingSphere.radius;
    viewer.camera.frustum.near = range / 1000;
    viewer.camera.viewBoundingSphere(
      tileset.boundingSphere,
      new Cesium.HeadingPitchRange(toRadians(heading), toRadians(pitch), range),
    );
    // The sun of an arbitrary hour may be below the horizon: the light comes from behind the camera.
    const direction = Cesium.Cartesian3.clone(viewer.camera.directionWC);
    viewer.scene.light = new Cesium.DirectionalLight({ direction, intensity: 2.5 });
  },

  /** Waits until nothing is left to load, and tells what failed. */
  async settle() {
    for (let quiet = 0; quiet < QUIET_FRAMES; ) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      viewer.render();
      quiet = tileset.tilesLoaded ? quiet + 1 : 0;
    }
    return { failures };
  },

  /** Tells the properties of what lies under each point of the page; null: nothing that is a feature. */
  pick(points) {
    return points.map(propertiesAt);
  },
};

/** Tells the properties of the feature under a point; null: there is none. */
function propertiesAt([x, y]) {
  const found = viewer.scene.pick(new Cesium.Cartesian2(x, y));
  if (!found || !found.getPropertyIds) return null;
  return Object.fromEntries(found.getPropertyIds().map((name) => [name, found.getProperty(name)]));
}
