// OBJ, whole and in pieces.
#include "../obj.hpp"

#include "fuzz.hpp"

namespace {

template <class T>
void require_same(outfeed::Block<T> &a, outfeed::Block<T> &b, const char *what) {
  require(a.size() == b.size() && fuzz::same(a.data(), b.data(), a.size()), what);
}

void require_rows(outfeed::Block<std::int32_t> &rows, std::int32_t lowest, std::size_t count, const char *what) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    require(rows[i] >= lowest && (rows[i] < 0 || std::size_t(rows[i]) < count), what);
}

void check(outfeed::Obj &mesh, std::size_t most) {
  const std::size_t corners = mesh.faces().size(), triangles = corners / 3;
  require(corners % 3 == 0 && triangles <= most, "there are no more triangles than are allowed");
  require_rows(mesh.faces(), 0, mesh.vertices().size() / 3, "a corner names a vertex");
  for (std::size_t i = 0; i < corners; ++i)
    for (int axis = 0; axis < 3; ++axis)
      require(std::isfinite(mesh.vertices()[3 * std::size_t(mesh.faces()[i]) + axis]), "a corner is somewhere");
  if (mesh.uv_faces().size() != 0) {
    require(mesh.uv_faces().size() == corners, "each corner has a row for its texture coordinate");
    require_rows(mesh.uv_faces(), -1, mesh.uvs().size() / 2, "a row of texture coordinates is there");
  }
  if (mesh.colors().table().size() != 0) {
    require(mesh.colors().corners().size() == corners, "each corner has a row for its colour");
    require_rows(mesh.colors().corners(), -1, mesh.colors().table().size() / 4, "a row of colours is there");
  }
  if (!mesh.materials().names().empty()) {
    require(mesh.materials().faces().size() == triangles, "each triangle has a row for its material");
    require_rows(mesh.materials().faces(), -1, mesh.materials().names().size(), "a material is there");
  }
  if (auto &groups = mesh.groups().groups(); !groups.names().empty()) {
    require(groups.faces().size() == triangles, "each triangle has a row for its group");
    require_rows(groups.faces(), -1, groups.names().size(), "a group is there");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t most = input.flag() ? 3 : 1000;
  const fuzz::Input cuts(data, std::min<std::size_t>(size, 8));
  input.take<std::uint64_t>();
  const fuzz::Exact text = input.rest();
  outfeed::Obj whole(most, true), pieces(most, true);
  whole.feed(text.text(), text.size(), true);
  fuzz::feed_in_pieces(pieces, cuts, text);
  whole.finish();
  pieces.finish();
  const auto &said = whole.complaint(), &again = pieces.complaint();
  require(said.problem == again.problem && said.line == again.line, "pieces give the same complaint as the whole");
  if (said.any()) return 0;
  check(whole, most);
  require_same(whole.vertices(), pieces.vertices(), "pieces give the same vertices");
  require_same(whole.faces(), pieces.faces(), "pieces give the same faces");
  require_same(whole.uvs(), pieces.uvs(), "pieces give the same texture coordinates");
  require_same(whole.uv_faces(), pieces.uv_faces(), "pieces give the same corners of texture coordinates");
  require_same(whole.colors().table(), pieces.colors().table(), "pieces give the same colours");
  require_same(whole.materials().faces(), pieces.materials().faces(), "pieces give the same materials");
  require(whole.materials().names() == pieces.materials().names(), "pieces give the same names of materials");
  require_same(whole.groups().groups().faces(), pieces.groups().groups().faces(), "pieces give the same groups");
  require(whole.groups().groups().names() == pieces.groups().groups().names(), "pieces give the same names of groups");
  require(whole.libraries() == pieces.libraries(), "pieces give the same libraries");
  return 0;
}
