// Normals for drawing, from `creases.hpp`.
#include "bind.hpp"
#include "creases.hpp"

namespace outfeed {
namespace {

nb::tuple creased(const Triples &points, const Numbers &elements, const Triples &faces, double crease) {
  const std::size_t vertices = points.shape(0), count = faces.shape(0);
  constexpr std::size_t kMost = std::size_t(std::numeric_limits<std::int32_t>::max()) / 4;
  if (count > kMost / 3 || vertices > kMost) throw std::invalid_argument("too many faces");
  if (elements.shape(0) != vertices) throw std::invalid_argument("one element for each vertex");
  Creases creases(points.data(), elements.data(), faces.data(), crease);
  {
    nb::gil_scoped_release free_others;
    creases.find(vertices, count);
  }
  const std::size_t made = creases.rows.size();
  nb::object rows = array_of(creases.rows, {made}), normals = array_of(creases.normals, {made, 4});
  return nb::make_tuple(rows, normals, array_of(creases.corners, {count, 3}));
}

}  // namespace

void bind_creases(nb::module_ &m) {
  m.def("creased", &creased, nb::arg("points").noconvert(), nb::arg("elements").noconvert(),
        nb::arg("faces").noconvert(), nb::arg("crease"));
}

}  // namespace outfeed
