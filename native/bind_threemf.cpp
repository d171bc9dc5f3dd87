// The XML of 3MF meshes, in both directions.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "bind.hpp"
#include "threemf_rows.hpp"
#include "threemf_text.hpp"

namespace outfeed {
namespace {

template <class T>
using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Fives = nb::ndarray<const std::int64_t, nb::shape<-1, 5>, nb::c_contig, nb::device::cpu>;
using Colors = nb::ndarray<const std::uint8_t, nb::shape<-1, 4>, nb::c_contig, nb::device::cpu>;

nb::object text_of(Block<std::uint8_t> &text) {
  const std::size_t size = text.size();
  return array_of(text, {size});
}

std::vector<Between> texts_of(const std::vector<std::string> &words, std::size_t count) {
  if (words.size() != count) throw std::invalid_argument("one text more than numbers");
  std::vector<Between> texts;
  for (const std::string &word : words) {
    if (word.size() > Between::kRoom) throw std::invalid_argument("a text is too long");
    texts.emplace_back(word);
  }
  return texts;
}

template <class T>
nb::object xml_rows(const std::vector<std::string> &words, const Table<T> &values) {
  const std::size_t width = values.shape(1);
  const std::vector<Between> between = texts_of(words, width + 1);
  Block<std::uint8_t> text;
  {
    nb::gil_scoped_release free_others;
    write_elements(text, between.data(), values.data(), values.shape(0), width);
  }
  return text_of(text);
}

nb::object xml_triangles(const Triples &faces, const Numbers &groups, const Triples &indices) {
  if (groups.shape(0) != faces.shape(0) || indices.shape(0) != faces.shape(0))
    throw std::invalid_argument("one group and one row of indices for each face");
  Block<std::uint8_t> text;
  {
    nb::gil_scoped_release free_others;
    write_triangles(text, faces.data(), groups.data(), indices.data(), faces.shape(0));
  }
  return text_of(text);
}

nb::object xml_colors(const std::vector<std::string> &words, const Colors &colors) {
  const std::vector<Between> around = texts_of(words, 2);
  Block<std::uint8_t> text;
  {
    nb::gil_scoped_release free_others;
    write_colors(text, around[0], around[1], colors.data(), colors.shape(0));
  }
  return text_of(text);
}

std::string_view view(const Bytes &text) { return {reinterpret_cast<const char *>(text.data()), text.shape(0)}; }

std::size_t read_vertices(MeshRows &rows, const Bytes &text, const std::string &name) {
  nb::gil_scoped_release free_others;
  return rows.read_vertices(view(text), name);
}

std::size_t read_triangles(MeshRows &rows, const Bytes &text, const std::string &name, std::int64_t group) {
  nb::gil_scoped_release free_others;
  return rows.read_triangles(view(text), name, group);
}

void add(MeshRows &rows, const Corners<double> &points, const Triples &corners, const Fives &properties) {
  nb::gil_scoped_release free_others;
  rows.add_points(points.data(), points.shape(0));
  rows.add_corners(corners.data(), corners.shape(0));
  rows.add_properties(properties.data(), properties.shape(0));
}

nb::tuple finish(MeshRows &rows) {
  const std::size_t points = rows.points().size() / 3, triangles = rows.triangles(), more = rows.properties().size() / 5;
  nb::object positions = array_of(rows.points(), {points, 3});
  nb::object corners = array_of(rows.corners(), {triangles, 3});
  return nb::make_tuple(positions, corners, array_of(rows.properties(), {more, 5}));
}

}  // namespace

void bind_threemf(nb::module_ &m) {
  m.def("xml_rows", &xml_rows<float>, nb::arg("texts"), nb::arg("values").noconvert());
  m.def("xml_rows", &xml_rows<double>, nb::arg("texts"), nb::arg("values").noconvert());
  m.def("xml_rows", &xml_rows<std::int32_t>, nb::arg("texts"), nb::arg("values").noconvert());
  m.def("xml_triangles", &xml_triangles, nb::arg("faces").noconvert(), nb::arg("groups").noconvert(),
        nb::arg("indices").noconvert());
  m.def("xml_colors", &xml_colors, nb::arg("texts"), nb::arg("colors").noconvert());
  nb::class_<MeshRows>(m, "MeshRows")
      .def(nb::init<std::size_t>(), nb::arg("max_triangles"))
      .def("vertices", &read_vertices, nb::arg("text").noconvert(), nb::arg("name"))
      .def("triangles", &read_triangles, nb::arg("text").noconvert(), nb::arg("name"), nb::arg("group"))
      .def("add", &add, nb::arg("points").noconvert(), nb::arg("corners").noconvert(), nb::arg("properties").noconvert())
      .def("lines", &MeshRows::lines)
      .def("counts", [](MeshRows &rows) { return nb::make_tuple(rows.points().size() / 3, rows.triangles()); })
      .def("finish", &finish);
}

}  // namespace outfeed
