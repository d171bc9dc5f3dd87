// outfeed._kernels: loops over millions of triangles. Each takes and returns arrays, checks every bound, releases the GIL.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>

#include "arrays.hpp"
#include "bind_raster.hpp"
#include "first_use.hpp"
#include "lists.hpp"
#include "numbers.hpp"
#include "obj.hpp"
#include "polygons.hpp"
#include "rows.hpp"
#include "stl_ascii.hpp"
#include "weld.hpp"

namespace outfeed {
namespace {

template <class T>
using Corners = nb::ndarray<const T, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;

template <class T>
nb::tuple welded(Welder<T> &welder) {
  const std::size_t vertices = welder.vertices(), corners = welder.corners();
  nb::object positions = array_of(welder.vertex_block(), {vertices, 3});
  return nb::make_tuple(positions, array_of(welder.index_block(), {corners}));
}

template <class T>
nb::tuple weld(const Corners<T> &corners) {
  Welder<T> welder(corners.shape(0));
  {
    nb::gil_scoped_release free_others;
    const auto *first = reinterpret_cast<const unsigned char *>(corners.data());
    welder.add(first, corners.shape(0), 1, 3 * sizeof(T));
  }
  return welded(welder);
}

using Numbers = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

nb::tuple first_use_of(const Numbers &users, std::size_t rows) {
  Block<std::int32_t> order, renumbered;
  {
    nb::gil_scoped_release free_others;
    first_use(users.data(), users.shape(0), rows, order, renumbered);
  }
  const std::size_t used = order.size();
  nb::object kept = array_of(order, {used});
  return nb::make_tuple(kept, array_of(renumbered, {users.shape(0)}));
}

// The triangles of a binary STL file, welded as they are read: chunk by chunk, so that the file is never whole in memory.
class StlBinary {
  static constexpr std::size_t kRecord = 50, kCorners = 12;  // normal, three corners, two bytes of attributes

 public:
  explicit StlBinary(std::size_t triangles)
      : triangles_(triangles), welder_(checked_product(triangles, 3)) {}

  void add(const Bytes &records) {
    const std::size_t count = records.shape(0) / kRecord;
    if (count * kRecord != records.shape(0)) throw std::invalid_argument("not a whole number of 50-byte records");
    if (count > triangles_ - welder_.corners() / 3) throw std::invalid_argument("more records than were announced");
    nb::gil_scoped_release free_others;
    welder_.add(records.data() + kCorners, count, 3, kRecord);
  }

  nb::tuple finish() { return welded(welder_); }

 private:
  std::size_t triangles_;
  Welder<float> welder_;
};

// (problem, what is wrong, line); the problem is empty where all is well, the line 0 where it is not known.
nb::tuple complaint_of(const Complaint &complaint) {
  return nb::make_tuple(name_of(complaint.problem), complaint.what, complaint.line);
}

template <class Reader>
std::size_t feed(Reader &reader, const Bytes &text, bool last) {
  nb::gil_scoped_release free_others;
  return reader.feed(reinterpret_cast<const char *>(text.data()), text.shape(0), last);
}

nb::tuple finish_stl(StlAscii &reader) { return welded(reader.welder()); }

nb::dict finish_obj(Obj &reader) {
  {
    nb::gil_scoped_release free_others;
    reader.finish();
  }
  const std::size_t vertices = reader.vertices().size() / 3, faces = reader.faces().size() / 3;
  const std::size_t uvs = reader.uvs().size() / 2, colors = reader.colors().table().size() / 4;
  nb::dict tables;
  tables["vertices"] = array_of(reader.vertices(), {vertices, 3});
  tables["faces"] = array_of(reader.faces(), {faces, 3});
  if (reader.uv_faces().size() != 0) {
    tables["uvs"] = array_of(reader.uvs(), {uvs, 2});
    tables["uv_faces"] = array_of(reader.uv_faces(), {faces, 3});
  }
  if (colors != 0) {
    tables["colors"] = array_of(reader.colors().table(), {colors, 4});
    tables["color_faces"] = array_of(reader.colors().corners(), {faces, 3});
  }
  if (!reader.materials().names().empty())
    tables["material_faces"] = array_of(reader.materials().faces(), {faces});
  return tables;
}

nb::list bytes_of(const std::vector<std::string> &texts) {
  nb::list list;
  for (const std::string &text : texts) list.append(nb::bytes(text.data(), text.size()));
  return list;
}

nb::list besides(const Obj &reader) {
  nb::list words;
  if (reader.has_normals()) words.append("normals");
  if (reader.has_points()) words.append("points");
  if (reader.has_lines()) words.append("lines");
  if (reader.has_curves()) words.append("curves");
  if (reader.has_parts()) words.append("parts");
  return words;
}

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

template <class T>
using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Triples = nb::ndarray<const std::int32_t, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using Normals = nb::ndarray<const float, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
template <class T>
using Facets = nb::ndarray<const T, nb::shape<-1, 3, 3>, nb::c_contig, nb::device::cpu>;

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
    write_points(rows, word.c_str(), values.data(), values.shape(0), values.shape(1));
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
nb::object facet_rows(const Facets<T> &corners, const Normals &normals) {
  if (normals.shape(0) != corners.shape(0)) throw std::invalid_argument("one normal for each triangle");
  Rows rows;
  {
    nb::gil_scoped_release free_others;
    write_facets(rows, corners.data(), normals.data(), corners.shape(0));
  }
  return text_of(rows);
}

}  // namespace
}  // namespace outfeed

