// Indices in rows of one size: of every type, beside a plain conversion.
#include "../records.hpp"

#include "fuzz.hpp"

namespace {

template <class Item>
bool plain(const std::uint8_t *from, bool swapped, std::int32_t &index) {
  std::uint8_t bytes[sizeof(Item)];
  for (std::size_t i = 0; i < sizeof(Item); ++i) bytes[i] = from[swapped ? sizeof(Item) - 1 - i : i];
  Item item;
  std::memcpy(&item, bytes, sizeof(Item));
  const long double value = item;  // which has all integers of 64 bits
  if (!(value >= -2147483647.0L && value <= 2147483647.0L) || value != static_cast<long double>(std::int64_t(value)))
    return false;
  index = std::int32_t(value);
  return true;
}

template <class Item>
void run(char letter, fuzz::Input input) {
  const std::size_t before = input.below(9), count = input.below(5), behind = input.below(4);
  const bool swapped = input.flag();
  const std::size_t row_bytes = before + count * sizeof(Item) + behind + 1;
  const fuzz::Exact bytes = input.rest();
  const std::size_t rows = bytes.size() / row_bytes;
  std::vector<std::int32_t> out(rows * count), expected(rows * count);
  std::size_t wanted = 0;
  for (bool all = true; all && wanted < rows; wanted += all)
    for (std::size_t i = 0; i < count; ++i)
      all &= plain<Item>(bytes.data() + wanted * row_bytes + before + i * sizeof(Item), swapped,
                         expected[wanted * count + i]);
  const std::size_t done =
      outfeed::index_rows({bytes.data(), rows, row_bytes}, before, count, letter, swapped, out.data());
  require(done == wanted, "rows are read up to the first that has no index");
  require(fuzz::same(out.data(), expected.data(), done * count), "indices are the numbers of the file");
  require(outfeed::item_bytes(letter) == sizeof(Item), "a type has its bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.below(10)) {
    case 0: run<std::int8_t>('b', input); break;
    case 1: run<std::uint8_t>('B', input); break;
    case 2: run<std::int16_t>('h', input); break;
    case 3: run<std::uint16_t>('H', input); break;
    case 4: run<std::int32_t>('i', input); break;
    case 5: run<std::uint32_t>('I', input); break;
    case 6: run<std::int64_t>('q', input); break;
    case 7: run<std::uint64_t>('Q', input); break;
    case 8: run<float>('f', input); break;
    default: run<double>('d', input); break;
  }
  return 0;
}
