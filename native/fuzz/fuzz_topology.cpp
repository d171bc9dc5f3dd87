// Edges, parts, fans and rims of a mesh; its collapsed and collinear faces, spikes and sums.
#include "../collinear.hpp"
#include "../moments.hpp"
#include "../parts.hpp"
#include "../rims.hpp"

#include "fuzz.hpp"

namespace {

void require_rows(const outfeed::Block<std::int32_t> &rows, std::int32_t lowest, std::size_t count, const char *what) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    require(rows[i] >= lowest && (rows[i] < 0 || std::size_t(rows[i]) < count), what);
}

void check_edges(const outfeed::Faces &faces, const outfeed::Edges &edges) {
  require(edges.across.size() == faces.sides(), "each side has an entry");
  require_rows(edges.across, outfeed::kCollapsed, faces.sides(), "a side is beside a side");
  for (std::size_t side = 0; side < faces.sides(); ++side) {
    const std::int32_t other = edges.across[side];
    require(other < 0 || edges.across[std::size_t(other)] == std::int32_t(side), "sides are beside each other");
    require((other == outfeed::kCollapsed) == faces.collapsed(side / 3), "only collapsed faces have no sides");
  }
  require_rows(edges.open, 0, faces.sides(), "an open side is there");
  require_rows(edges.duplicates, 0, faces.count, "a face that is there twice is there");
}

template <class T>
void check_sums(const fuzz::Mesh<T> &mesh, const outfeed::Faces &faces, const outfeed::Parts &parts) {
  outfeed::Block<std::int32_t> degenerate, spikes;
  const outfeed::Frame frame{{0.5, 0, -1}, 0.25};
  double whole[outfeed::Moments::kWhole];
  std::vector<double> volumes(parts.count);
  outfeed::find_degenerate(mesh.vertices.data(), faces, degenerate);
  outfeed::find_spikes(mesh.vertices.data(), faces, frame, 8.0, spikes);
  outfeed::Moments::write(mesh.vertices.data(), faces, parts.labels.data(), parts.count, frame, whole, volumes.data());
  require_rows(degenerate, 0, faces.count, "a degenerate face is there");
  require_rows(spikes, 0, faces.vertices, "the tip of a spike is there");
}

template <class T>
void run(fuzz::Input input) {
  const fuzz::Mesh<T> mesh = fuzz::take_mesh<T>(input, true);
  const outfeed::Faces faces{mesh.faces.data(), mesh.face_count(), mesh.vertex_count()};
  try {
    faces.check();
  } catch (const std::invalid_argument &) {
    require(!fuzz::names_only_vertices(mesh), "a mesh whose vertices are there is taken");
    return;
  }
  require(fuzz::names_only_vertices(mesh), "a face that names no vertex is refused");
  const outfeed::Edges edges(faces);
  check_edges(faces, edges);
  const outfeed::Parts parts(faces, edges);
  require_rows(parts.labels, -1, parts.count, "a face is of a part");
  require(parts.labels.size() == faces.count, "each face is labelled");
  const outfeed::Fans fans(faces, edges, parts.labels, parts.count);
  require_rows(fans.several, 0, faces.vertices, "a vertex of several fans is there");
  const outfeed::Rims rims(faces, edges);
  require_rows(rims.vertices, 0, faces.vertices, "a vertex of a rim is there");
  for (std::size_t i = 1; i < rims.starts.size(); ++i)
    require(rims.starts[i - 1] < rims.starts[i] && std::size_t(rims.starts[i]) <= rims.vertices.size(), "rims have vertices");
  check_sums(mesh, faces, parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.flag()) run<float>(input);
  else run<double>(input);
  return 0;
}
