// A z-buffer: which triangle each sample of a picture shows, and how far away it is.
//
// Corners are snapped to 1/256 of a sample and edges are whole numbers, so triangles that share an edge leave no gap and
// cover no sample twice, on every machine. Depths are doubles; this file is compiled without fused multiplication, so that
// they too are the same everywhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace outfeed {

// Parallel projection: sample column, sample row (downwards) and depth (away from the eye) of a point.
struct Camera {
  double centre[3];
  double rows[3][4];

  template <class T>
  void project(const T *point, double *seen) const {
    // The centre comes off first: far from the origin, large terms would cancel and leave their rounding behind.
    const double x = double(point[0]) - centre[0], y = double(point[1]) - centre[1], z = double(point[2]) - centre[2];
    for (int i = 0; i < 3; ++i) seen[i] = rows[i][0] * x + rows[i][1] * y + rows[i][2] * z + rows[i][3];
  }
};

struct Picture {
  std::int64_t width, height;
  std::int32_t *faces;     // height * width: the triangle that is nearest, -1 for none
  double *depths;          // height * width: its depth, infinite for none
  const double *behind;    // height * width: only what lies deeper is drawn; null: all
};

class Raster {
  static constexpr std::int64_t kOne = 256;                 // steps in a sample
  static constexpr double kFar = 2097152.0;                 // samples; products of steps of that many fit into 62 bits
  static constexpr double kDeep = 1e200;                    // so that a depth times an area is finite
  static constexpr std::int64_t kRowCost = 16, kNarrow = 4;  // setting up a row costs as much as so many samples

 public:
  // `budget` bounds the work: samples that are looked at, and 16 for each row.
  Raster(const Picture &picture, std::int64_t budget) : to_(picture), left_(budget) {}

  // Draws a triangle. False where the budget is used up.
  bool draw(const double seen[3][3], std::int32_t face) {
    Corner corners[3];
    for (int i = 0; i < 3; ++i) {
      if (!(std::abs(seen[i][0]) < kFar && std::abs(seen[i][1]) < kFar && std::abs(seen[i][2]) < kDeep)) return true;
      corners[i] = {std::int64_t(std::floor(seen[i][0] * kOne + 0.5)), std::int64_t(std::floor(seen[i][1] * kOne + 0.5)),
                    seen[i][2]};
    }
    std::int64_t area = cross(corners[0], corners[1], corners[2].x, corners[2].y);
    if (area == 0) return true;
    if (area < 0) {
      std::swap(corners[1], corners[2]);
      area = -area;
    }
    return fill(corners, area, face);
  }

 private:
  struct Corner {
    std::int64_t x, y;
    double depth;
  };

  // One edge: its value is at least 0 where a sample lies on the inner side.
  struct Edge {
    std::int64_t value, step_x, step_y;
  };

  static std::int64_t cross(const Corner &a, const Corner &b, std::int64_t x, std::int64_t y) {
    return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
  }

  static std::int64_t floor_div(std::int64_t a, std::int64_t b) {  // b > 0
    return a >= 0 ? a / b : -((-a + b - 1) / b);
  }

  // The first and the last sample whose middle lies within these steps, cut to 0 .. most - 1.
  static void between(std::int64_t low, std::int64_t high, std::int64_t most, std::int64_t &first, std::int64_t &last) {
    first = std::max<std::int64_t>(floor_div(low - kOne / 2 + kOne - 1, kOne), 0);
    last = std::min<std::int64_t>(floor_div(high - kOne / 2, kOne), most - 1);
  }

