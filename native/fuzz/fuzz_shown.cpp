// Faces on a picture, and the normals of corners.
#include "../normals.hpp"
#include "../raster.hpp"

#include "fuzz.hpp"

namespace {

outfeed::Camera take_camera(fuzz::Input &input) {
  outfeed::Camera camera;
  for (double &value : camera.centre) value = input.coordinate<double>();
  for (auto &row : camera.rows)
    for (double &value : row) value = input.coordinate<double>();
  return camera;
}

template <class T>
void draw(const fuzz::Mesh<T> &mesh, const outfeed::Camera &camera, std::size_t width, std::size_t height) {
  std::vector<std::int32_t> faces(width * height, -1);
  std::vector<double> depths(width * height, std::numeric_limits<double>::infinity());
  const outfeed::Picture picture{std::int64_t(width), std::int64_t(height), faces.data(), depths.data(), nullptr};
  outfeed::Raster raster(picture, 100'000);
  outfeed::draw_faces(mesh.vertices.data(), mesh.vertex_count(), mesh.faces.data(), mesh.face_count(), camera, raster);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    require(faces[i] >= -1 && faces[i] < std::int32_t(mesh.face_count()), "a sample shows a face");
    require((faces[i] < 0) == std::isinf(depths[i]), "what is shown has a depth");
  }
}

template <class T>
void run(fuzz::Input input) {
  const outfeed::Camera camera = take_camera(input);
  const std::size_t width = 1 + input.below(12), height = 1 + input.below(12);
  const double crease = input.coordinate<double>();
  const fuzz::Mesh<T> mesh = fuzz::take_mesh<T>(input);
  std::vector<float> normals(9 * mesh.face_count());
  try {
    outfeed::Normals::write(mesh.vertices.data(), mesh.vertex_count(), mesh.faces.data(), mesh.face_count(), camera,
                            crease, normals.data());
    require(fuzz::names_only_vertices(mesh), "normals of a vertex that is not there are refused");
    draw(mesh, camera, width, height);
  } catch (const std::invalid_argument &) {
    require(!fuzz::names_only_vertices(mesh), "a mesh whose vertices are there is taken");
  }
  double bounds[6];
  outfeed::projected_bounds(mesh.vertices.data(), mesh.vertex_count(), camera, bounds);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.flag()) run<float>(input);
  else run<double>(input);
  return 0;
}
