// ASCII STL, whole and in pieces.
#include "../stl_ascii.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t most = input.flag() ? 2 : 1000;
  const fuzz::Input cuts(data, std::min<std::size_t>(size, 8));
  input.take<std::uint64_t>();
  const fuzz::Exact text = input.rest();
  outfeed::StlAscii whole(most), pieces(most);
  whole.feed(text.text(), text.size(), true);
  fuzz::feed_in_pieces(pieces, cuts, text);
  const auto &said = whole.complaint(), &again = pieces.complaint();
  require(said.problem == again.problem && said.line == again.line, "pieces give the same complaint as the whole");
  auto &a = whole.welder(), &b = pieces.welder();
  require(a.corners() == b.corners() && a.vertices() == b.vertices(), "pieces give as much as the whole");
  require(fuzz::same(a.index_block().data(), b.index_block().data(), a.corners()), "pieces give the same corners");
  require(fuzz::same(a.vertex_block().data(), b.vertex_block().data(), 3 * a.vertices()), "pieces give the same vertices");
  require(a.corners() % 3 == 0, "corners come in threes");
  require(said.any() || a.corners() / 3 <= most, "there are no more triangles than are allowed");
  for (std::size_t i = 0; i < a.corners(); ++i)
    require(std::size_t(a.index_block()[i]) < a.vertices(), "a corner names a vertex");
  for (std::size_t i = 0; i < 3 * a.vertices(); ++i) require(std::isfinite(a.vertex_block()[i]), "coordinates are finite");
  return 0;
}
