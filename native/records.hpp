// Rows of one size in bytes, one after the other, as binary PLY and OFF have them where all lists are equally long.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace outfeed {

struct Records {
  const unsigned char *first;
  std::size_t rows, row_bytes;
};

template <class Word>
std::size_t rows_with_word(const Records &records, std::size_t at) {
  Word wanted, found;
  const unsigned char *p = records.first + at;
  for (std::size_t row = 0; row < records.rows; ++row, p += records.row_bytes) {
    if (row == 0) std::memcpy(&wanted, p, sizeof(Word));
    std::memcpy(&found, p, sizeof(Word));
    if (found != wanted) return row;
  }
  return records.rows;
}

// How many of the rows, from the first, have the first one's bytes in this place.
inline std::size_t even_rows(const Records &records, std::size_t at, std::size_t bytes) {
  switch (bytes) {
    case 1: return rows_with_word<std::uint8_t>(records, at);
    case 2: return rows_with_word<std::uint16_t>(records, at);
    case 4: return rows_with_word<std::uint32_t>(records, at);
    case 8: return rows_with_word<std::uint64_t>(records, at);
    default: throw std::invalid_argument("a count has 1, 2, 4 or 8 bytes");
  }
}

constexpr std::int32_t kMostIndex = 2147483647;

// What is not whole, or not between -kMostIndex and kMostIndex, is no index.
template <class Item>
bool as_index(Item value, std::int32_t &index) {
  if constexpr (std::is_floating_point_v<Item>) {
    if (!(double(value) >= -double(kMostIndex) && double(value) <= double(kMostIndex))) return false;
    if (std::floor(value) != value) return false;
  } else if constexpr (std::is_signed_v<Item>) {
    if (std::int64_t(value) < -std::int64_t(kMostIndex) || std::int64_t(value) > std::int64_t(kMostIndex)) return false;
  } else {
    if (std::uint64_t(value) > std::uint64_t(kMostIndex)) return false;
  }
  index = std::int32_t(value);
  return true;
}

template <class Item, bool kSwapped>
Item load_item(const unsigned char *from) {
  unsigned char bytes[sizeof(Item)];
  if constexpr (kSwapped) {
    for (std::size_t i = 0; i < sizeof(Item); ++i) bytes[i] = from[sizeof(Item) - 1 - i];
    from = bytes;
  }
  Item value;
  std::memcpy(&value, from, sizeof(Item));
  return value;
}

// kCount: of the items in each row, where it is known before; else 0.
template <class Item, bool kSwapped, std::size_t kCount>
std::size_t read_indices(const Records &records, std::size_t at, std::size_t counted, std::int32_t *out) {
  const std::size_t count = kCount != 0 ? kCount : counted;
  const unsigned char *p = records.first + at;
  for (std::size_t row = 0; row < records.rows; ++row, p += records.row_bytes, out += count) {
    bool all = true;
    for (std::size_t i = 0; i < count; ++i) all &= as_index(load_item<Item, kSwapped>(p + i * sizeof(Item)), out[i]);
    if (!all) return row;
  }
  return records.rows;
}

// Most rows are triangles.
template <class Item, bool kSwapped>
std::size_t read_indices(const Records &records, std::size_t at, std::size_t count, std::int32_t *out) {
  return count == 3 ? read_indices<Item, kSwapped, 3>(records, at, count, out)
                    : read_indices<Item, kSwapped, 0>(records, at, count, out);
}

// The bytes of an item of this type: one of bBhHiIqQfd.
inline std::size_t item_bytes(char type) {
  switch (type) {
    case 'b':
    case 'B': return 1;
    case 'h':
    case 'H': return 2;
    case 'i':
    case 'I':
    case 'f': return 4;
    case 'q':
    case 'Q':
    case 'd': return 8;
    default: throw std::invalid_argument("a type that no item has");
  }
}

template <bool kSwapped>
std::size_t read_indices(char type, const Records &records, std::size_t at, std::size_t count, std::int32_t *out) {
  switch (type) {
    case 'b': return read_indices<std::int8_t, kSwapped>(records, at, count, out);
    case 'B': return read_indices<std::uint8_t, kSwapped>(records, at, count, out);
    case 'h': return read_indices<std::int16_t, kSwapped>(records, at, count, out);
    case 'H': return read_indices<std::uint16_t, kSwapped>(records, at, count, out);
    case 'i': return read_indices<std::int32_t, kSwapped>(records, at, count, out);
    case 'I': return read_indices<std::uint32_t, kSwapped>(records, at, count, out);
    case 'q': return read_indices<std::int64_t, kSwapped>(records, at, count, out);
    case 'Q': return read_indices<std::uint64_t, kSwapped>(records, at, count, out);
    case 'f': return read_indices<float, kSwapped>(records, at, count, out);
    default: return read_indices<double, kSwapped>(records, at, count, out);
  }
}

// Writes `count` items that stand one after the other at `at` in each row to `out`, and returns how many rows could be
// read: up to the first that has an item which is no index. What `out` has behind those is of no use.
inline std::size_t index_rows(const Records &records, std::size_t at, std::size_t count, char type, bool swapped,
                              std::int32_t *out) {
  return swapped ? read_indices<true>(type, records, at, count, out) : read_indices<false>(type, records, at, count, out);
}

}  // namespace outfeed
