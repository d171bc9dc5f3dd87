// Lists in rows of bytes, and polygons.
#include <nanobind/stl/string.h>

#include <string>

#include "bind.hpp"
#include "lists.hpp"
#include "polygons.hpp"

namespace outfeed {
namespace {

nb::object cut(const Corners<double> &points, const Numbers &counts, const Numbers &corners) {
  Block<std::int32_t> triangles;
  {
    nb::gil_scoped_release free_others;
    cut_polygons(points.data(), points.shape(0), counts.data(), counts.shape(0), corners.data(), corners.shape(0), triangles);
  }
  const std::size_t count = triangles.size() / 3;
  return array_of(triangles, {count, 3});
}

using Sizes = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

std::vector<std::size_t> sizes_of(const Sizes &sizes) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < sizes.shape(0); ++i) {
    if (sizes.data()[i] < 0) throw std::invalid_argument("a negative size");
    result.push_back(std::size_t(sizes.data()[i]));
  }
  return result;
}

nb::tuple list_rows(const Bytes &data, std::size_t rows, const Sizes &fixed, const std::string &counts, const Sizes &items,
                    bool swapped) {
  const ListLayout layout{sizes_of(fixed), counts, sizes_of(items), swapped};
  if (layout.fixed.size() != layout.lists() + 1 || layout.items.size() != layout.lists() || layout.lists() == 0)
    throw std::invalid_argument("one size of items for each list, and one fixed part more");
  for (const char type : counts) ListLayout::count_bytes(type);
  ListRows reader(layout, data.data(), data.shape(0));
  Block<std::int64_t> at;
  {
    nb::gil_scoped_release free_others;
    reader.find(rows, at);
  }
  const std::size_t parts = layout.lists() + 1, found = at.size() / parts;
  return nb::make_tuple(array_of(at, {found, parts}), reader.used(), reader.needs());
}

}  // namespace

void bind_lists(nb::module_ &m) {
  m.def("cut_polygons", &cut, nb::arg("points").noconvert(), nb::arg("counts").noconvert(), nb::arg("corners").noconvert());
  m.def("list_rows", &list_rows, nb::arg("data").noconvert(), nb::arg("rows"), nb::arg("fixed").noconvert(),
        nb::arg("counts"), nb::arg("items").noconvert(), nb::arg("swapped"));
}

}  // namespace outfeed
