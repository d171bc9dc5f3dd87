// What pages with three share: a lit scene, a camera, and the keys of signed addresses.
import * as THREE from 'three';

export const renderer = new THREE.WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
export const scene = new THREE.Scene();
export const camera = new THREE.PerspectiveCamera(50, window.innerWidth / window.innerHeight, 0.01, 1e5);

export function light() {
  renderer.setSize(window.innerWidth, window.innerHeight);
  document.body.append(renderer.domElement);
  scene.background = new THREE.Color('#d6e0eb');
  const sun = new THREE.DirectionalLight('#ffffff', 2.0);
  camera.add(sun);
  scene.add(camera, new THREE.HemisphereLight('#ffffff', '#808890', 2.0));
}

/** Returns what gives each address the keys of another one, which sign it. */
export function signedLike(url) {
  const keys = new URL(url, window.location).searchParams;
  return (address) => {
    if (/^(blob|data):/.test(address)) return address;
    const asked = new URL(address, window.location);
    for (const [key, value] of keys) if (!asked.searchParams.has(key)) asked.searchParams.set(key, value);
    return asked.toString();
  };
}

/** Turns the camera to a sphere: degrees, and a distance in radii. */
export function lookAt({ center, radius }, { heading = 30, pitch = -25, distance = 2.2 }) {
  const [turn, lift] = [heading, pitch].map(THREE.MathUtils.degToRad);
  const back = new THREE.Vector3(-Math.sin(turn) * Math.cos(lift), -Math.sin(lift), Math.cos(turn) * Math.cos(lift));
  camera.position.copy(center).addScaledVector(back, distance * radius);
  camera.near = 0.01 * radius;
  camera.far = 10 * radius;
  camera.updateProjectionMatrix();
  camera.lookAt(center);
  camera.updateMatrixWorld(true);
}

/** Returns what is hit below an object at a point of the page; undefined: nothing. */
export function hitAt(object, [x, y]) {
  const place = new THREE.Vector2((x / window.innerWidth) * 2 - 1, 1 - (y / window.innerHeight) * 2);
  const ray = new THREE.Raycaster();
  ray.setFromCamera(place, camera);
  return ray.intersectObject(object, true)[0];
}

/** Returns what is told of an object or, next, of what holds it; null: nothing. */
export function above(object, told) {
  for (let one = object; one; one = one.parent) if (told(one.userData)) return told(one.userData);
  return null;
}
