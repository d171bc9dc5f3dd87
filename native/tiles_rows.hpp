// Rows of whole numbers that are equal become one, in the order of their first appearance.
//
// The hash is keyed at random: nobody can write a file whose rows all collide. No result depends on it.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>

#include "block.hpp"

namespace outfeed {

class RowHash {
 public:
  RowHash() {
    static const std::uint64_t keys[2] = {drawn(), drawn() | 1};
    keys_[0] = keys[0];
    keys_[1] = keys[1];
  }

  std::uint64_t operator()(const std::int32_t *row, std::size_t columns) const {
    std::uint64_t hash = keys_[0];
    for (std::size_t i = 0; i < columns; ++i) {
      __extension__ using Wide = unsigned __int128;
      const Wide product = Wide((hash << 32 | hash >> 32) ^ std::uint32_t(row[i]) ^ keys_[0]) * keys_[1];
      hash = std::uint64_t(product) ^ std::uint64_t(product >> 64);
    }
    return hash;
  }

 private:
  static std::uint64_t drawn() {
    std::random_device random;
    return (std::uint64_t(random()) << 32) ^ random();
  }

  std::uint64_t keys_[2];
};

// `first`: the row that each different one appears in first; `index`: the number of each row among those.
inline void weld_rows(const std::int32_t *rows, std::size_t count, std::size_t columns, Block<std::int32_t> &first,
                      Block<std::int32_t> &index) {
  if (count > std::size_t(std::numeric_limits<std::int32_t>::max())) throw std::length_error("too many rows");
  const RowHash hash;
  std::size_t places = 16;
  while (places < 2 * count) places *= 2;
  Block<std::int32_t> table;
  table.reserve(places);
  std::int32_t *slots = table.extend(places);
  std::fill(slots, slots + places, -1);
  index.reserve(count);
  std::int32_t *out = index.extend(count);
  for (std::size_t r = 0; r < count; ++r) {
    const std::int32_t *row = rows + r * columns;
    std::size_t place = hash(row, columns) & (places - 1);
    while (slots[place] >= 0 &&
           std::memcmp(rows + std::size_t(first[slots[place]]) * columns, row, columns * sizeof(std::int32_t)) != 0)
      place = (place + 1) & (places - 1);
    if (slots[place] < 0) {
      slots[place] = std::int32_t(first.size());
      first.push(std::int32_t(r));
    }
    out[r] = slots[place];
  }
}

}  // namespace outfeed
