// The z-buffer of `raster.hpp` and the normals of `normals.hpp` for Python.
#include "bind.hpp"

#include <nanobind/stl/optional.h>

#include <limits>
#include <optional>

#include "arrays.hpp"
#include "normals.hpp"
#include "raster.hpp"

namespace outfeed {
namespace {

constexpr std::size_t kMostSamples = std::size_t(1) << 26;

template <class T>
using Points = nb::ndarray<const T, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using Faces = nb::ndarray<const std::int32_t, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using Centre = nb::ndarray<const double, nb::shape<3>, nb::c_contig, nb::device::cpu>;
using Matrix = nb::ndarray<const double, nb::shape<3, 4>, nb::c_contig, nb::device::cpu>;
using Depths = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

Camera camera_of(const Centre &centre, const Matrix &matrix) {
  Camera camera;
  std::copy(centre.data(), centre.data() + 3, camera.centre);
  std::copy(matrix.data(), matrix.data() + 12, &camera.rows[0][0]);
  return camera;
}

template <class T>
nb::object visible(const Points<T> &vertices, const Faces &faces, const Centre &centre, const Matrix &matrix,
                   std::size_t width, std::size_t height, const std::optional<Depths> &behind, std::int64_t budget) {
  if (width == 0 || height == 0 || width > kMostSamples / height) throw std::invalid_argument("no such size");
  if (behind && (behind->shape(0) != height || behind->shape(1) != width))
    throw std::invalid_argument("one depth for each sample");
  Block<std::int32_t> nearest;
  Block<double> depths;
  bool all = false;
  {
    nb::gil_scoped_release free_others;
    const std::size_t samples = width * height;
    const Picture picture{std::int64_t(width), std::int64_t(height), nearest.extend(samples), depths.extend(samples),
                          behind ? behind->data() : nullptr};
    std::fill(picture.faces, picture.faces + samples, -1);
    std::fill(picture.depths, picture.depths + samples, std::numeric_limits<double>::infinity());
    Raster raster(picture, budget);
    all = draw_faces(vertices.data(), vertices.shape(0), faces.data(), faces.shape(0), camera_of(centre, matrix), raster);
  }
  if (!all) return nb::none();
  nb::object shown = array_of(nearest, {height, width});
  return nb::make_tuple(shown, array_of(depths, {height, width}));
}

template <class T>
nb::object bounds_of(const Points<T> &vertices, const Centre &centre, const Matrix &matrix) {
  Block<double> bounds;
  {
    nb::gil_scoped_release free_others;
    projected_bounds(vertices.data(), vertices.shape(0), camera_of(centre, matrix), bounds.extend(6));
  }
  return array_of(bounds, {2, 3});
}

template <class T>
nb::object corner_normals(const Points<T> &vertices, const Faces &faces, const Centre &centre, const Matrix &matrix,
                          double crease) {
  const std::size_t count = faces.shape(0);
  if (count > std::size_t(std::numeric_limits<std::int32_t>::max()) / 3) throw std::invalid_argument("too many faces");
  Block<float> normals;
  {
    nb::gil_scoped_release free_others;
    Normals::write(vertices.data(), vertices.shape(0), faces.data(), count, camera_of(centre, matrix), crease,
                   normals.extend(9 * count));
  }
  return array_of(normals, {count, 3, 3});
}

template <class T>
void bind(nb::module_ &m) {
  m.def("visible", &visible<T>, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert(),
        nb::arg("centre").noconvert(), nb::arg("matrix").noconvert(), nb::arg("width"), nb::arg("height"),
        nb::arg("behind").noconvert().none(), nb::arg("budget"));
  m.def("projected_bounds", &bounds_of<T>, nb::arg("vertices").noconvert(), nb::arg("centre").noconvert(),
        nb::arg("matrix").noconvert());
  m.def("corner_normals", &corner_normals<T>, nb::arg("vertices").noconvert(), nb::arg("faces").noconvert(),
        nb::arg("centre").noconvert(), nb::arg("matrix").noconvert(), nb::arg("crease"));
}

}  // namespace

void bind_raster(nb::module_ &m) {
  bind<float>(m);
  bind<double>(m);
}

}  // namespace outfeed
