// Welding, the order of first use, and binary STL.
#include "bind.hpp"
#include "first_use.hpp"
#include "weld.hpp"

namespace outfeed {
namespace {

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

}  // namespace

void bind_weld(nb::module_ &m) {
  m.def("weld", &weld<float>, nb::arg("corners").noconvert());
  m.def("weld", &weld<double>, nb::arg("corners").noconvert());
  m.def("first_use", &first_use_of, nb::arg("users").noconvert(), nb::arg("rows"));
  nb::class_<StlBinary>(m, "StlBinary")
      .def(nb::init<std::size_t>(), nb::arg("triangles"))
      .def("add", &StlBinary::add, nb::arg("records").noconvert())
      .def("finish", &StlBinary::finish);
}

}  // namespace outfeed
