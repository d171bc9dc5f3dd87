// Readers of text formats.
#include "bind.hpp"
#include "obj.hpp"
#include "stl_ascii.hpp"

namespace outfeed {
namespace {

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

// Names, and the row of each face among them; no row where there are no names.
nb::tuple groups_of(Obj &reader) {
  auto &groups = reader.groups().groups();
  const std::size_t faces = groups.faces().size();
  return nb::make_tuple(bytes_of(reader.groups().objects()), bytes_of(groups.names()), array_of(groups.faces(), {faces}));
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

}  // namespace

void bind_readers(nb::module_ &m) {
  nb::class_<StlAscii>(m, "StlAscii")
      .def(nb::init<std::size_t>(), nb::arg("max_triangles"))
      .def("feed", &feed<StlAscii>, nb::arg("text").noconvert(), nb::arg("last"))
      .def("complaint", [](const StlAscii &reader) { return complaint_of(reader.complaint()); })
      .def("finish", &finish_stl);
  nb::class_<Obj>(m, "Obj")
      .def(nb::init<std::size_t, bool>(), nb::arg("max_triangles"), nb::arg("grouped") = false)
      .def("feed", &feed<Obj>, nb::arg("text").noconvert(), nb::arg("last"))
      .def("complaint", [](const Obj &reader) { return complaint_of(reader.complaint()); })
      .def("strange", &Obj::strange)
      .def("finish", &finish_obj)
      .def("materials", [](Obj &reader) { return bytes_of(reader.materials().names()); })
      .def("libraries", [](const Obj &reader) { return bytes_of(reader.libraries()); })
      .def("groups", &groups_of)
      .def("besides", &besides);
}

}  // namespace outfeed
