// Numbers as text, in both directions.
#include "../numbers.hpp"
#include "../rows.hpp"

#include "fuzz.hpp"

namespace {

bool separates(char c) { return outfeed::is_blank(c) || outfeed::is_newline(c) || c == ','; }

// Finite numbers are written so that they are read as the same ones.
void check_written(outfeed::Block<double> &values) {
  std::vector<double> finite;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i])) finite.push_back(values[i] == 0 ? 0.0 : values[i]);
  outfeed::Rows rows;
  outfeed::write_table(rows, finite.data(), finite.size(), 1);
  outfeed::Block<double> again;
  const fuzz::Exact text(rows.block().data(), rows.block().size());
  require(outfeed::read_numbers(text.text(), text.size(), again) == text.size(), "what is written is read");
  require(again.size() == finite.size() && fuzz::same(again.data(), finite.data(), finite.size()),
          "what is written is read as the same numbers");
}

void check_floats(fuzz::Input input) {
  outfeed::Rows rows;
  std::vector<float> values;
  while (input.left() != 0) values.push_back(input.coordinate<float>(true));
  outfeed::write_table(rows, values.data(), values.size(), 1);
  outfeed::Block<double> read;
  std::vector<double> told(values.size());
  const fuzz::Exact text(rows.block().data(), rows.block().size());
  outfeed::read_numbers(text.text(), text.size(), read);
  outfeed::write_as_doubles(values.data(), values.size(), told.data());
  require(read.size() == values.size() && fuzz::same(read.data(), told.data(), told.size()), "as_written tells what is read");
  for (std::size_t i = 0; i < values.size(); ++i) require(float(read[i]) == values[i], "a float is read as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const fuzz::Exact text(data, size);
  outfeed::Block<double> whole, pieces;
  const std::size_t used = outfeed::read_numbers(text.text(), text.size(), whole);
  require(used <= size, "no more is read than there is");
  for (std::size_t first = 0; first < used;) {
    std::size_t last = first;
    while (last < used && (last == first || !separates(text.text()[last]))) ++last;
    const fuzz::Exact word(data + first, last - first);
    require(outfeed::read_numbers(word.text(), word.size(), pieces) == word.size(), "each word is read by itself");
    first = last;
  }
  require(whole.size() == pieces.size() && fuzz::same(whole.data(), pieces.data(), whole.size()),
          "words give the same numbers as the whole");
  check_written(whole);
  check_floats(fuzz::Input(data, size));
  return 0;
}
