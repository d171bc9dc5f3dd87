// What OBJ says of surfaces: colours behind the positions of vertices, and the material of the faces that follow. And
// the groups of faces, which are said in the same way.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "block.hpp"

namespace outfeed {

// Colours of some vertices. Whether they are shares or 0 to 255 is known at the end only, so both are kept.
class VertexColors {
  // Above it, colours are 0 to 255. A share of a bright light may be a little more than 1, and is cut off.
  static constexpr double kLargestShare = 1.5;
  static constexpr int kChannels = 4;

 public:
  // Red, green, blue and, if `count` is 4, opacity of a vertex; vertices come in their order.
  void add(std::size_t vertex, const double *values, int count) {
    std::int32_t *none = rows_.extend(vertex - rows_.size());
    std::fill(none, rows_.data() + rows_.size(), -1);
    rows_.push(std::int32_t(bytes_.size() / kChannels));
    for (int i = 0; i < kChannels; ++i) {
      const bool given = i < count;
      of_shares_.push(given ? as_byte(values[i] * 255) : 255);
      bytes_.push(given ? as_byte(values[i]) : 255);
      if (given) largest_ = std::max(largest_, values[i]);
    }
  }

  // Decides what the numbers mean, and finds the colour of each corner: -1 where its vertex has none.
  void finish(const Block<std::int32_t> &faces) {
    if (bytes_.size() == 0) return;
    if (largest_ <= kLargestShare) std::copy(of_shares_.data(), of_shares_.data() + of_shares_.size(), bytes_.data());
    std::int32_t *out = corners_.extend(faces.size());
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const auto vertex = std::size_t(faces[i]);
      out[i] = vertex < rows_.size() ? rows_[vertex] : -1;
    }
  }

  Block<std::uint8_t> &table() { return bytes_; }  // four for each colour
  Block<std::int32_t> &corners() { return corners_; }

 private:
  static std::uint8_t as_byte(double value) { return std::uint8_t(std::nearbyint(std::clamp(value, 0.0, 255.0))); }

  Block<std::int32_t> rows_;  // of each vertex up to the last that has a colour
  Block<std::uint8_t> of_shares_, bytes_;
  Block<std::int32_t> corners_;
  double largest_ = 0;
};

// Names such as those of materials, and the faces that have them.
class FaceNames {
 public:
  // The triangles from this one on have this name.
  void use(const std::string &name, std::size_t triangle) {
    if (runs_.size() != 0 && name == names_[std::size_t(runs_[runs_.size() - 1].name)]) return;
    const auto [found, added] = rows_.emplace(name, std::int32_t(names_.size()));
    if (added) names_.push_back(name);
    runs_.push({std::int32_t(triangle), found->second});
  }

  // Finds the name of each triangle: -1 before the first.
  void finish(std::size_t triangles) {
    if (runs_.size() == 0) return;
    std::int32_t *out = faces_.extend(triangles);
    std::fill(out, out + std::size_t(runs_[0].first), -1);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const std::size_t last = i + 1 < runs_.size() ? std::size_t(runs_[i + 1].first) : triangles;
      std::fill(out + runs_[i].first, out + last, runs_[i].name);
    }
  }

  const std::vector<std::string> &names() const { return names_; }  // in the order in which the file first has them
  Block<std::int32_t> &faces() { return faces_; }

 private:
  // Triangles of one name, up to the next run.
  struct Run {
    std::int32_t first, name;
  };

  std::vector<std::string> names_;
  std::map<std::string, std::int32_t> rows_;  // no hash: names could be chosen to collide
  Block<Run> runs_;
  Block<std::int32_t> faces_;
};

// Groups by name, inside objects by name. A new object begins without a group.
class FaceGroups {
 public:
  // Without a name, what follows is in no object.
  void use_object(const std::string &name, std::size_t triangle) {
    object_ = -1;
    if (!name.empty()) {
      const auto [found, added] = rows_.emplace(name, std::int64_t(objects_.size()));
      if (added) objects_.push_back(name);
      object_ = found->second;
    }
    use_group("", triangle);
  }

  void use_group(const std::string &name, std::size_t triangle) {
    // A number for the object: its name may be long, and its groups many.
    groups_.use(std::to_string(object_) + '\n' + name, triangle);
  }

  const std::vector<std::string> &objects() const { return objects_; }
  FaceNames &groups() { return groups_; }  // each name is the object's number, -1 for none, a line end, and its own

 private:
  std::vector<std::string> objects_;
  std::map<std::string, std::int64_t> rows_;
  std::int64_t object_ = -1;
  FaceNames groups_;
};

}  // namespace outfeed
