// The order of a Morton curve, and the faces of a mesh that cross.
#include "bind.hpp"
#include "intersections.hpp"

namespace outfeed {
namespace {

constexpr std::size_t kMostRows = std::numeric_limits<std::int32_t>::max();

template <class T>
nb::object codes_of(const Corners<T> &points) {
  Block<std::uint64_t> codes;
  {
    nb::gil_scoped_release free_others;
    morton_codes(points.data(), points.shape(0), codes.extend(points.shape(0)));
  }
  return array_of(codes, {points.shape(0)});
}

template <class T>
nb::object order_of(const Corners<T> &points) {
  if (points.shape(0) > kMostRows) throw std::invalid_argument("too many points");
  Block<std::int32_t> order;
  {
    nb::gil_scoped_release free_others;
    morton_order(points.data(), points.shape(0), order);
  }
  return array_of(order, {points.shape(0)});
}

template <class T>
nb::tuple self_intersections(const Corners<T> &vertices, const Triples &faces, std::size_t most,
                             std::uint32_t budget) {
  if (faces.shape(0) > kMostRows) throw std::invalid_argument("too many faces");
  Block<std::int32_t> pairs;
  std::uint64_t count = 0;
  bool complete = false;
  {
    nb::gil_scoped_release free_others;
    SelfIntersections<T> found(vertices.data(), vertices.shape(0), faces.data(), faces.shape(0), most, budget);
    found.found().write(pairs);
    count = found.found().count();
    complete = found.complete();
  }
  const std::size_t rows = pairs.size() / 2;
  return nb::make_tuple(count, array_of(pairs, {rows, 2}), complete);
}

template <class T>
void bind(nb::module_ &m) {
  m.def("morton_codes", &codes_of<T>, nb::arg("points").noconvert());
  m.def("morton_order", &order_of<T>, nb::arg("points").noconvert());
  m.def("self_intersections", &self_intersections<T>, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert(),
        nb::arg("most"), nb::arg("budget") = std::uint32_t(SelfIntersections<T>::kBudget));
}

}  // namespace

void bind_intersect(nb::module_ &m) {
  bind<float>(m);
  bind<double>(m);
}

}  // namespace outfeed
