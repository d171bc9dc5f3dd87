// Normals of corners, so that what was round before it was cut into triangles looks round again.
//
// A corner's normal is the sum of those faces around its vertex, weighed by area, that lean from its own face by less than
// a crease. Faces count from both sides, for many files do not say which one is outside.
#pragma once

#include <cmath>
#include <cstdint>

#include "raster.hpp"
#include "block.hpp"

namespace outfeed {

class Normals {
  // A vertex of more faces is the tip of a fan: its corners keep the normals of their faces. Bounds the work.
  static constexpr std::int32_t kMostFaces = 64;

 public:
  // `out`: 9 floats for each face, those of its three corners. Faces without an area have zeros.
  template <class T>
  static void write(const T *vertices, std::size_t vertex_count, const std::int32_t *faces, std::size_t face_count,
                    const Camera &camera, double crease, float *out) {
    Block<double> normals;
    double *own = normals.extend(3 * face_count);
    for (std::size_t face = 0; face < face_count; ++face)
      of_face(vertices, vertex_count, faces + 3 * face, camera, own + 3 * face);
    Block<std::int32_t> starts, users;
    list_users(vertex_count, faces, 3 * face_count, starts, users);
    for (std::size_t corner = 0; corner < 3 * face_count; ++corner) {
      const std::int32_t vertex = faces[corner];
      of_corner(own, corner / 3, users.data() + starts[vertex], users.data() + starts[vertex + 1], crease,
                out + 3 * corner);
    }
  }

 private:
  // Perpendicular to the face, as long as twice its area.
  template <class T>
  static void of_face(const T *vertices, std::size_t vertex_count, const std::int32_t *face, const Camera &camera,
                      double *normal) {
    double seen[3][3];
    for (int i = 0; i < 3; ++i) {
      if (face[i] < 0 || std::size_t(face[i]) >= vertex_count) throw std::invalid_argument("a face names no vertex");
      camera.project(vertices + 3 * std::size_t(face[i]), seen[i]);
    }
    double u[3], v[3];
    for (int i = 0; i < 3; ++i) u[i] = seen[1][i] - seen[0][i], v[i] = seen[2][i] - seen[0][i];
    normal[0] = u[1] * v[2] - u[2] * v[1];
    normal[1] = u[2] * v[0] - u[0] * v[2];
    normal[2] = u[0] * v[1] - u[1] * v[0];
  }

  // The faces of each vertex, one after the other: those of `v` are users[starts[v]] to users[starts[v + 1]].
  static void list_users(std::size_t vertex_count, const std::int32_t *corners, std::size_t corner_count,
                         Block<std::int32_t> &starts, Block<std::int32_t> &users) {
    std::int32_t *first = starts.extend(vertex_count + 2);
    std::fill(first, first + vertex_count + 2, 0);
    for (std::size_t i = 0; i < corner_count; ++i) ++first[corners[i] + 2];
    for (std::size_t vertex = 2; vertex < vertex_count + 2; ++vertex) first[vertex] += first[vertex - 1];
    std::int32_t *out = users.extend(corner_count);
    for (std::size_t i = 0; i < corner_count; ++i) out[first[corners[i] + 1]++] = std::int32_t(i / 3);
  }

  static double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

  static void of_corner(const double *normals, std::size_t face, const std::int32_t *from, const std::int32_t *until,
                        double crease, float *out) {
    const double *own = normals + 3 * face;
    const double size = std::sqrt(dot(own, own));
    double sum[3] = {own[0], own[1], own[2]};
    if (size > 0 && until - from <= kMostFaces) {
      sum[0] = sum[1] = sum[2] = 0;
      for (; from < until; ++from) {
        const double *other = normals + 3 * std::size_t(*from);
        const double along = dot(own, other);
        if (std::abs(along) < crease * size * std::sqrt(dot(other, other))) continue;
        for (int i = 0; i < 3; ++i) sum[i] += along < 0 ? -other[i] : other[i];
      }
    }
    const double length = std::sqrt(dot(sum, sum));
    for (int i = 0; i < 3; ++i) out[i] = length > 0 ? float(sum[i] / length) : 0.0f;
  }
};

}  // namespace outfeed
