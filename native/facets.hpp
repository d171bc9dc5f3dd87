// Normals of triangles, and the records of binary STL.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace outfeed {

// Writes the unit normal of a triangle of nine coordinates; zeros for one without an area.
template <class T>
void write_normal(const T *corners, float *normal) {
  // Brought to the size of 1 first: products of coordinates may be too large or too small for any number.
  double edges[6], size = 0;
  for (int i = 0; i < 6; ++i) {
    edges[i] = double(corners[i + 3]) / 4 - double(corners[i % 3]) / 4;
    size = std::max(size, std::abs(edges[i]));
  }
  if (!(size > 0)) size = 1;
  for (double &part : edges) part /= size;
  const double *u = edges, *v = edges + 3;
  const double x = u[1] * v[2] - u[2] * v[1], y = u[2] * v[0] - u[0] * v[2], z = u[0] * v[1] - u[1] * v[0];
  double length = std::sqrt(x * x + y * y + z * z);
  if (!(length > 0)) length = 1;
  // Adding zero turns -0.0 into 0.0.
  normal[0] = float(x / length + 0.0), normal[1] = float(y / length + 0.0), normal[2] = float(z / length + 0.0);
}

constexpr std::size_t kStlRecord = 50;  // normal, three corners, two bytes of attributes

// Writes the records of triangles, little-endian.
inline void write_stl_records(const float *vertices, std::size_t vertex_count, const std::int32_t *faces,
                              std::size_t count, unsigned char *out) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are copied as they are in memory");
  for (std::size_t i = 0; i < count; ++i, faces += 3, out += kStlRecord) {
    float values[12];
    for (int c = 0; c < 3; ++c) {
      if (faces[c] < 0 || std::size_t(faces[c]) >= vertex_count) throw std::invalid_argument("a face names no vertex");
      std::memcpy(values + 3 + 3 * c, vertices + 3 * std::size_t(faces[c]), 3 * sizeof(float));
    }
    write_normal(values + 3, values);
    std::memcpy(out, values, sizeof(values));
    std::memset(out + sizeof(values), 0, kStlRecord - sizeof(values));
  }
}

}  // namespace outfeed
