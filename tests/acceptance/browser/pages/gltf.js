// A page with three as npm has it: shows one glTF file by its own loader, and tells which element lies under a pixel.
import * as THREE from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { above, camera, hitAt, light, lookAt, renderer, scene, signedLike } from './stage.js';

const sphere = new THREE.Sphere();
let model;

window.story = {
  async open({ url }) {
    light();
    const manager = new THREE.LoadingManager();
    manager.setURLModifier(signedLike(url));
    ({ scene: model } = await new GLTFLoader(manager).loadAsync(url));
    scene.add(model);
    scene.updateMatrixWorld(true);
    new THREE.Box3().setFromObject(model).getBoundingSphere(sphere);
  },

  look: (view) => lookAt(sphere, view),

  async settle() {
    renderer.render(scene, camera);
    return { failures: [] };
  },

  /** Tells the extras of the element under each point of the page, and its name; null: there is none. */
  pick(points) {
    return points.map((point) => {
      const hit = hitAt(model, point);
      return hit ? above(hit.object, (told) => told.id && told) : null;
    });
  },
};
