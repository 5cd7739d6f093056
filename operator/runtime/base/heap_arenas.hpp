// Keeps the memory of a process with many threads near what it uses.
#pragma once

namespace bursar {

// From now on all threads share two heap arenas instead of eight a core. An arena keeps the most memory it ever held,
// so every thread that reads a large list once would keep memory for it. Call this before threads start.
void limitHeapArenas();

}  // namespace bursar
