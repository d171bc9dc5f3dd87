// Trees of tiles: leaves, what they have in common, rows that are equal, and how far a surface is.
#include <nanobind/stl/array.h>

#include "bind.hpp"
#include "tiles_distance.hpp"
#include "tiles_leaves.hpp"
#include "tiles_rows.hpp"
#include "tiles_split.hpp"
#include "tiles_steps.hpp"

namespace outfeed {
namespace {

using Table = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

void check_same(std::size_t a, std::size_t b) {
  if (a != b) throw std::invalid_argument("arrays of different lengths");
}

nb::object halved_units(const Triples &keys, const Numbers &weights, int depth) {
  const std::size_t count = keys.shape(0);
  check_same(count, weights.shape(0));
  Block<std::int32_t> leaves;
  {
    nb::gil_scoped_release free_others;
    Halving(keys.data(), weights.data(), count, depth, leaves.extend(count));
  }
  return array_of(leaves, {count});
}

nb::object corner_sums_of(const Triples &points, const Triples &faces) {
  const std::size_t count = faces.shape(0);
  Block<std::int32_t> sums;
  {
    nb::gil_scoped_release free_others;
    sums.reserve(3 * count);
    corner_sums(points.data(), points.shape(0), faces.data(), count, sums.extend(3 * count));
  }
  return array_of(sums, {count, 3});
}

nb::object meeting_depths_of(const Triples &faces, const Numbers &leaves, std::size_t vertices, int depth) {
  const std::size_t count = faces.shape(0);
  check_same(count, leaves.shape(0));
  Block<std::uint8_t> meet;
  {
    nb::gil_scoped_release free_others;
    meeting_depths(faces.data(), leaves.data(), count, vertices, depth, meet.extend(vertices));
  }
  return array_of(meet, {vertices});
}

nb::tuple split_leaves(const Triples &faces, const Numbers &leaves, std::size_t vertices, int depth) {
  const std::size_t count = faces.shape(0);
  check_same(count, leaves.shape(0));
  Leaves made;
  {
    nb::gil_scoped_release free_others;
    made.split(faces.data(), leaves.data(), count, vertices, depth);
  }
  const std::size_t rows = made.rows.size(), starts = made.face_starts.size();
  nb::object local = array_of(made.faces, {count, 3}), face_starts = array_of(made.face_starts, {starts});
  nb::object used = array_of(made.rows, {rows});
  return nb::make_tuple(local, face_starts, used, array_of(made.row_starts, {starts}));
}

nb::tuple weld_rows_of(const Table &rows) {
  const std::size_t count = rows.shape(0);
  Block<std::int32_t> first, index;
  {
    nb::gil_scoped_release free_others;
    weld_rows(rows.data(), count, rows.shape(1), first, index);
  }
  const std::size_t different = first.size();
  nb::object kept = array_of(first, {different});
  return nb::make_tuple(kept, array_of(index, {count}));
}

double farthest_of(const Triples &vertices, const Triples &faces, const Triples &other_vertices,
                   const Triples &other_faces, std::size_t samples, double least) {
  if (!(least >= 0)) throw std::invalid_argument("no distance");
  nb::gil_scoped_release free_others;
  const Surface surface(vertices.data(), vertices.shape(0), faces.data(), faces.shape(0));
  Surface other(other_vertices.data(), other_vertices.shape(0), other_faces.data(), other_faces.shape(0));
  other.sort();
  return other.farthest(surface, samples, least);
}

nb::tuple steps_from(const Triples &points, const Numbers &rows, std::array<std::int64_t, 3> offset) {
  constexpr std::int64_t kFarthest = std::int64_t(1) << 62;
  for (const std::int64_t steps : offset)
    if (steps > kFarthest || steps < -kFarthest) throw std::invalid_argument("an offset that is off the grid");
  const std::size_t count = rows.shape(0);
  Block<std::uint16_t> steps;
  Block<std::int64_t> box;
  {
    nb::gil_scoped_release free_others;
    steps.reserve(4 * count);
    write_steps(points.data(), points.shape(0), rows.data(), count, offset.data(), steps.extend(4 * count), box.extend(6));
  }
  nb::object made = array_of(steps, {count, 4});
  return nb::make_tuple(made, array_of(box, {2, 3}));
}

}  // namespace

void bind_tiles(nb::module_ &m) {
  m.def("halved_units", &halved_units, nb::arg("keys").noconvert(), nb::arg("weights").noconvert(), nb::arg("depth"));
  m.def("corner_sums", &corner_sums_of, nb::arg("points").noconvert(), nb::arg("faces").noconvert());
  m.def("meeting_depths", &meeting_depths_of, nb::arg("faces").noconvert(), nb::arg("leaves").noconvert(),
        nb::arg("vertices"), nb::arg("depth"));
  m.def("split_leaves", &split_leaves, nb::arg("faces").noconvert(), nb::arg("leaves").noconvert(),
        nb::arg("vertices"), nb::arg("depth"));
  m.def("farthest", &farthest_of, nb::arg("points").noconvert(), nb::arg("faces").noconvert(),
        nb::arg("other_points").noconvert(), nb::arg("other_faces").noconvert(), nb::arg("samples"),
        nb::arg("least"));
  m.def("steps_from", &steps_from, nb::arg("points").noconvert(), nb::arg("rows").noconvert(), nb::arg("offset"));
  m.def("weld_rows", &weld_rows_of, nb::arg("rows").noconvert());
}

}  // namespace outfeed
