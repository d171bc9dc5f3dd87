// Areas, volumes and centres; and vertices that stand out like needles.
//
// Coordinates are moved to a centre and scaled by a power of two, so that nothing overflows and little cancels. Sums run
// in the order of the faces, block by block, so that they are the same everywhere and their rounding stays small.
#pragma once

#include <cmath>

#include "edges.hpp"

namespace outfeed {

struct Frame {
  double centre[3];
  double scale;
};

// A face, moved and scaled.
struct Placed {
  double a[3], b[3], c[3], normal[3];
  double length;  // of the normal: twice the area

  template <class T>
  Placed(const T *vertices, const std::int32_t *corners, const Frame &frame) {
    place(vertices, corners[0], frame, a);
    place(vertices, corners[1], frame, b);
    place(vertices, corners[2], frame, c);
    double u[3], v[3];
    for (int i = 0; i < 3; ++i) u[i] = b[i] - a[i];
    for (int i = 0; i < 3; ++i) v[i] = c[i] - a[i];
    for (int i = 0; i < 3; ++i) {
      const int j = (i + 1) % 3, k = (i + 2) % 3;
      normal[i] = u[j] * v[k] - u[k] * v[j];
    }
    length = std::sqrt(dot(normal, normal));
  }

  static double dot(const double *p, const double *q) { return p[0] * q[0] + p[1] * q[1] + p[2] * q[2]; }

 private:
  template <class T>
  static void place(const T *vertices, std::int32_t vertex, const Frame &frame, double *to) {
    const T *from = vertices + 3 * std::size_t(vertex);
    for (int i = 0; i < 3; ++i) to[i] = (double(from[i]) - frame.centre[i]) * frame.scale;
  }
};

class Moments {
 public:
  static constexpr std::size_t kWhole = 8, kBlock = 1024;

  // 6 * volume, 2 * area, 24 * the volume's first moments, 6 * the area's. For each part 6 * its volume, measured from a
  // corner of its own.
  template <class T>
  static void write(const T *vertices, const Faces &faces, const std::int32_t *labels, std::size_t parts,
                    const Frame &frame, double *whole, double *volumes) {
    Block<double> origins;
    double *origin = origins.extend(3 * parts);
    std::fill_n(whole, kWhole, 0.0);
    std::fill_n(volumes, parts, 0.0);
    std::fill_n(origin, 3 * parts, std::numeric_limits<double>::infinity());
    for (std::size_t first = 0; first < faces.count; first += kBlock) {
      double sums[kWhole] = {};
      for (std::size_t f = first; f < std::min(faces.count, first + kBlock); ++f) {
        const Placed face(vertices, faces.corners + 3 * f, frame);
        add(face, sums);
        if (labels[f] >= 0) volumes[labels[f]] += from_origin(face, origin + 3 * std::size_t(labels[f]));
      }
      for (std::size_t i = 0; i < kWhole; ++i) whole[i] += sums[i];
    }
  }

 private:
  static void add(const Placed &t, double *sums) {
    const double volume = Placed::dot(t.a, t.normal);
    sums[0] += volume;
    sums[1] += t.length;
    for (int i = 0; i < 3; ++i) {
      const double middle = t.a[i] + t.b[i] + t.c[i];
      sums[2 + i] += volume * middle;
      sums[5 + i] += t.length * middle;
    }
  }

  static double from_origin(const Placed &t, double *origin) {
    if (std::isinf(origin[0])) std::copy(t.a, t.a + 3, origin);
    const double reach[3] = {t.a[0] - origin[0], t.a[1] - origin[1], t.a[2] - origin[2]};
    return Placed::dot(reach, t.normal);
  }
};

// The vertices whose shortest edge is longer than `ratio` times the way around them: the sum of the edges that their faces
// have opposite to them.
template <class T>
void find_spikes(const T *vertices, const Faces &faces, const Frame &frame, double ratio, Block<std::int32_t> &found) {
  Block<double> ways, shortest;
  double *way = ways.extend(faces.vertices), *least = shortest.extend(faces.vertices);
  std::fill_n(way, faces.vertices, 0.0);
  std::fill_n(least, faces.vertices, std::numeric_limits<double>::infinity());
  for (std::size_t f = 0; f < faces.count; ++f) {
    const std::int32_t *corners = faces.corners + 3 * f;
    const Placed t(vertices, corners, frame);
    const double *points[3] = {t.a, t.b, t.c};
    double lengths[3];  // of the edge opposite to each corner
    for (int i = 0; i < 3; ++i) {
      const double *p = points[(i + 1) % 3], *q = points[(i + 2) % 3];
      const double reach[3] = {q[0] - p[0], q[1] - p[1], q[2] - p[2]};
      lengths[i] = std::sqrt(Placed::dot(reach, reach));
    }
    for (int i = 0; i < 3; ++i) {
      way[corners[i]] += lengths[i];
      least[corners[i]] = std::min({least[corners[i]], lengths[(i + 1) % 3], lengths[(i + 2) % 3]});
    }
  }
  for (std::size_t v = 0; v < faces.vertices; ++v)
    if (!std::isinf(least[v]) && least[v] > ratio * way[v]) found.push(std::int32_t(v));
}

}  // namespace outfeed
