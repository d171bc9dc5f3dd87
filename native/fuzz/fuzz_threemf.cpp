// Rows of a 3MF mesh: whole, and cut in two anywhere.
#include "../threemf_rows.hpp"

#include <string_view>

#include "fuzz.hpp"

namespace {

std::size_t read(outfeed::MeshRows &rows, const fuzz::Exact &text, bool vertices) {
  const std::string_view view(text.text(), text.size());
  const std::size_t used = vertices ? rows.read_vertices(view, "vertex") : rows.read_triangles(view, "m:triangle", 3);
  require(used <= text.size(), "no more is read than there is");
  return used;
}

template <class T>
void require_same(outfeed::Block<T> &a, outfeed::Block<T> &b) {
  require(a.size() == b.size() && fuzz::same(a.data(), b.data(), a.size()), "pieces give the same rows as the whole");
}

void check(outfeed::MeshRows &rows, std::size_t most) {
  require(rows.points().size() % 3 == 0 && rows.corners().size() % 3 == 0, "rows have three numbers");
  require(rows.triangles() <= most, "there are no more triangles than are allowed");
  for (std::size_t i = 0; i < rows.corners().size(); ++i) require(rows.corners()[i] >= 0, "no corner is negative");
  for (std::size_t i = 0; i < rows.properties().size(); i += 5) {
    const std::int64_t *row = rows.properties().data() + i;
    require(row[0] >= 0 && std::size_t(row[0]) < rows.triangles(), "properties are those of a triangle");
    require(i == 0 || row[-5] < row[0], "properties come in the order of triangles");
    for (int k = 1; k < 5; ++k) require(row[k] >= 0, "no property is negative");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const bool vertices = input.flag();
  const std::size_t most = input.flag() ? 1 : 100, cut = input.below(256);
  const fuzz::Exact text = input.rest();
  outfeed::MeshRows whole(most), pieces(most);
  const std::size_t used = read(whole, text, vertices);
  check(whole, most);
  const std::size_t first = read(pieces, fuzz::Exact(text.data(), std::min(cut, text.size())), vertices);
  const std::size_t second = read(pieces, fuzz::Exact(text.data() + first, text.size() - first), vertices);
  require(first + second == used && whole.lines() == pieces.lines(), "pieces are read as far as the whole");
  require_same(whole.points(), pieces.points());
  require_same(whole.corners(), pieces.corners());
  require_same(whole.properties(), pieces.properties());
  return 0;
}
