// ASCII STL: line ends mean nothing but the end of a solid's name.
//
// Facets that are written as nearly all programs write them are read whole; at the first surprise, the facet is read word
// by word. Both give the same.
#pragma once

#include <cmath>
#include <cstring>
#include <type_traits>

#include "reader.hpp"
#include "text.hpp"
#include "weld.hpp"

namespace outfeed {

class StlAscii {
  enum class State { kOutside, kName, kNameFacet, kFacet, kOuter, kLoop, kNumber, kAfterLoop };

 public:
  explicit StlAscii(std::size_t max_triangles) : max_triangles_(max_triangles), welder_(0) {}

  // Reads all words that are whole, and returns the bytes used; the caller hands the rest in again with what follows.
  std::size_t feed(const char *first, std::size_t size, bool last) {
    const char *p = first, *end = first + size;
    while (!complaint_.any()) {
      p = skip_space(p, end);
      if (state_ == State::kOutside) p = skip_space(read_facets(p, end), end);
      const char *word = p;
      while (p != end && static_cast<unsigned char>(*p) > ' ') ++p;
      if (word == p) break;
      if (p == end && !last) {
        p = word;
        break;
      }
      take(word, p);
    }
    weld();
    if (last && state_ != State::kOutside && state_ != State::kName && state_ != State::kNameFacet)
      complain("the file ends inside a facet");
    return std::size_t(p - first);
  }

  const Complaint &complaint() const { return complaint_; }
  Welder<double> &welder() { return welder_; }

 private:
  const char *skip_space(const char *p, const char *end) {
    for (; p != end && static_cast<unsigned char>(*p) <= ' '; ++p) {
      if (!is_newline(*p)) {
        after_return_ = false;
        continue;
      }
      if (!(*p == '\n' && after_return_)) ++line_;
      after_return_ = *p == '\r';
      if (state_ == State::kName || state_ == State::kNameFacet) state_ = State::kOutside;
    }
    if (p != end) after_return_ = false;
    return p;
  }

  static bool is(const char *first, const char *last, const char *word) {
    for (; first != last; ++first, ++word)
      if (*word == 0 || (*first | 0x20) != *word) return false;
    return *word == 0;
  }

  void complain(const char *what) { complaint_.set(Problem::kDamaged, what, line_); }

  void take(const char *w, const char *e) {
    switch (state_) {
      case State::kOutside:
        if (is(w, e, "facet")) state_ = State::kFacet;
        else if (is(w, e, "solid") || is(w, e, "endsolid")) state_ = State::kName;
        else complain("a word that is neither 'facet' nor 'solid' nor 'endsolid'");
        break;
      case State::kName:  // everything on one line: the name ends where a facet begins
        if (is(w, e, "facet")) state_ = State::kNameFacet;
        break;
      case State::kNameFacet:
        if (is(w, e, "normal")) state_ = State::kFacet;
        else if (!is(w, e, "facet")) state_ = State::kName;
        break;
      case State::kFacet:
        // The stored normal says nothing that the corners do not say; some writers put "nan" there.
        if (is(w, e, "outer")) state_ = State::kOuter;
        else if (is(w, e, "endfacet") || is(w, e, "facet") || is(w, e, "vertex")) complain("a facet without 'outer loop'");
        break;
      case State::kOuter:
        if (is(w, e, "loop")) state_ = State::kLoop;
        else complain("'outer' without 'loop'");
        break;
      case State::kLoop: take_in_loop(w, e); break;
      case State::kNumber: take_number(w, e); break;
      case State::kAfterLoop:
        if (is(w, e, "endfacet")) state_ = State::kOutside;
        else complain("a facet without 'endfacet'");
        break;
    }
  }

  void take_in_loop(const char *w, const char *e) {
    if (is(w, e, "vertex") && numbers_ < 9) {
      state_ = State::kNumber;
    } else if (is(w, e, "endloop") && numbers_ == 9) {
      add_triangle(line_);
      numbers_ = 0;
      state_ = State::kAfterLoop;
    } else {
      complain("a facet that does not have exactly three corners");
    }
  }

  void take_number(const char *w, const char *e) {
    double value = 0;
    if (!read_real(w, e, value) || w != e) return complain("a coordinate that is not a number");
    if (!std::isfinite(value)) return complaint_.set(Problem::kNotFinite, "", line_);
    triangle()[numbers_++] = value;
    if (numbers_ % 3 == 0) state_ = State::kLoop;
  }

  // --- triangles, welded together so that the memory's latency is hidden ---------------------------------------------

  double *triangle() { return waiting_ + triangles_waiting_ * 9; }

