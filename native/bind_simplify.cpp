// The edge collapses of `simplify.hpp` for Python.
#include "bind.hpp"

#include <nanobind/stl/optional.h>

#include <optional>

#include "simplify.hpp"

namespace outfeed {
namespace {

using Values = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

nb::tuple result_of(const Simplifier &done) {
  Block<double> positions, values;
  Block<std::uint8_t> moved;
  Block<std::int32_t> faces, wedges, rows;
  {
    nb::gil_scoped_release free_others;
    for (std::size_t v = 0; v < done.vertices(); ++v) {
      const Point &p = done.position(v);
      double *to = positions.extend(3);
      to[0] = p.x, to[1] = p.y, to[2] = p.z;
      moved.push(done.moved(v));
    }
    for (std::size_t f = 0; f < done.faces(); ++f) {
      if (!done.is_alive(f)) continue;
      rows.push(std::int32_t(f));
      std::copy_n(done.corners(f), 3, faces.extend(3));
      if (done.has_wedges()) std::copy_n(done.wedges(f), 3, wedges.extend(3));
    }
    std::copy_n(done.values().data(), done.values().size(), values.extend(done.values().size()));
  }
  const std::size_t n = moved.size(), m = rows.size(), w = wedges.size() / 3, k = values.size();
  nb::object at = array_of(positions, {n, 3}), is_moved = array_of(moved, {n}), corners = array_of(faces, {m, 3});
  nb::object from = array_of(rows, {m}), of = array_of(wedges, {w, 3}), with = array_of(values, {k});
  return nb::make_tuple(at, is_moved, corners, from, of, with, done.error());
}

nb::tuple simplify(const Corners<double> &positions, const Triples &faces, std::size_t target, double most_error,
                   bool lock_borders, bool keep_positions, const std::optional<Bytes> &locked,
                   const std::optional<Triples> &wedges, const std::optional<Values> &values,
                   const std::optional<Numbers> &classes) {
  constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
  if (positions.shape(0) > kMost || faces.shape(0) > kMost / 3) throw std::length_error("too many triangles");
  if (locked && locked->shape(0) != positions.shape(0)) throw std::invalid_argument("one lock for each vertex");
  if (wedges.has_value() != values.has_value() || wedges.has_value() != classes.has_value())
    throw std::invalid_argument("wedges, values and classes come together");
  if (wedges && (wedges->shape(0) != faces.shape(0) || values->shape(0) != classes->shape(0) || values->shape(0) > kMost))
    throw std::invalid_argument("the wedges do not fit the faces");
  std::optional<Simplifier> work;
  {
    nb::gil_scoped_release free_others;
    work.emplace(positions.data(), positions.shape(0), faces.data(), faces.shape(0), locked ? locked->data() : nullptr,
                 Simplifier::Rules{target, most_error, lock_borders, keep_positions});
    if (wedges) work->add_wedges(wedges->data(), values->data(), values->shape(0), values->shape(1), classes->data());
    work->run();
  }
  return result_of(*work);
}

}  // namespace

void bind_simplify(nb::module_ &m) {
  m.def("simplify", &simplify, nb::arg("positions").noconvert(), nb::arg("faces").noconvert(), nb::arg("target"),
        nb::arg("most_error"), nb::arg("lock_borders"), nb::arg("keep_positions"),
        nb::arg("locked").noconvert() = nb::none(), nb::arg("wedges").noconvert() = nb::none(),
        nb::arg("values").noconvert() = nb::none(), nb::arg("classes").noconvert() = nb::none());
}

}  // namespace outfeed
