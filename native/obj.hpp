// Wavefront OBJ: positions with colours, texture coordinates, faces, and the names of materials and their libraries. All
// other lines are read over, and no other file is opened.
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "obj_surface.hpp"
#include "polygon.hpp"
#include "reader.hpp"
#include "text.hpp"
#include "block.hpp"

namespace outfeed {

class Obj {
  static constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

 public:
  // Which group a face is in is found only where `grouped` says so.
  explicit Obj(std::size_t max_triangles, bool grouped = false) : max_triangles_(max_triangles), grouped_(grouped) {}

  // Reads all lines that are whole, and returns the bytes used; the caller hands the rest in again with what follows.
  std::size_t feed(const char *first, std::size_t size, bool last) {
    p_ = first;
    end_ = last ? first + size : last_whole_line(first, first + size);
    while (p_ != end_ && !complaint_.any()) {
      read_line();
      skip_line();
    }
    return std::size_t((complaint_.any() ? end_ : p_) - first);
  }

  // Checks and triangulates; the blocks are complete afterwards. The vertices are the file's: not welded, some not used.
  void finish() {
    if (complaint_.any()) return;
    if (highest_ >= vertex_count()) {
      complaint_.set(Problem::kIndexOutOfRange, "", highest_line_);
      return;
    }
    cut_polygons();
    if (unsound_) check_used_points();
    drop_missing_uvs();
    colors_.finish(faces_);
    materials_.finish(faces_.size() / 3);
    groups_of_faces_.groups().finish(faces_.size() / 3);
  }

  const Complaint &complaint() const { return complaint_; }
  bool strange() const { return points_.size() == 0 && strangers_ > 0; }
  Block<double> &vertices() { return points_; }
  Block<std::int32_t> &faces() { return faces_; }
  Block<double> &uvs() { return uvs_; }
  Block<std::int32_t> &uv_faces() { return uv_faces_; }
  VertexColors &colors() { return colors_; }
  FaceNames &materials() { return materials_; }
  FaceGroups &groups() { return groups_of_faces_; }
  // Of each line `mtllib`, all that follows the word.
  const std::vector<std::string> &libraries() const { return libraries_; }
  // What the file has besides.
  bool has_normals() const { return normals_; }
  bool has_points() const { return points_seen_; }
  bool has_lines() const { return lines_; }
  bool has_curves() const { return curves_; }
  bool has_parts() const { return objects_ > 1 || groups_ > 1; }

 private:
  std::int64_t vertex_count() const { return std::int64_t(points_.size() / 3); }
  std::int64_t uv_count() const { return std::int64_t(uvs_.size() / 2); }

  // --- lines ---------------------------------------------------------------------------------------------------------

  static const char *last_whole_line(const char *first, const char *end) {
    for (const char *p = end; p != first; --p) {
      if (!is_newline(p[-1]) || (p == end && p[-1] == '\r')) continue;
      const char *before = p - 1;
      if (*before == '\n' && before != first && before[-1] == '\r') --before;
      if (before == first || before[-1] != '\\') return p;
    }
    return first;
  }

  bool at_line_end() const { return p_ == end_ || is_newline(*p_); }

  // A backslash at the end of a line joins it with the next.
  bool at_joint() const { return p_ != end_ && *p_ == '\\' && (p_ + 1 == end_ || is_newline(p_[1])); }

  void pass_newline() {
    if (p_ == end_) return;
    if (*p_ == '\r' && p_ + 1 != end_ && p_[1] == '\n') ++p_;
    ++p_;
    ++line_;
  }

  void skip_blanks() {
    for (; p_ != end_;) {
      if (is_blank(*p_)) {
        ++p_;
      } else if (at_joint()) {
        ++p_;
        pass_newline();
      } else {
        return;
      }
    }
  }

  void skip_word() {
    while (!at_line_end() && !is_blank(*p_) && !at_joint()) ++p_;
  }

  void skip_line() {
    while (!at_line_end()) {
      if (at_joint() && !comment_) {
        ++p_;
        pass_newline();
      } else {
        ++p_;
      }
    }
    pass_newline();
  }

  void read_line() {
    skip_blanks();
    comment_ = p_ != end_ && *p_ == '#';  // a backslash at the end of a comment is part of it: paths end so
    if (comment_ || at_line_end()) return;
    const char *word = p_;
    skip_word();
    const auto size = std::size_t(p_ - word);
    if (size == 1 && *word == 'v') {
      read_vertex();
    } else if (size == 2 && word[0] == 'v' && word[1] == 't') {
      read_reals(uvs_, 1, 2);
      if (uv_count() > kMost) complaint_.set(Problem::kDamaged, "more texture coordinates than 32 bits can count", line_);
    } else if (*word == 'f' && (size == 1 || (size == 2 && word[1] == 'o'))) {
      read_face();
    } else {
      read_other(word, size);
    }
  }