  void add_triangle(std::size_t line) {
    ++triangles_waiting_;
    if (++triangles_ > max_triangles_) complaint_.set(Problem::kTooManyTriangles, "", line);
    if (triangles_waiting_ == kMostWaiting) weld();
  }

  // A triangle that is not yet whole stays.
  void weld() {
    welder_.add(reinterpret_cast<const unsigned char *>(waiting_), triangles_waiting_, 3, 9 * sizeof(double));
    if (triangles_waiting_ != 0) std::memmove(waiting_, triangle(), 9 * sizeof(double));
    triangles_waiting_ = 0;
  }

  // --- whole facets --------------------------------------------------------------------------------------------------

  // Reads the facets that are as expected, and returns where the next one begins.
  const char *read_facets(const char *p, const char *end) {
    while (!complaint_.any()) {
      const char *next = read_facet(p, end, triangle());
      if (next == nullptr) break;
      p = next;
      after_return_ = false;
      add_triangle(line_ + 5);
      line_ += 7;
    }
    return p;
  }

  // Each step returns where it ended, or null where the text is not as expected; null stays null.

  static const char *read_facet(const char *p, const char *end, double *triangle) {
    p = pass_normal(pass(p, end, "facet normal"), end);
    p = pass_line_end(pass(p, end, "outer loop"), end);
    for (int corner = 0; corner < 3; ++corner) {
      p = pass(p, end, "vertex");
      for (int axis = 0; axis < 3; ++axis) p = read_coordinate(p, end, triangle[corner * 3 + axis]);
      p = pass_line_end(p, end);
    }
    p = pass_line_end(pass(p, end, "endloop"), end);
    return pass_line_end(pass(p, end, "endfacet"), end);
  }

  static const char *pass_blanks(const char *p, const char *end) {
    while (p != end && is_blank(*p)) ++p;
    return p;
  }

  // Words in letters of any size; there is more behind them.
  template <std::size_t N>
  static const char *pass(const char *p, const char *end, const char (&words)[N]) {
    if (p == nullptr) return p;
    p = pass_blanks(p, end);
    return std::size_t(end - p) >= N && are_same(p, words) ? p + N - 1 : nullptr;
  }

  template <std::size_t N>
  static bool are_same(const char *p, const char (&words)[N]) {
    using Part = std::conditional_t<(N > 8), std::uint64_t, std::uint32_t>;  // two of them, which may overlap
    constexpr std::size_t kSecond = N - 1 - sizeof(Part);
    Part text[2], expected[2];
    std::memcpy(&text[0], p, sizeof(Part));
    std::memcpy(&text[1], p + kSecond, sizeof(Part));
    std::memcpy(&expected[0], words, sizeof(Part));
    std::memcpy(&expected[1], words + kSecond, sizeof(Part));
    constexpr auto kSmall = Part(0x2020202020202020);
    return (((text[0] | kSmall) ^ expected[0]) | ((text[1] | kSmall) ^ expected[1])) == 0;
  }

  static const char *pass_line_end(const char *p, const char *end) {
    if (p == nullptr) return p;
    p = pass_blanks(p, end);
    if (p != end && *p == '\r') ++p;
    return p != end && *p == '\n' ? p + 1 : nullptr;
  }

  // A line of numbers: none of the words that matter can be made of their letters.
  static const char *pass_normal(const char *p, const char *end) {
    if (p == nullptr || !is_blank(*p)) return nullptr;
    while (p != end && is_of_number(*p)) ++p;
    return pass_line_end(p, end);
  }

  static bool is_of_number(char c) {
    switch (c) {
      case '+': case '-': case '.': case 'e': case 'E':
      case 'i': case 'n': case 'f': case 'a': case 'I': case 'N': case 'F': case 'A': return true;
      default: return is_digit(c) || is_blank(c);
    }
  }

  static const char *read_coordinate(const char *p, const char *end, double &value) {
    if (p == nullptr || p == end || !is_blank(*p)) return nullptr;
    p = pass_blanks(p, end);
    return read_real(p, end, value) && std::isfinite(value) ? p : nullptr;
  }

  static constexpr std::size_t kMostWaiting = 64;

  std::size_t max_triangles_;
  std::size_t triangles_ = 0;
  Welder<double> welder_;
  Complaint complaint_;
  State state_ = State::kOutside;
  double waiting_[(kMostWaiting + 1) * 9] = {};
  std::size_t triangles_waiting_ = 0;
  int numbers_ = 0;
  std::size_t line_ = 1;
  bool after_return_ = false;
};

}  // namespace outfeed
