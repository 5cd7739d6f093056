// Keeps the memory of a process with many threads near what it uses.
#pragma once

namespace bursar {

// From now on all threads allocate from two arenas instead of eight a core. Each keeps the most it ever held: lists
// that one thread after the other reads would be paid for as often as there are threads. To be called before threads
// start.
void limitHeapArenas();

}  // namespace bursar
