// Faces that cross, and the order of a Morton curve.
#include "../intersections.hpp"
#include "../morton.hpp"

#include "fuzz.hpp"

namespace {

template <class T>
void check_order(const fuzz::Mesh<T> &mesh) {
  const std::size_t count = mesh.vertex_count();
  std::vector<std::uint64_t> codes(count);
  outfeed::Block<std::int32_t> order;
  outfeed::morton_codes(mesh.vertices.data(), count, codes.data());
  outfeed::morton_order(mesh.vertices.data(), count, order);
  require(order.size() == count, "each point has its place");
  std::vector<bool> seen(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = std::size_t(order[i]);
    require(row < count && !seen[row], "no point is twice in the order");
    seen[row] = true;
    require(i == 0 || codes[std::size_t(order[i - 1])] <= codes[row], "the order is that of the codes");
  }
}

template <class T>
void run(fuzz::Input input) {
  const std::size_t most = input.below(8), budget = 1000 * input.below(4);
  const fuzz::Mesh<T> mesh = fuzz::take_mesh<T>(input, true);
  check_order(mesh);
  try {
    outfeed::SelfIntersections<T> found(mesh.vertices.data(), mesh.vertex_count(), mesh.faces.data(), mesh.face_count(),
                                        most, budget);
    outfeed::Block<std::int32_t> pairs;
    found.found().write(pairs);
    require(fuzz::names_only_vertices(mesh), "a face that names no vertex is refused");
    require(pairs.size() / 2 == std::min<std::size_t>(most, found.found().count()), "as many pairs as are asked for");
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      require(pairs[i] >= 0 && pairs[i] < pairs[i + 1], "a face crosses another one");
      require(std::size_t(pairs[i + 1]) < mesh.face_count(), "a pair names faces");
      require(i == 0 || pairs[i - 2] < pairs[i] || pairs[i - 1] < pairs[i + 1], "no pair is found twice");
    }
  } catch (const std::invalid_argument &) {
    require(!fuzz::names_only_vertices(mesh), "a mesh whose vertices are there is taken");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.flag()) run<float>(input);
  else run<double>(input);
  return 0;
}
