// From our blocks of memory to numpy arrays, without a copy.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <initializer_list>

#include "weld.hpp"

namespace outfeed {

namespace nb = nanobind;

using Bytes = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

using Numbers = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Triples = nb::ndarray<const std::int32_t, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
template <class T>
using Corners = nb::ndarray<const T, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;

// Gives the block's memory to a new array.
template <class T>
nb::object array_of(Block<T> &block, std::initializer_list<std::size_t> shape) {
  T *data = block.release();
  nb::capsule owner(data, [](void *memory) noexcept { std::free(memory); });
  return nb::cast(nb::ndarray<nb::numpy, T>(data, shape, owner));
}

inline std::size_t checked_product(std::size_t a, std::size_t b) {
  if (b != 0 && a > std::numeric_limits<std::size_t>::max() / b) throw std::length_error("too large");
  return a * b;
}

// Vertices (k, 3), and the vertex of each corner.
template <class T>
nb::tuple welded(Welder<T> &welder) {
  const std::size_t vertices = welder.vertices(), corners = welder.corners();
  nb::object positions = array_of(welder.vertex_block(), {vertices, 3});
  return nb::make_tuple(positions, array_of(welder.index_block(), {corners}));
}

}  // namespace outfeed
