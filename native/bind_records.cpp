#include "bind.hpp"

namespace outfeed {

void bind_records(nb::module_ &) {}

}  // namespace outfeed
