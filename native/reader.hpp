// What the readers of text formats share: how they say what is wrong.
#pragma once

#include <cstddef>

namespace outfeed {

enum class Problem { kNone, kDamaged, kNotFinite, kIndexOutOfRange, kTooManyTriangles };

inline const char *name_of(Problem problem) {
  switch (problem) {
    case Problem::kDamaged: return "damaged";
    case Problem::kNotFinite: return "not_finite";
    case Problem::kIndexOutOfRange: return "index_out_of_range";
    case Problem::kTooManyTriangles: return "too_many_triangles";
    case Problem::kNone: break;
  }
  return "";
}

// The first problem that a reader met; it reads no further.
struct Complaint {
  Problem problem = Problem::kNone;
  const char *what = "";
  std::size_t line = 0;  // 0: of the whole file

  bool any() const { return problem != Problem::kNone; }
  void set(Problem kind, const char *sentence, std::size_t at_line) {
    if (!any()) *this = Complaint{kind, sentence, at_line};
  }
};

}  // namespace outfeed
