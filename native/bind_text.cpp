// Numbers as text.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <optional>
#include <string>

#include "bind.hpp"
#include "numbers.hpp"
#include "rows.hpp"

namespace outfeed {
namespace {

template <class T>
using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

nb::object text_of(Rows &rows) {
  const std::size_t size = rows.block().size();
  return array_of(rows.block(), {size});
}

nb::tuple numbers(const Bytes &text) {
  Block<double> values;
  std::size_t used = 0;
  {
    nb::gil_scoped_release free_others;
    used = read_numbers(reinterpret_cast<const char *>(text.data()), text.shape(0), values);
  }
  const std::size_t count = values.size();
  return nb::make_tuple(array_of(values, {count}), used);
}

nb::object as_written(const Table<float> &values) {
  Block<double> doubles;
  {
    nb::gil_scoped_release free_others;
    const std::size_t count = values.shape(0) * values.shape(1);
    write_as_doubles(values.data(), count, doubles.extend(count));
  }
  return array_of(doubles, {values.shape(0), values.shape(1)});
}

template <class T>
nb::object point_rows(const std::string &word, const Table<T> &values) {
  Rows rows;
  {
    nb::gil_scoped_release free_others;
    write_points(rows, word, values.data(), values.shape(0), values.shape(1));
  }
  return text_of(rows);
}

template <class T>
nb::object table_rows(const Table<T> &values) {
  Rows rows;
  {
    nb::gil_scoped_release free_others;
    write_table(rows, values.data(), values.shape(0), values.shape(1));
  }
  return text_of(rows);
}

nb::object face_rows(const Triples &faces, const std::optional<Triples> &uv_faces) {
  if (uv_faces && uv_faces->shape(0) != faces.shape(0)) throw std::invalid_argument("one row of uv_faces for each face");
  Rows rows;
  {
    nb::gil_scoped_release free_others;
    write_faces(rows, faces.data(), uv_faces ? uv_faces->data() : nullptr, faces.shape(0));
  }
  return text_of(rows);
}

template <class T>
nb::object facet_rows(const Corners<T> &vertices, const Triples &faces) {
  Rows rows;
  {
    nb::gil_scoped_release free_others;
    const std::int32_t *first = faces.data(), *last = first + faces.size();
    const auto count = std::int64_t(vertices.shape(0));
    if (std::any_of(first, last, [&](std::int32_t corner) { return corner < 0 || corner >= count; }))
      throw std::invalid_argument("a corner that is no vertex");
    write_facets(rows, vertices.data(), first, faces.shape(0));
  }
  return text_of(rows);
}

}  // namespace

void bind_text(nb::module_ &m) {
  m.def("numbers", &numbers, nb::arg("text").noconvert());
  m.def("as_written", &as_written, nb::arg("values").noconvert());
  m.def("point_rows", &point_rows<float>, nb::arg("word"), nb::arg("values").noconvert());
  m.def("point_rows", &point_rows<double>, nb::arg("word"), nb::arg("values").noconvert());
  m.def("table_rows", &table_rows<float>, nb::arg("values").noconvert());
  m.def("table_rows", &table_rows<double>, nb::arg("values").noconvert());
  m.def("table_rows", &table_rows<std::int32_t>, nb::arg("values").noconvert());
  m.def("face_rows", &face_rows, nb::arg("faces").noconvert(), nb::arg("uv_faces").noconvert().none());
  m.def("facet_rows", &facet_rows<float>, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert());
  m.def("facet_rows", &facet_rows<double>, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert());
}

}  // namespace outfeed
