// outfeed._kernels: loops over millions of triangles. Each takes and returns arrays, checks every bound, releases the GIL.
#include "arrays.hpp"
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
}  // namespace outfeed

NB_MODULE(_kernels, m) {
  using namespace outfeed;
  m.doc() = "Loops over millions of triangles, in C++.";
  m.def("weld", &weld<float>, nb::arg("corners"));
  m.def("weld", &weld<double>, nb::arg("corners"));
  nb::class_<StlBinary>(m, "StlBinary")
      .def(nb::init<std::size_t>(), nb::arg("triangles"))
      .def("add", &StlBinary::add, nb::arg("records"))
      .def("finish", &StlBinary::finish);
}
