// ASCII STL, read word by word: line ends mean nothing but the end of a solid's name.
#pragma once

#include <cmath>

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
      const char *word = p;
      while (p != end && static_cast<unsigned char>(*p) > ' ') ++p;
      if (word == p) break;
      if (p == end && !last) return std::size_t(word - first);
      take(word, p);
    }
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
      welder_.add(reinterpret_cast<const unsigned char *>(triangle_), 1, 3, 0);
      numbers_ = 0;
      state_ = State::kAfterLoop;
      if (welder_.corners() / 3 > max_triangles_) complaint_.set(Problem::kTooManyTriangles, "", line_);
    } else {
      complain("a facet that does not have exactly three corners");
    }
  }

  void take_number(const char *w, const char *e) {
    double value = 0;
    if (!read_real(w, e, value) || w != e) return complain("a coordinate that is not a number");
    if (!std::isfinite(value)) return complaint_.set(Problem::kNotFinite, "", line_);
    triangle_[numbers_++] = value;
    if (numbers_ % 3 == 0) state_ = State::kLoop;
  }

  std::size_t max_triangles_;
  Welder<double> welder_;
  Complaint complaint_;
  State state_ = State::kOutside;
  double triangle_[9] = {};
  int numbers_ = 0;
  std::size_t line_ = 1;
  bool after_return_ = false;
};

}  // namespace outfeed
