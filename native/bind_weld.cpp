// Welding, the order of first use, passes over points, and binary STL.
#include "bind.hpp"
#include "distinct.hpp"
#include "facets.hpp"
#include "first_use.hpp"
#include "points.hpp"
#include "weld.hpp"

namespace outfeed {
namespace {

template <class T>
nb::tuple weld(const Corners<T> &corners) {
  const std::size_t count = corners.shape(0);
  Welder<T> welder(count, count);
  {
    nb::gil_scoped_release free_others;
    welder.add(reinterpret_cast<const unsigned char *>(corners.data()), count, 1, 3 * sizeof(T));
  }
  return welded(welder);
}

template <class T>
bool distinct(const Corners<T> &points) {
  nb::gil_scoped_release free_others;
  return Distinct<T>::of(points.data(), points.shape(0));
}

template <class T>
nb::object bounds(const Corners<T> &points) {
  Block<double> block;
  double *out = block.extend(6);
  {
    nb::gil_scoped_release free_others;
    write_bounds(points.data(), points.shape(0), out);
  }
  return array_of(block, {2, 3});
}

template <class T, class U>
nb::object scaled(const Corners<T> &points, double factor) {
  Block<U> block;
  const std::size_t count = points.shape(0);
  {
    nb::gil_scoped_release free_others;
    block.reserve(3 * count);
    write_scaled(points.data(), 3 * count, factor, block.extend(3 * count));
  }
  return array_of(block, {count, 3});
}

template <class T, void write(const T *, std::size_t, T *)>
nb::object turned(const Corners<T> &points) {
  Block<T> block;
  const std::size_t count = points.shape(0);
  {
    nb::gil_scoped_release free_others;
    block.reserve(3 * count);
    write(points.data(), count, block.extend(3 * count));
  }
  return array_of(block, {count, 3});
}

nb::object stl_records(const Corners<float> &vertices, const Triples &faces) {
  Block<std::uint8_t> block;
  const std::size_t size = checked_product(faces.shape(0), kStlRecord);
  {
    nb::gil_scoped_release free_others;
    write_stl_records(vertices.data(), vertices.shape(0), faces.data(), faces.shape(0), block.extend(size));
  }
  return array_of(block, {size});
}

bool in_first_use_of(const Numbers &users, std::size_t rows) {
  nb::gil_scoped_release free_others;
  return in_first_use(users.data(), users.shape(0), rows);
}

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
  static constexpr std::size_t kCorners = 12;  // behind the normal

 public:
  explicit StlBinary(std::size_t triangles)
      : triangles_(triangles), welder_(checked_product(triangles, 3)) {}

  void add(const Bytes &records) {
    const std::size_t count = records.shape(0) / kStlRecord;
    if (count * kStlRecord != records.shape(0)) throw std::invalid_argument("not a whole number of 50-byte records");
    if (count > triangles_ - welder_.corners() / 3) throw std::invalid_argument("more records than were announced");
    nb::gil_scoped_release free_others;
    welder_.add(records.data() + kCorners, count, 3, kStlRecord);
  }

  nb::tuple finish() { return welded(welder_); }

 private:
  std::size_t triangles_;
  Welder<float> welder_;
};

template <class T>
void bind_points(nb::module_ &m) {
  m.def("weld", &weld<T>, nb::arg("corners").noconvert());
  m.def("distinct", &distinct<T>, nb::arg("points").noconvert());
  m.def("bounds", &bounds<T>, nb::arg("points").noconvert());
  m.def("scaled", &scaled<T, T>, nb::arg("points").noconvert(), nb::arg("factor"));
  m.def("scaled_single", &scaled<T, float>, nb::arg("points").noconvert(), nb::arg("factor"));
  m.def("y_up", &turned<T, write_y_up<T>>, nb::arg("points").noconvert());
  m.def("z_up", &turned<T, write_z_up<T>>, nb::arg("points").noconvert());
}

}  // namespace

void bind_weld(nb::module_ &m) {
  bind_points<float>(m);
  bind_points<double>(m);
  m.def("bounds", &bounds<std::int32_t>, nb::arg("points").noconvert());
  m.def("stl_records", &stl_records, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert());
  m.def("in_first_use", &in_first_use_of, nb::arg("users").noconvert(), nb::arg("rows"));
  m.def("first_use", &first_use_of, nb::arg("users").noconvert(), nb::arg("rows"));
  nb::class_<StlBinary>(m, "StlBinary")
      .def(nb::init<std::size_t>(), nb::arg("triangles"))
      .def("add", &StlBinary::add, nb::arg("records").noconvert())
      .def("finish", &StlBinary::finish);
}

}  // namespace outfeed
