// Elements of XML from arrays.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "block.hpp"
#include "rows.hpp"

namespace outfeed {

// Text that stands between numbers. It is copied as a whole block, which is faster than its few bytes.
class Between {
 public:
  static constexpr std::size_t kRoom = 32;

  // At most `kRoom` bytes.
  explicit Between(std::string_view text) : size_(text.size()) { std::memcpy(text_, text.data(), size_); }

  // Needs room for `kRoom` bytes.
  char *put(char *to) const {
    std::memcpy(to, text_, kRoom);
    return to + size_;
  }

 private:
  char text_[kRoom] = {};
  std::size_t size_;
};

// Text in a block with room for all of it: pages that are never touched cost nothing.
class Page {
 public:
  Page(Block<std::uint8_t> &block, std::size_t room) : block_(block), to_(reinterpret_cast<char *>(block.extend(room))) {}
  ~Page() { block_.shrink(std::size_t(to_ - reinterpret_cast<char *>(block_.data()))); }
  Page(const Page &) = delete;
  Page &operator=(const Page &) = delete;

  void put(const Between &text) { to_ = text.put(to_); }
  template <class T>
  void number(T value) {
    to_ = write_number(to_, value);
  }
  void hex(std::uint8_t value) {
    for (const unsigned digit : {value >> 4, value & 15}) *to_++ = "0123456789ABCDEF"[digit];
  }

 private:
  Block<std::uint8_t> &block_;
  char *to_;
};

// `width` numbers of each row, with `width + 1` texts around them.
template <class T>
void write_elements(Block<std::uint8_t> &text, const Between *between, const T *values, std::size_t count, std::size_t width) {
  Page page(text, count * (width * (kRealRoom + Between::kRoom) + Between::kRoom));
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t k = 0; k < width; ++k) {
      page.put(between[k]);
      page.number(values[row * width + k]);
    }
    page.put(between[width]);
  }
}

// Triangles with the group of each, 0 for none, and the index of each corner in it: said once where all are the same.
inline void write_triangles(Block<std::uint8_t> &text, const std::int32_t *faces, const std::int32_t *groups,
                            const std::int32_t *indices, std::size_t count) {
  static const Between kCorners[3] = {Between("<triangle v1=\""), Between("\" v2=\""), Between("\" v3=\"")};
  static const Between kIndices[3] = {Between("\" p1=\""), Between("\" p2=\""), Between("\" p3=\"")};
  static const Between kGroup("\" pid=\""), kEnd("\"/>\n");
  Page page(text, count * 8 * (kRealRoom + Between::kRoom));
  for (std::size_t row = 0; row < count; ++row, faces += 3, indices += 3) {
    for (std::size_t k = 0; k < 3; ++k) {
      page.put(kCorners[k]);
      page.number(faces[k]);
    }
    if (groups[row] > 0) {
      page.put(kGroup);
      page.number(groups[row]);
      const std::size_t said = indices[0] == indices[1] && indices[0] == indices[2] ? 1 : 3;
      for (std::size_t k = 0; k < said; ++k) {
        page.put(kIndices[k]);
        page.number(indices[k]);
      }
    }
    page.put(kEnd);
  }
}

// An element for each colour, with its four bytes as digits.
inline void write_colors(Block<std::uint8_t> &text, const Between &before, const Between &after, const std::uint8_t *colors,
                         std::size_t count) {
  Page page(text, count * (8 + 2 * Between::kRoom));
  for (std::size_t row = 0; row < count; ++row) {
    page.put(before);
    for (std::size_t k = 0; k < 4; ++k) page.hex(colors[row * 4 + k]);
    page.put(after);
  }
}

}  // namespace outfeed
