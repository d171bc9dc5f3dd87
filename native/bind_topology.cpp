// What a mesh is as a surface, and how large, for Python.
#include "bind.hpp"
#include "collinear.hpp"
#include "moments.hpp"
#include "parts.hpp"
#include "rims.hpp"

#include <memory>

namespace outfeed {
namespace {

using Centre = nb::ndarray<const double, nb::shape<3>, nb::c_contig, nb::device::cpu>;

template <class T>
nb::object list_of(Block<T> &block) {
  const std::size_t size = block.size();
  return array_of(block, {size});
}

Faces faces_of(const Triples &faces, std::size_t vertices) { return {faces.data(), faces.shape(0), vertices}; }

Frame frame_of(const Centre &centre, double scale) {
  return {{centre.data()[0], centre.data()[1], centre.data()[2]}, scale};
}

struct Topology {
  explicit Topology(const Faces &faces)
      : edges(faces), parts(faces, edges), fans(faces, edges, parts.labels, parts.count), rims(faces, edges) {}

  Edges edges;
  Parts parts;
  Fans fans;
  Rims rims;
};

void put_edges(nb::dict &to, Edges &edges, std::size_t faces) {
  to["edges"] = edges.count;
  to["across"] = array_of(edges.across, {faces, 3});
  to["open"] = list_of(edges.open);
  to["inconsistent"] = list_of(edges.inconsistent);
  to["crowded"] = list_of(edges.crowded);
  to["crowded_starts"] = list_of(edges.crowded_starts);
  to["duplicates"] = list_of(edges.duplicates);
}

void put_parts(nb::dict &to, Parts &parts) {
  to["labels"] = list_of(parts.labels);
  to["turned"] = list_of(parts.turned);
  to["part_faces"] = list_of(parts.triangles);
  to["part_closed"] = list_of(parts.closed);
  to["part_oriented"] = list_of(parts.oriented);
  to["part_orientable"] = list_of(parts.orientable);
}

nb::dict topology(const Triples &triples, std::size_t vertices) {
  const Faces faces = faces_of(triples, vertices);
  std::unique_ptr<Topology> found;
  {
    nb::gil_scoped_release free_others;
    faces.check();
    found = std::make_unique<Topology>(faces);
  }
  nb::dict tables;
  put_edges(tables, found->edges, faces.count);
  put_parts(tables, found->parts);
  tables["part_fans"] = list_of(found->fans.of_part);
  tables["several_fans"] = list_of(found->fans.several);
  tables["rims"] = list_of(found->rims.vertices);
  tables["rim_starts"] = list_of(found->rims.starts);
  return tables;
}

template <class T>
nb::object degenerate(const Corners<T> &vertices, const Triples &triples) {
  const Faces faces = faces_of(triples, vertices.shape(0));
  Block<std::int32_t> found;
  {
    nb::gil_scoped_release free_others;
    faces.check();
    find_degenerate(vertices.data(), faces, found);
  }
  return list_of(found);
}

template <class T>
nb::tuple moments(const Corners<T> &vertices, const Triples &triples, const Numbers &labels, std::size_t parts,
                  const Centre &centre, double scale) {
  const Faces faces = faces_of(triples, vertices.shape(0));
  if (labels.shape(0) != faces.count) throw std::invalid_argument("one label for each face");
  if (parts > faces.count) throw std::invalid_argument("more parts than faces");
  Block<double> whole, volumes;
  {
    nb::gil_scoped_release free_others;
    faces.check();
    for (std::size_t f = 0; f < faces.count; ++f)
      if (labels.data()[f] < -1 || labels.data()[f] >= std::int64_t(parts))
        throw std::invalid_argument("a label of a part that is not there");
    Moments::write(vertices.data(), faces, labels.data(), parts, frame_of(centre, scale), whole.extend(Moments::kWhole),
                   volumes.extend(parts));
  }
  nb::object sums = list_of(whole);
  return nb::make_tuple(sums, list_of(volumes));
}

template <class T>
nb::object spikes(const Corners<T> &vertices, const Triples &triples, const Centre &centre, double scale, double ratio) {
  const Faces faces = faces_of(triples, vertices.shape(0));
  Block<std::int32_t> found;
  {
    nb::gil_scoped_release free_others;
    faces.check();
    find_spikes(vertices.data(), faces, frame_of(centre, scale), ratio, found);
  }
  return list_of(found);
}

template <class T>
void bind(nb::module_ &m) {
  m.def("degenerate", &degenerate<T>, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert());
  m.def("moments", &moments<T>, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert(),
        nb::arg("labels").noconvert(), nb::arg("parts"), nb::arg("centre").noconvert(), nb::arg("scale"));
  m.def("spikes", &spikes<T>, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert(),
        nb::arg("centre").noconvert(), nb::arg("scale"), nb::arg("ratio"));
}

}  // namespace

void bind_topology(nb::module_ &m) {
  m.def("topology", &topology, nb::arg("faces").noconvert(), nb::arg("vertices"));
  bind<float>(m);
  bind<double>(m);
}

}  // namespace outfeed
