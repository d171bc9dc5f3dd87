// Rows in the order of their first use.
#include "../first_use.hpp"

#include <map>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t rows = input.below(64);
  std::vector<std::int32_t> users;
  bool there = true;
  while (input.left() != 0) {
    const std::uint8_t byte = input.take<std::uint8_t>();
    users.push_back(byte == 255 ? input.take<std::int32_t>() : byte == 254 ? -1 : std::int32_t(byte % (rows + 1)));
    there &= users.back() < 0 || std::size_t(users.back()) < rows;
  }
  outfeed::Block<std::int32_t> order, renumbered;
  try {
    outfeed::first_use(users.data(), users.size(), rows, order, renumbered);
  } catch (const std::invalid_argument &) {
    require(!there, "users of rows that are there are taken");
    require(!outfeed::in_first_use(users.data(), users.size(), rows), "a row that is not there is in no order");
    return 0;
  }
  require(there, "a user of a row that is not there is refused");
  require(renumbered.size() == users.size() && order.size() <= rows, "each user and no row twice");
  std::map<std::int32_t, std::int32_t> numbers;
  for (std::size_t i = 0; i < users.size(); ++i) {
    const std::int32_t number =
        users[i] < 0 ? -1 : numbers.emplace(users[i], std::int32_t(numbers.size())).first->second;
    require(renumbered[i] == number, "numbers are given in order of first use");
    require(number < 0 || order[std::size_t(number)] == users[i], "a number stands for its row");
  }
  require(order.size() == numbers.size(), "only rows that are used are kept");
  bool in_order = order.size() == rows && order.size() == numbers.size();
  for (std::size_t i = 0; i < users.size(); ++i) in_order &= users[i] >= 0 && users[i] == renumbered[i];
  require(outfeed::in_first_use(users.data(), users.size(), rows) == in_order, "in_first_use tells what would change nothing");
  return 0;
}