  void read_other(const char *word, std::size_t size) {
    const auto is = [&](const char *name) { return std::strlen(name) == size && std::memcmp(name, word, size) == 0; };
    if (is("vn")) {
      normals_ = true;
    } else if (is("g")) {
      ++groups_;
      if (grouped_) groups_of_faces_.use_group(rest_of_line(), faces_.size() / 3);
    } else if (is("usemtl")) {
      materials_.use(rest_of_line(), faces_.size() / 3);
    } else if (is("o")) {
      ++objects_;
      if (grouped_) groups_of_faces_.use_object(rest_of_line(), faces_.size() / 3);
    } else if (is("mtllib")) {
      add_library(rest_of_line());
    } else if (is("l")) {
      lines_ = true;
    } else if (is("p")) {
      points_seen_ = true;
    } else if (is("curv") || is("curv2") || is("surf")) {
      curves_ = true;
    } else if (!is("s") && !is("vp") && !is("mg")) {
      ++strangers_;
    }
  }

  // Blanks around it belong to nothing; names have blanks inside, and "#" too.
  std::string rest_of_line() {
    std::string text;
    skip_blanks();
    while (!at_line_end()) {
      if (at_joint()) {
        ++p_;
        pass_newline();
      } else {
        text.push_back(*p_++);
      }
    }
    while (!text.empty() && is_blank(text.back())) text.pop_back();
    return text;
  }

  // --- vertices ------------------------------------------------------------------------------------------------------

  void read_vertex() {
    read_reals(points_, 3, 3);
    const double *point = points_.data() + points_.size() - 3;
    unsound_ |= !std::isfinite(point[0]) || !std::isfinite(point[1]) || !std::isfinite(point[2]);
    if (vertex_count() > kMost) complaint_.set(Problem::kDamaged, "more vertices than 32 bits can count", line_);
    if (!at_line_end()) read_color();
  }

  // Behind the position: a weight, which is read over, or red, green and blue, and perhaps opacity.
  void read_color() {
    double values[4] = {0, 0, 0, 1};
    int count = 0;
    for (; count < 4; ++count) {
      skip_blanks();
      if (!read_real(p_, end_, values[count]) || !(at_line_end() || is_blank(*p_) || at_joint())) break;
    }
    if (count < 3) return;
    for (int i = 0; i < count; ++i)
      if (!std::isfinite(values[i])) return;
    colors_.add(std::size_t(vertex_count()) - 1, values, count);
  }

  // Exporters repeat the line for each object.
  void add_library(const std::string &names) {
    if (libraries_.empty() || libraries_.back() != names) libraries_.push_back(names);
  }

  // Reads `most` numbers, of which `least` must be there. What is no number becomes NaN, and is refused where a face uses it.
  void read_reals(Block<double> &to, int least, int most) {
    double *values = to.extend(std::size_t(most));
    for (int i = 0; i < most; ++i) {
      skip_blanks();
      values[i] = i < least ? std::nan("") : 0.0;
      double value = 0;
      if (at_line_end() || (i >= least && *p_ == '#')) continue;
      if (read_real(p_, end_, value) && (at_line_end() || is_blank(*p_) || at_joint())) {
        values[i] = std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
      } else {
        values[i] = std::nan("");
        skip_word();
      }
    }
  }

  // --- faces ---------------------------------------------------------------------------------------------------------

  void read_face() {
    corners_.clear();
    corner_uvs_.clear();
    for (;;) {
      skip_blanks();
      if (at_line_end() || *p_ == '#') break;
      if (!read_corner()) return;
    }
    if (corners_.size() >= 3) add_fan();
  }

  bool read_corner() {
    std::int64_t number = 0;
    bool large = false;
    if (!read_integer(number, large)) return damaged_face();
    const std::int64_t index = number > 0 ? number - 1 : vertex_count() + number;
    if (large || number == 0 || index < 0 || index >= kMost) {
      complaint_.set(Problem::kIndexOutOfRange, "", line_);
      return false;
    }
    if (index > highest_) {
      highest_ = index;
      highest_line_ = line_;
    }
    corners_.push_back(std::int32_t(index));
    corner_uvs_.push_back(-1);
    return read_rest_of_corner();
  }

  // Behind the position: texture coordinate and normal, each of which may be missing. A texture coordinate that is not
  // there leaves the corner without one: it is no part of the shape.
  bool read_rest_of_corner() {
    if (p_ != end_ && *p_ == '/') {
      ++p_;
      std::int64_t number = 0;
      bool large = false;
      if (p_ != end_ && *p_ != '/' && read_integer(number, large)) {
        const std::int64_t index = number > 0 ? number - 1 : uv_count() + number;
        if (!large && number != 0 && index >= 0 && index < kMost) corner_uvs_.back() = std::int32_t(index);
      }
      if (p_ != end_ && *p_ == '/') {
        ++p_;
        read_integer(number, large);
      }
    }
    return at_line_end() || is_blank(*p_) || at_joint() || damaged_face();
  }

  bool damaged_face() {
    complaint_.set(Problem::kDamaged, "a face with a corner that is not a number", line_);
    return false;
  }

