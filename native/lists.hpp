// Rows that hold lists, as PLY and binary OFF have them: where each row and each list begins.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "block.hpp"

namespace outfeed {

// A row is a part of fixed size, then for each list its count, its items, and another part of fixed size.
struct ListLayout {
  std::vector<std::size_t> fixed;  // bytes of the parts: one more than lists
  std::string counts;              // type of each list's count: one of bBhHiIqQd
  std::vector<std::size_t> items;  // bytes of an item of each list
  bool swapped = false;            // counts are in the other byte order than this machine's

  std::size_t lists() const { return counts.size(); }

  static std::size_t count_bytes(char type) {
    switch (type) {
      case 'b':
      case 'B': return 1;
      case 'h':
      case 'H': return 2;
      case 'i':
      case 'I': return 4;
      case 'q':
      case 'Q':
      case 'd': return 8;
      default: throw std::invalid_argument("a type that no count has");
    }
  }
};

class ListRows {
 public:
  static constexpr std::int64_t kNoCount = -1, kEndless = std::numeric_limits<std::int64_t>::max();

  ListRows(const ListLayout &layout, const unsigned char *data, std::size_t size)
      : layout_(layout), data_(data), size_(size) {}

  // Writes where the fixed parts of up to `most` whole rows begin. Sets `used` to the bytes of those rows, and `needs` to
  // the bytes that the next row has at least (0: none was looked at), or to kNoCount where a list's length is no number.
  void find(std::size_t most, Block<std::int64_t> &at) {
    const std::size_t parts = layout_.lists() + 1;
    for (std::size_t row = 0; row < most; ++row) {
      std::int64_t *starts = at.extend(parts);
      if (!read_row(starts)) {
        at.shrink(at.size() - parts);
        return;
      }
    }
  }

  std::size_t used() const { return used_; }
  std::int64_t needs() const { return needs_; }

 private:
  bool read_row(std::int64_t *starts) {
    std::size_t p = used_;
    for (std::size_t list = 0;; ++list) {
      starts[list] = std::int64_t(p);
      if (!pass(p, layout_.fixed[list], 1)) return false;
      if (list == layout_.lists()) break;
      const std::size_t count_at = p;
      if (!pass(p, ListLayout::count_bytes(layout_.counts[list]), 1)) return false;
      std::uint64_t count = 0;
      if (!read_count(layout_.counts[list], data_ + count_at, count)) {
        needs_ = kNoCount;
        return false;
      }
      if (!pass(p, layout_.items[list], count)) return false;
    }
    used_ = p;
    return true;
  }

  // Steps over `count` things of `bytes` each; if they are not all here, says how much the row needs.
  bool pass(std::size_t &p, std::size_t bytes, std::uint64_t count) {
    if (bytes == 0 || count <= (size_ - p) / bytes) {
      p += bytes * std::size_t(count);
      return true;
    }
    const std::uint64_t before = p - used_, most = std::uint64_t(kEndless) - before;
    needs_ = count > most / bytes ? kEndless : std::int64_t(before + count * bytes);
    return false;
  }

  template <class T>
  bool load(const unsigned char *from, std::uint64_t &count) const {
    unsigned char bytes[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] = from[layout_.swapped ? sizeof(T) - 1 - i : i];
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    // What is not whole, too large for any file or not a number is no count; 2^53 and above could not be told apart.
    if constexpr (std::is_floating_point_v<T>) {
      if (!(value >= 0 && value < 9007199254740992.0) || std::floor(value) != value) return false;
    } else if constexpr (std::is_signed_v<T>) {
      if (value < 0) return false;
    }
    count = std::uint64_t(value);
    return true;
  }

  bool read_count(char type, const unsigned char *from, std::uint64_t &count) const {
    switch (type) {
      case 'b': return load<std::int8_t>(from, count);
      case 'B': return load<std::uint8_t>(from, count);
      case 'h': return load<std::int16_t>(from, count);
      case 'H': return load<std::uint16_t>(from, count);
      case 'i': return load<std::int32_t>(from, count);
      case 'I': return load<std::uint32_t>(from, count);
      case 'q': return load<std::int64_t>(from, count);
      case 'Q': return load<std::uint64_t>(from, count);
      default: return load<double>(from, count);
    }
  }

  const ListLayout &layout_;
  const unsigned char *data_;
  std::size_t size_, used_ = 0;
  std::int64_t needs_ = 0;
};

}  // namespace outfeed
