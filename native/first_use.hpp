// The rows of a table in the order in which their users first name them.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "block.hpp"

namespace outfeed {

// Tells whether the rows are in that order, and all used: the first user of each row follows one of the row before.
inline bool in_first_use(const std::int32_t *users, std::size_t count, std::size_t rows) {
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t row = std::uint32_t(users[i]);
    if (row > next) return false;
    next = row == next ? row + 1 : next;
  }
  return next == rows;
}

// Writes the rows that are used to `order`, and the users' new numbers to `renumbered`. A user may be -1: no row.
inline void first_use(const std::int32_t *users, std::size_t count, std::size_t rows, Block<std::int32_t> &order,
                      Block<std::int32_t> &renumbered) {
  Block<std::int32_t> rank;
  std::int32_t *ranks = rank.extend(rows);
  std::fill(ranks, ranks + rows, -1);
  renumbered.reserve(count);
  std::int32_t *out = renumbered.extend(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (users[i] < 0) {
      out[i] = -1;
      continue;
    }
    if (std::size_t(users[i]) >= rows) throw std::invalid_argument("a user of a row that is not there");
    std::int32_t &found = ranks[users[i]];
    if (found < 0) {
      found = std::int32_t(order.size());
      order.push(users[i]);
    }
    out[i] = found;
  }
}

}  // namespace outfeed
