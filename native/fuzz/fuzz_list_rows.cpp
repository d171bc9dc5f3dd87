// Rows with lists, as PLY and binary OFF have them: at once, in pieces, and beside the kernels for rows of one size.
#include "../lists.hpp"
#include "../records.hpp"

#include <algorithm>

#include "fuzz.hpp"

namespace {

outfeed::ListLayout take_layout(fuzz::Input &input) {
  outfeed::ListLayout layout;
  const std::size_t lists = 1 + input.below(3);
  for (std::size_t i = 0; i < lists; ++i) {
    layout.fixed.push_back(input.below(5));
    layout.counts.push_back("bBhHiIqQd"[input.below(9)]);
    layout.items.push_back(input.below(9));
  }
  layout.fixed.push_back(input.below(5));
  layout.swapped = input.flag();
  return layout;
}

// Where rows of one size are said to be, the rows are.
void check_even(const outfeed::ListLayout &layout, const fuzz::Exact &bytes, outfeed::Block<std::int64_t> &all) {
  const std::size_t parts = layout.lists() + 1;
  outfeed::ListRows reader(layout, bytes.data(), bytes.size());
  outfeed::Block<std::int64_t> first;
  reader.find(1, first);
  if (reader.used() == 0) return;
  std::size_t rows = std::min<std::size_t>(bytes.size() / reader.used(), all.size() / parts);
  for (std::size_t list = 0; list < layout.lists(); ++list) {
    const outfeed::Records records{bytes.data(), rows, reader.used()};
    const std::size_t at = std::size_t(first[list]) + layout.fixed[list];
    rows = std::min(rows, outfeed::even_rows(records, at, outfeed::ListLayout::count_bytes(layout.counts[list])));
  }
  for (std::size_t i = 0; i < rows * parts; ++i)
    require(all[i] == first[i % parts] + std::int64_t(i / parts * reader.used()), "even rows are where they should be");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  constexpr std::size_t kMost = 200;
  fuzz::Input input(data, size);
  const outfeed::ListLayout layout = take_layout(input);
  fuzz::Input cuts = input;
  const fuzz::Exact bytes = input.rest();
  outfeed::Block<std::int64_t> all, pieces;
  outfeed::ListRows reader(layout, bytes.data(), bytes.size());
  reader.find(kMost, all);
  require(reader.used() <= bytes.size(), "rows end inside the bytes");
  require(all.size() % (layout.lists() + 1) == 0, "rows are whole");
  require(reader.needs() <= 0 || std::size_t(reader.needs()) > bytes.size() - reader.used(), "more is needed than there is");
  for (std::size_t i = 0; i < all.size(); ++i)
    require(all[i] >= (i == 0 ? 0 : all[i - 1]) && std::size_t(all[i]) <= bytes.size(), "parts follow each other");
  std::size_t used = 0;
  for (std::size_t rows = 0; rows < all.size() / (layout.lists() + 1);) {
    const std::size_t some = 1 + cuts.below(9), before = pieces.size();
    const fuzz::Exact rest(bytes.data() + used, bytes.size() - used);
    outfeed::ListRows next(layout, rest.data(), rest.size());
    next.find(std::min(some, kMost - rows), pieces);
    for (std::size_t i = before; i < pieces.size(); ++i) pieces[i] += std::int64_t(used);
    require(pieces.size() > before, "rows that were there are there again");
    used += next.used();
    rows = pieces.size() / (layout.lists() + 1);
  }
  require(all.size() == pieces.size() && fuzz::same(all.data(), pieces.data(), all.size()), "pieces give the same rows");
  check_even(layout, bytes, all);
  return 0;
}