  bool fill(const Corner *c, std::int64_t area, std::int32_t face) {
    std::int64_t first_x, last_x, first_y, last_y;
    between(std::min({c[0].x, c[1].x, c[2].x}), std::max({c[0].x, c[1].x, c[2].x}), to_.width, first_x, last_x);
    between(std::min({c[0].y, c[1].y, c[2].y}), std::max({c[0].y, c[1].y, c[2].y}), to_.height, first_y, last_y);
    if (first_x > last_x || first_y > last_y) return true;
    Edge edges[3];
    std::int64_t own[3];  // whether samples on the edge itself are this triangle's: 0, or -1 for its neighbour's
    for (int i = 0; i < 3; ++i) {
      const Corner &a = c[(i + 1) % 3], &b = c[(i + 2) % 3];
      const std::int64_t dx = b.x - a.x, dy = b.y - a.y;
      own[i] = dy > 0 || (dy == 0 && dx > 0) ? 0 : -1;
      edges[i] = {cross(a, b, first_x * kOne + kOne / 2, first_y * kOne + kOne / 2), -dy * kOne, dx * kOne};
    }
    const double to_1 = c[1].depth - c[0].depth, to_2 = c[2].depth - c[0].depth, whole = double(area);
    for (std::int64_t y = first_y; y <= last_y; ++y) {
      std::int64_t from = 0, until = last_x - first_x;
      if (until > kNarrow) narrow(edges, own, from, until);
      left_ -= kRowCost + std::max<std::int64_t>(until - from, 0);
      if (left_ < 0) return false;
      const std::size_t row = std::size_t(y) * std::size_t(to_.width) + std::size_t(first_x);
      for (std::int64_t x = from; x <= until; ++x) {
        const std::int64_t w0 = edges[0].value + x * edges[0].step_x, w1 = edges[1].value + x * edges[1].step_x,
                           w2 = edges[2].value + x * edges[2].step_x;
        if (w0 + own[0] < 0 || w1 + own[1] < 0 || w2 + own[2] < 0) continue;
        show(row + std::size_t(x), c[0].depth + (double(w1) * to_1 + double(w2) * to_2) / whole, face);
      }
      for (Edge &edge : edges) edge.value += edge.step_y;
    }
    return true;
  }

  // Cuts a row to the samples that all three edges can have: slivers cost what they cover, not what their box does.
  static void narrow(const Edge *edges, const std::int64_t *own, std::int64_t &from, std::int64_t &until) {
    for (int i = 0; i < 3; ++i) {
      const std::int64_t value = edges[i].value + own[i], step = edges[i].step_x;
      if (step > 0) from = std::max(from, -floor_div(value, step));
      if (step < 0) until = std::min(until, floor_div(value, -step));
      if (step == 0 && value < 0) until = from - 1;
    }
  }

  void show(std::size_t sample, double depth, std::int32_t face) {
    if (!(depth < to_.depths[sample])) return;
    if (to_.behind && !(depth > to_.behind[sample])) return;
    to_.depths[sample] = depth;
    to_.faces[sample] = face;
  }

  Picture to_;
  std::int64_t left_;
};

// Draws all faces; false where the budget ended it.
template <class T>
bool draw_faces(const T *vertices, std::size_t vertex_count, const std::int32_t *faces, std::size_t face_count,
                const Camera &camera, Raster &raster) {
  for (std::size_t face = 0; face < face_count; ++face) {
    double seen[3][3];
    for (int corner = 0; corner < 3; ++corner) {
      const std::int32_t vertex = faces[3 * face + corner];
      if (vertex < 0 || std::size_t(vertex) >= vertex_count) throw std::invalid_argument("a face names no vertex");
      camera.project(vertices + 3 * std::size_t(vertex), seen[corner]);
    }
    if (!raster.draw(seen, std::int32_t(face))) return false;
  }
  return true;
}

// Low and high of what the camera makes of the points, (2, 3).
template <class T>
void projected_bounds(const T *vertices, std::size_t count, const Camera &camera, double *bounds) {
  for (int i = 0; i < 3; ++i) bounds[i] = HUGE_VAL, bounds[3 + i] = -HUGE_VAL;
  for (std::size_t vertex = 0; vertex < count; ++vertex) {
    double seen[3];
    camera.project(vertices + 3 * vertex, seen);
    for (int i = 0; i < 3; ++i) {
      bounds[i] = std::min(bounds[i], seen[i]);
      bounds[3 + i] = std::max(bounds[3 + i], seen[i]);
    }
  }
}

}  // namespace outfeed
