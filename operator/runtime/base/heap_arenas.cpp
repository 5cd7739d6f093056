#include "operator/runtime/base/heap_arenas.hpp"

#include <malloc.h>

namespace bursar {

void limitHeapArenas() { mallopt(M_ARENA_MAX, 2); }

}  // namespace bursar