NB_MODULE(_kernels, m) {
  using namespace outfeed;
  m.doc() = "Loops over millions of triangles, in C++.";
  m.def("weld", &weld<float>, nb::arg("corners").noconvert());
  m.def("weld", &weld<double>, nb::arg("corners").noconvert());
  m.def("first_use", &first_use_of, nb::arg("users").noconvert(), nb::arg("rows"));
  nb::class_<StlBinary>(m, "StlBinary")
      .def(nb::init<std::size_t>(), nb::arg("triangles"))
      .def("add", &StlBinary::add, nb::arg("records").noconvert())
      .def("finish", &StlBinary::finish);
  nb::class_<StlAscii>(m, "StlAscii")
      .def(nb::init<std::size_t>(), nb::arg("max_triangles"))
      .def("feed", &feed<StlAscii>, nb::arg("text").noconvert(), nb::arg("last"))
      .def("complaint", [](const StlAscii &reader) { return complaint_of(reader.complaint()); })
      .def("finish", &finish_stl);
  nb::class_<Obj>(m, "Obj")
      .def(nb::init<std::size_t>(), nb::arg("max_triangles"))
      .def("feed", &feed<Obj>, nb::arg("text").noconvert(), nb::arg("last"))
      .def("complaint", [](const Obj &reader) { return complaint_of(reader.complaint()); })
      .def("strange", &Obj::strange)
      .def("finish", &finish_obj)
      .def("materials", [](Obj &reader) { return bytes_of(reader.materials().names()); })
      .def("libraries", [](const Obj &reader) { return bytes_of(reader.libraries()); })
      .def("besides", &besides);
  m.def("cut_polygons", &cut, nb::arg("points").noconvert(), nb::arg("counts").noconvert(), nb::arg("corners").noconvert());
  m.def("list_rows", &list_rows, nb::arg("data").noconvert(), nb::arg("rows"), nb::arg("fixed").noconvert(),
        nb::arg("counts"), nb::arg("items").noconvert(), nb::arg("swapped"));
  m.def("numbers", &numbers, nb::arg("text").noconvert());
  m.def("as_written", &as_written, nb::arg("values").noconvert());
  m.def("point_rows", &point_rows<float>, nb::arg("word"), nb::arg("values").noconvert());
  m.def("point_rows", &point_rows<double>, nb::arg("word"), nb::arg("values").noconvert());
  m.def("table_rows", &table_rows<float>, nb::arg("values").noconvert());
  m.def("table_rows", &table_rows<double>, nb::arg("values").noconvert());
  m.def("table_rows", &table_rows<std::int32_t>, nb::arg("values").noconvert());
  m.def("face_rows", &face_rows, nb::arg("faces").noconvert(), nb::arg("uv_faces").noconvert().none());
  m.def("facet_rows", &facet_rows<float>, nb::arg("corners").noconvert(), nb::arg("normals").noconvert());
  m.def("facet_rows", &facet_rows<double>, nb::arg("corners").noconvert(), nb::arg("normals").noconvert());
  bind_raster(m);
}
