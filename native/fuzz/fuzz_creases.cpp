// Normals for drawing: every corner keeps its vertex, every new vertex is used, and its normal has the length 1.
#include "../creases.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const double creases[] = {0.8, -1.0, 1.0, 0.0};
  const double crease = creases[input.below(4)];
  const std::size_t elements = 1 + input.below(3);
  const fuzz::Mesh<std::int32_t> mesh = fuzz::take_mesh<std::int32_t>(input);
  std::vector<std::int32_t> whose;
  for (std::size_t v = 0; v < mesh.vertex_count(); ++v) whose.push_back(std::int32_t(v % elements));
  outfeed::Creases found(mesh.vertices.data(), whose.data(), mesh.faces.data(), crease);
  try {
    found.find(mesh.vertex_count(), mesh.face_count());
  } catch (const std::invalid_argument &) {
    require(!fuzz::names_only_vertices(mesh), "a mesh whose vertices are there is taken");
    return 0;
  }
  require(fuzz::names_only_vertices(mesh), "a face that names no vertex is refused");
  require(found.corners.size() == mesh.faces.size(), "each corner has a new vertex");
  require(found.normals.size() == 4 * found.rows.size(), "each new vertex has a normal");
  std::vector<bool> used(found.rows.size());
  for (std::size_t i = 0; i < mesh.faces.size(); ++i) {
    const auto row = std::size_t(found.corners[i]);
    require(row < found.rows.size() && found.rows[row] == mesh.faces[i], "a corner keeps its vertex");
    used[row] = true;
  }
  for (std::size_t row = 0; row < used.size(); ++row) {
    require(used[row], "a new vertex is used");
    const std::int8_t *n = found.normals.data() + 4 * row;
    const int square = n[0] * n[0] + n[1] * n[1] + n[2] * n[2];
    require(square > 125 * 125 && square < 129 * 129 && n[3] == 0, "a normal has the length 1");
  }
  return 0;
}