  bool read_integer(std::int64_t &value, bool &large) {
    constexpr int kAlwaysFit = 18;
    const bool negative = p_ != end_ && *p_ == '-';
    const char *first = negative ? p_ + 1 : p_, *q = first;
    value = 0;
    while (q != end_ && is_digit(*q) && q - first < kAlwaysFit) value = value * 10 + (*q++ - '0');
    if (q == first || (q != end_ && is_digit(*q))) return read_any_integer(value, large);
    value = negative ? -value : value;
    large = false;
    p_ = q;
    return true;
  }

  bool read_any_integer(std::int64_t &value, bool &large) {
    const char *first = p_ != end_ && *p_ == '+' ? p_ + 1 : p_;
    const auto read = std::from_chars(first, end_, value);
    if (read.ec == std::errc::invalid_argument) return false;
    large = read.ec == std::errc::result_out_of_range;
    p_ = read.ptr;
    return true;
  }

  // The fan is right for convex polygons; the others are found again by `polygons_` when all vertices are known.
  void add_fan() {
    const std::size_t triangles = faces_.size() / 3, more = corners_.size() - 2;
    if (more > max_triangles_ || triangles > max_triangles_ - more) {
      complaint_.set(Problem::kTooManyTriangles, "", line_);
      return;
    }
    if (more > 1) polygons_.push_back({std::int32_t(triangles), std::int32_t(corners_.size())});
    write_fan(faces_, corners_);
    bool has_uvs = false;
    for (const std::int32_t uv : corner_uvs_) has_uvs |= uv >= 0;
    if (has_uvs && !textured_) {
      std::int32_t *none = uv_faces_.extend(triangles * 3);
      std::fill(none, none + triangles * 3, -1);
      textured_ = true;
    }
    if (textured_) write_fan(uv_faces_, corner_uvs_);
  }

  static void write_fan(Block<std::int32_t> &to, const std::vector<std::int32_t> &corners) {
    std::int32_t *out = to.extend((corners.size() - 2) * 3);
    for (std::size_t i = 2; i < corners.size(); ++i) {
      *out++ = corners[0];
      *out++ = corners[i - 1];
      *out++ = corners[i];
    }
  }

  // --- the end of the file -------------------------------------------------------------------------------------------

  void cut_polygons() {
    Triangulator triangulator;
    std::vector<std::uint32_t> triangles;
    for (const Polygon &polygon : polygons_) {
      const auto n = std::size_t(polygon.corners);
      const std::size_t first = std::size_t(polygon.first_triangle) * 3;
      read_fan(faces_, first, n, corners_);
      const auto at = [&](std::size_t i) { return points_.data() + std::size_t(corners_[i]) * 3; };
      if (!triangulator.cut(n, at, triangles)) continue;
      write_triangles(faces_, first, corners_, triangles);
      if (!textured_) continue;
      read_fan(uv_faces_, first, n, corner_uvs_);
      write_triangles(uv_faces_, first, corner_uvs_, triangles);
    }
    std::vector<Polygon>().swap(polygons_);
  }

  static void read_fan(const Block<std::int32_t> &from, std::size_t first, std::size_t n, std::vector<std::int32_t> &to) {
    to.resize(n);
    to[0] = from[first];
    to[1] = from[first + 1];
    for (std::size_t i = 2; i < n; ++i) to[i] = from[first + (i - 2) * 3 + 2];
  }

  static void write_triangles(Block<std::int32_t> &to, std::size_t first, const std::vector<std::int32_t> &corners,
                              const std::vector<std::uint32_t> &triangles) {
    for (std::size_t i = 0; i < triangles.size(); ++i) to[first + i] = corners[triangles[i]];
  }

  void check_used_points() {
    for (std::size_t i = 0; i < faces_.size() && !complaint_.any(); ++i) check_point(points_.data() + std::size_t(faces_[i]) * 3);
  }

  void check_point(const double *point) {
    for (int k = 0; k < 3; ++k) {
      if (std::isnan(point[k])) complaint_.set(Problem::kDamaged, "a face uses a vertex whose coordinates are not three numbers", 0);
      if (std::isinf(point[k])) complaint_.set(Problem::kNotFinite, "", 0);
    }
  }

  void drop_missing_uvs() {
    for (std::size_t i = 0; i < uv_faces_.size(); ++i)
      if (uv_faces_[i] >= uv_count()) uv_faces_[i] = -1;
  }

  struct Polygon {
    std::int32_t first_triangle, corners;
  };

  std::size_t max_triangles_;
  bool grouped_;
  Complaint complaint_;
  Block<double> points_, uvs_;
  Block<std::int32_t> faces_, uv_faces_;
  std::vector<Polygon> polygons_;
  std::vector<std::int32_t> corners_, corner_uvs_;  // of the face at hand
  VertexColors colors_;
  FaceNames materials_;
  FaceGroups groups_of_faces_;
  std::vector<std::string> libraries_;
  std::size_t objects_ = 0, groups_ = 0;
  bool unsound_ = false, normals_ = false, points_seen_ = false, lines_ = false, curves_ = false;
  std::int64_t highest_ = -1;
  std::size_t highest_line_ = 0;
  std::size_t strangers_ = 0;
  std::size_t line_ = 1;
  bool comment_ = false, textured_ = false;
  const char *p_ = nullptr, *end_ = nullptr;
};

}  // namespace outfeed
