// Fewer triangles.
#include "../simplify.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t target = input.below(8);
  const outfeed::Simplifier::Rules rules{target, input.coordinate<double>(), input.flag(), input.flag()};
  const bool has_locks = input.flag(), has_wedges = input.flag();
  const std::size_t each = input.below(3);
  const fuzz::Mesh<double> mesh = fuzz::take_mesh<double>(input, true);
  std::vector<std::uint8_t> locked(mesh.vertex_count());
  for (std::size_t i = 0; i < locked.size(); i += 3) locked[i] = 1;
  try {
    outfeed::Simplifier work(mesh.vertices.data(), mesh.vertex_count(), mesh.faces.data(), mesh.face_count(),
                             has_locks ? locked.data() : nullptr, rules);
    // Wedges are the vertices themselves, and those of a third of them are of another class.
    const std::vector<double> values(each * mesh.vertex_count(), 0.5);
    std::vector<std::int32_t> classes(mesh.vertex_count());
    for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = std::int32_t(i % 3 == 0);
    if (has_wedges) work.add_wedges(mesh.faces.data(), values.data(), mesh.vertex_count(), each, classes.data());
    work.run();
    require(fuzz::names_only_vertices(mesh), "a face that names no vertex is refused");
    require(work.vertices() == mesh.vertex_count() && work.faces() == mesh.face_count(), "rows keep their numbers");
    for (std::size_t f = 0; f < work.faces(); ++f) {
      if (!work.is_alive(f)) continue;
      const std::int32_t *c = work.corners(f);
      for (int i = 0; i < 3; ++i) require(c[i] >= 0 && std::size_t(c[i]) < work.vertices(), "a corner names a vertex");
      require(c[0] != c[1] && c[1] != c[2] && c[2] != c[0], "no face that is left is collapsed");
    }
  } catch (const std::invalid_argument &) {
    require(!fuzz::names_only_vertices(mesh), "a mesh whose vertices are there is taken");
  }
  return 0;
}
